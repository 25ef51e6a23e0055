"""One mail to one recipient over SMTP, and what a server's answer means.

https://www.rfc-editor.org/rfc/rfc5321#section-4.2 has the codes: 4xx may be tried again, 5xx not.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote, urlsplit

from grafherald.channels.email import pool
from grafherald.errors import ConfigError, PermanentError, TemporaryError
from grafherald.net.deadline import Deadline
from grafherald.text import one_line, plain, redacted, shorten

_BY_PASSWORD = {"PLAIN", "LOGIN", "CRAM-MD5"}
_TOO_LARGE = 552  # RFC 1870, section 6.1
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_HINTS = {
    530: "it asks for TLS or a login",
    534: "check user and password",
    535: "check user and password",
}


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in. ``smtp+starttls`` never goes on without TLS."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, key: str, url: str) -> MailServer:
        """Read ``smtp+starttls://user:password@host:587``, user and password percent-encoded.

        Raises:
            ConfigError: it is no such URL; the text names *key* and does not repeat it.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise ConfigError(f"{key}: its host or port can't be read") from None
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if parts.scheme not in _PORTS or not re.fullmatch(r"[A-Za-z0-9._:-]+", host):
            raise ConfigError(
                f"{key}: expected smtp://, smtp+starttls:// or smtps://[user:password@]host[:port]"
            )
        if not (user + password).isascii() or not (user + password).isprintable():
            raise ConfigError(f"{key}: user and password must be ASCII")
        return cls(parts.scheme, host, port or _PORTS[parts.scheme], user, password)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may hold: the password, also as AUTH sends it."""
        login = f"\0{self.user}\0{self.password}"
        coded = (b64encode(text.encode()).decode() for text in (self.password, login))
        return (self.password, *coded) if self.password else ()

    @property
    def address(self) -> str:
        """The server for messages: ``mail.example.com:587``."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Envelope:
    """One mail from one address to one other; the mail is ASCII with CRLF at each line's end."""

    sender: str
    recipient: str
    mail: bytes = field(repr=False)


@dataclass(frozen=True)
class MailOptions:
    """How a server is spoken to.

    Attributes:
        timeout: seconds for one mail, waiting for a session included.
        sessions: connections at once.
        token: gives the token of a login by XOAUTH2, where that is wanted.
    """

    timeout: float = 15.0
    ca_file: str = ""
    verify: bool = True
    sessions: int = 2
    token: Callable[[], str] | None = field(default=None, repr=False)


class TooLargeError(PermanentError):
    """The server takes no mail of that size."""


def hand_in(server: MailServer, envelope: Envelope, options: MailOptions) -> str:
    """Hand the mail in; return the server's last answer.

    Raises:
        TemporaryError: 4xx, no connection, or no answer; ``unknown`` once the mail was sent.
        TooLargeError: it may be taken without its pictures.
        PermanentError: 5xx, or the server lacks what the settings ask for.
    """
    with _session(server, options) as (session, step):
        _check_size(session, envelope, step)
        _address(session, envelope, step)
        return _transact(session, envelope, step)


def rehearse(server: MailServer, envelope: Envelope, options: MailOptions) -> str:
    """Do all that `hand_in` does before the mail itself, and take it back. Raises as it does."""
    with _session(server, options) as (session, step):
        answer = _address(session, envelope, step)
        step.name = "RSET"
        _expect(session.rset(), 250)
        return answer


@dataclass
class _Step:
    """How far it got; *sent* while nobody knows whether the mail was taken."""

    server: MailServer
    name: str = "the connection"
    sent: bool = False


