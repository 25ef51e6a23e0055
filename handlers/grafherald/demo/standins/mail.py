"""An SMTP server that keeps what it gets, and refuses what it is told to."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True)
class Mail:
    """One transaction, as it came."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail as the standard library reads it."""
        message = message_from_bytes(self.raw, policy=default)
        assert isinstance(message, EmailMessage)  # noqa: S101 - what that policy makes
        return message


@dataclass
class Sink:
    """The server's state.

    Attributes:
        mails: what it took, in order.
        logins: user and password of each AUTH.
        refusals: answers by stage: ``MAIL``, ``DATA`` (the mail itself), ``AUTH``, or a
            recipient's address; for example ``{"gone@example.com": "550 no such user"}``.
    """

    host: str = "127.0.0.1"
    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    refusals: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The server for the settings, without TLS."""
        return f"smtp://{self.host}:{self.port}"


@contextmanager
def running(
    *,
    user: str = "",
    password: str = "",
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Sink]:
    """Run an SMTP server on a free port of 127.0.0.1 until the block ends.

    Args:
        user: asks for this login, with *password*, when not "".
        starttls: offers STARTTLS with it, and insists.
        tls: speaks TLS from the first byte.
    """
    sink = Sink()

    def login(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: object):  # type: ignore[no-untyped-def]
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False)
        given = (data.login.decode(), data.password.decode())
        sink.logins.append(given)
        if "AUTH" in sink.refusals:
            return AuthResult(success=False, handled=False, message=sink.refusals["AUTH"])
        return AuthResult(success=given == (user, password), handled=False)

    def connected() -> SMTP:
        return SMTP(
            _Handler(sink, login_first=bool(user)),
            loop=loop,
            hostname="stand-in",
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=login if user else None,
            auth_require_tls=False,
        )

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(connected, sink.host, 0, ssl=tls))
    sink.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _stop(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class _Handler:
    def __init__(self, sink: Sink, *, login_first: bool) -> None:
        self._sink = sink
        self._login_first = login_first

    async def handle_MAIL(
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._login_first and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._sink.refusals.get("MAIL", "250 OK")

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        refusal = self._sink.refusals.get(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if "DATA" in self._sink.refusals:
            return self._sink.refusals["DATA"]
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        recipients = tuple(envelope.rcpt_tos)
        self._sink.mails.append(Mail(envelope.mail_from or "", recipients, content))
        return f"250 queued as {len(self._sink.mails)}"