@contextmanager
def _session(server: MailServer, options: MailOptions) -> Iterator[tuple[smtplib.SMTP, _Step]]:
    """Give a session that is greeted, encrypted and logged in as the settings ask."""
    step = _Step(server)
    with Deadline(options.timeout) as deadline, _explained(step, deadline):
        step.name = f"waiting for one of {options.sessions} sessions"
        kind = (server, options.ca_file, options.verify)
        name = f"{server.user}@{server.address}"
        with pool.slot(kind, name, options.sessions, deadline) as slot:
            session = _again(slot.take(), deadline) or _opened(server, options, deadline, step)
            try:
                yield session, step
            except smtplib.SMTPResponseException as error:
                _leave(slot, session, whole=error.smtp_code in range(400, 600))
                raise
            except BaseException:
                session.close()
                raise
            _leave(slot, session, whole=True)


def _leave(slot: pool.Slot, session: smtplib.SMTP, *, whole: bool) -> None:
    """Leave a session for the next mail, when its answers were *whole* and it is not closed."""
    if whole and session.sock is not None:
        slot.keep(session)
    else:
        session.close()


def _again(session: smtplib.SMTP | None, deadline: Deadline) -> smtplib.SMTP | None:
    """Take up a session that another mail went through, None when it can't be used for one more."""
    if session is None or session.sock is None:
        return None
    session.sock.settimeout(deadline.remaining)
    deadline.watch(session)
    if _is_reset(session):
        return session
    session.close()
    return None


def _is_reset(session: smtplib.SMTP) -> bool:
    try:
        return session.rset()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def _opened(
    server: MailServer, options: MailOptions, deadline: Deadline, step: _Step
) -> smtplib.SMTP:
    context = _context(options.ca_file, options.verify)
    step.name = "the connection"
    session = _connect(server, deadline, context)
    try:
        _begin(session, context, step, options)
    except BaseException:
        pool.end(session)
        raise
    return session


def _begin(
    session: smtplib.SMTP, context: ssl.SSLContext, step: _Step, options: MailOptions
) -> None:
    server = step.server
    step.name = "EHLO"
    session.ehlo_or_helo_if_needed()
    if server.scheme == "smtp+starttls":
        step.name = "STARTTLS"
        _expect(session.starttls(context=context), 220)
        session.ehlo()
    step.name = "AUTH"
    if options.token:
        _log_in_by_token(session, server, options.token())
    elif server.user:
        offered = session.esmtp_features.get("auth", "").split()
        if offered and not {name.upper() for name in offered} & _BY_PASSWORD:
            text = f"{server.address} takes no password, only {shorten(' '.join(offered), 80)}"
            raise PermanentError(f"{text}; for XOAUTH2 set oauth2")
        session.login(server.user, server.password)


def _log_in_by_token(session: smtplib.SMTP, server: MailServer, token: str) -> None:
    """Log in as Office 365 and Gmail want it.

    https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
    """
    if server.scheme == "smtp" and not _is_loopback(server.host):
        raise PermanentError(f"{server.address}: a token goes over TLS alone; use smtp+starttls")
    said = b64encode(f"user={server.user}\x01auth=Bearer {token}\x01\x01".encode()).decode()
    code, text = session.docmd("AUTH", f"XOAUTH2 {said}")
    if code == 334:
        code, text = session.docmd("")
    if code != 235:
        words = redacted(text.decode("utf-8", "replace"), (token, said))
        raise smtplib.SMTPResponseException(code, words.encode())


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_size(session: smtplib.SMTP, envelope: Envelope, step: _Step) -> None:
    """Refuse what the server has said that it will not take: RFC 1870."""
    most = session.esmtp_features.get("size", "").strip()
    if most.isdecimal() and 0 < int(most) < len(envelope.mail):
        text = f"{step.server.address} takes mails of at most {most} bytes"
        raise TooLargeError(f"{text}, this one has {len(envelope.mail)}")


def _address(session: smtplib.SMTP, envelope: Envelope, step: _Step) -> str:
    """Name sender and recipient; return what the server said to the latter."""
    step.name = "MAIL FROM"
    size = [f"SIZE={len(envelope.mail)}"] if session.has_extn("size") else []
    _expect(session.mail(envelope.sender, size), 250)
    step.name = "RCPT TO"
    code, text = session.rcpt(envelope.recipient)
    _expect((code, text), 250, 251, 252)
    return f"{code} {_shown(text, step.server)}"


def _transact(session: smtplib.SMTP, envelope: Envelope, step: _Step) -> str:
    step.name = "DATA"
    _expect(session.docmd("DATA"), 354)
    step.name, step.sent = "the mail", True
    session.send(re.sub(rb"(?m)^\.", b"..", envelope.mail) + b".\r\n")
    code, text = session.getreply()
    step.sent = code not in range(200, 600)
    _expect((code, text), *range(200, 300))
    return f"{code} {_shown(text, step.server)}"


def _expect(reply: tuple[int, bytes], *codes: int) -> None:
    if reply[0] not in codes:
        raise smtplib.SMTPResponseException(*reply)


def _connect(server: MailServer, deadline: Deadline, context: ssl.SSLContext) -> smtplib.SMTP:
    name = socket.gethostname()
    name = name if "." in name else "[127.0.0.1]"  # never getfqdn(): it may ask DNS for minutes
    options: dict[str, Any] = {"local_hostname": name, "timeout": deadline.remaining}
    if server.scheme == "smtps":
        return _WatchedTls(deadline, server.host, server.port, context=context, **options)
    return _Watched(deadline, server.host, server.port, **options)


class _Watched(smtplib.SMTP):
    def __init__(self, deadline: Deadline, *args: Any, **options: Any) -> None:
        deadline.watch(self)
        super().__init__(*args, **options)


class _WatchedTls(smtplib.SMTP_SSL):
    def __init__(self, deadline: Deadline, *args: Any, **options: Any) -> None:
        deadline.watch(self)
        super().__init__(*args, **options)


def _context(ca_file: str, verify: bool) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except OSError:
        raise PermanentError(f"{ca_file} can't be read as certificates; check ca_file") from None
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@contextmanager
def _explained(step: _Step, deadline: Deadline) -> Iterator[None]:
    """Turn what smtplib and the socket raise into what a channel raises."""
    host = step.server.address
    try:
        yield
    except smtplib.SMTPResponseException as error:
        if deadline.passed and error.smtp_code not in range(400, 600):  # a reply cut short
            raise _unanswered(step, error, deadline) from None
        raise _refusal(step, error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPNotSupportedError as error:
        raise PermanentError(f"{host} can't do what the settings ask for: {error}") from None
    except ssl.SSLError as error:
        why = getattr(error, "verify_message", "") or error.reason or "the connection ended"
        text = f"{host}: TLS failed: {why}; a private CA? set ca_file"
        raise TemporaryError(text, unknown=step.sent) from None
    except (smtplib.SMTPException, OSError) as error:
        raise _unanswered(step, error, deadline) from None


def _unanswered(step: _Step, error: OSError, deadline: Deadline) -> TemporaryError:
    late = deadline.passed or isinstance(error, TimeoutError)
    ended = f"no answer within {deadline.seconds:g} s" if late else "the connection ended"
    why = getattr(error, "strerror", None) or ended
    text = f"{step.server.address}: {why} at {step.name}"
    return TemporaryError(text, unknown=step.sent)


def _refusal(step: _Step, code: int, text: bytes | str) -> TemporaryError | PermanentError:
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    hint = f"; {_HINTS[code]}" if code in _HINTS else ""
    said = f"{step.server.address} answered {code} to {step.name}"
    said = f"{said}: {_shown(raw, step.server)}{hint}"
    if code == _TOO_LARGE:
        return TooLargeError(said)
    if 500 <= code < 600:
        return PermanentError(said)
    return TemporaryError(said, unknown=step.sent)


def _shown(text: bytes, server: MailServer) -> str:
    """Quote an answer's first words, without the password and control characters."""
    words = redacted(text.decode("utf-8", "replace"), server.secrets)
    return shorten(one_line(plain(words)), 120)
