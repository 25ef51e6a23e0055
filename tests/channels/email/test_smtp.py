"""What a mail server may answer at each step, and what follows."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from grafherald.demo.standins import mail
from grafherald.errors import DeliveryError
from grafherald.event import Event
from grafherald.notification import Notification
from grafherald.notification.templates import Templates

from ..conftest import (
    PASSWORD,
    PERMANENT,
    TEMPORARY,
    UNKNOWN,
    Follows,
    Serve,
    check,
    hang,
    nobody,
    open_email,
)

STAGES = {
    "MAIL 4xx": ({"MAIL": "451 busy"}, "answered 451 to MAIL FROM: busy", TEMPORARY),
    "MAIL 5xx": ({"MAIL": "550 not you"}, "answered 550 to MAIL FROM: not you", PERMANENT),
    "RCPT 4xx": ({"ops@example.com": "450 greylisted"}, "450 to RCPT TO: greylisted", TEMPORARY),
    "RCPT 5xx": ({"ops@example.com": "550 gone"}, "answered 550 to RCPT TO: gone", PERMANENT),
    "mail 4xx": ({"DATA": "452 full"}, "answered 452 to the mail: full", TEMPORARY),
    "mail 5xx": ({"DATA": "554 spam"}, "answered 554 to the mail: spam", PERMANENT),
    "AUTH 4xx": ({"AUTH": "454 later"}, "answered 454 to AUTH: later", TEMPORARY),
    "AUTH 5xx": ({"AUTH": f"535 no {PASSWORD}"}, r"answered 535 to AUTH: no \*\*\*", PERMANENT),
}


@pytest.mark.parametrize("stage", STAGES)
def test_the_smtp_code_decides_what_follows(
    stage: str, event: Event, templates: Templates, notification: Notification
) -> None:
    refusals, text, follows = STAGES[stage]
    with mail.running(user="herald", password=PASSWORD) as sink:
        sink.refusals = refusals
        with pytest.raises(DeliveryError, match=text) as caught:
            open_email(f"127.0.0.1:{sink.port}", event, templates).send(notification)
        assert not sink.mails
    check(caught, follows)


GOOD = {
    b"EHLO": b"250-hello\r\n250 AUTH PLAIN\r\n",
    b"AUTH": b"235 ok\r\n",
    b"MAIL": b"250 ok\r\n",
    b"RCPT": b"250 ok\r\n",
    b"DATA": b"354 go on\r\n",
    b"dot": b"250 taken\r\n",
}


def smtp_script(**answers: bytes | None) -> Callable[[socket.socket], None]:
    """Return a mail server that answers so; None closes, b"" says nothing."""
    replies = GOOD | {key.encode(): value for key, value in answers.items()}

    def say(connection: socket.socket, reply: bytes | None) -> None:
        if reply is None:
            raise OSError("closed on purpose")
        if not reply:
            hang(connection)
        connection.sendall(reply)

    def script(connection: socket.socket) -> None:
        say(connection, replies.get(b"greeting", b"220 hello\r\n"))
        lines = connection.makefile("rb")
        for line in lines:
            verb = line[:4].upper()
            if verb == b"QUIT":
                return
            say(connection, replies.get(verb, b"502 what?\r\n"))
            if verb == b"DATA":
                while lines.readline() not in (b".\r\n", b""):
                    pass
                say(connection, replies[b"dot"])

    return script


SMTP_WIRES: dict[str, tuple[dict[str, bytes | None], Follows]] = {
    "greeting 421": ({"greeting": b"421 too many\r\n"}, TEMPORARY),
    "greeting 554": ({"greeting": b"554 no service\r\n"}, PERMANENT),
    "greeting of a web server": ({"greeting": b"HTTP/1.1 400 Bad Request\r\n\r\n"}, TEMPORARY),
    "no greeting": ({"greeting": b""}, TEMPORARY),
    "closes at once": ({"greeting": None}, TEMPORARY),
    "EHLO and HELO refused": ({"EHLO": b"500 no\r\n"}, PERMANENT),
    "no AUTH there": ({"EHLO": b"250 hello\r\n"}, PERMANENT),
    "hangs at AUTH": ({"AUTH": b""}, TEMPORARY),
    "closes at MAIL": ({"MAIL": None}, TEMPORARY),
    "hangs at RCPT": ({"RCPT": b""}, TEMPORARY),
    "closes at DATA": ({"DATA": None}, TEMPORARY),
    "hangs at DATA": ({"DATA": b""}, TEMPORARY),
    "DATA refused": ({"DATA": b"554 no\r\n"}, PERMANENT),
    "closes behind the mail": ({"dot": None}, UNKNOWN),
    "hangs behind the mail": ({"dot": b""}, UNKNOWN),
    "garbage behind the mail": ({"dot": b"\x00\xff\r\n"}, UNKNOWN),
    "half an answer behind the mail": ({"dot": b"25"}, UNKNOWN),
    "refused behind the mail": ({"dot": b"552 too large\r\n"}, PERMANENT),
}


@pytest.mark.parametrize("wire", SMTP_WIRES)
def test_the_smtp_wire_decides_what_follows(
    wire: str, serve: Serve, event: Event, templates: Templates, notification: Notification
) -> None:
    answers, follows = SMTP_WIRES[wire]
    server = serve(smtp_script(**answers))
    with pytest.raises(DeliveryError, match=rf"^{server.address}") as caught:
        open_email(
            server.address, event, templates, timeout=0.4 if b"" in answers.values() else 5
        ).send(notification)
    check(caught, follows)


def test_an_smtp_server_that_drips_is_left_at_the_deadline(
    serve: Serve, event: Event, templates: Templates, notification: Notification
) -> None:
    def script(connection: socket.socket) -> None:
        connection.settimeout(0.02)
        while True:
            connection.sendall(b"2")
            try:
                connection.recv(1)
            except TimeoutError:
                continue

    server = serve(script)
    with pytest.raises(DeliveryError, match=r"no answer within 0\.3 s") as caught:
        open_email(server.address, event, templates, timeout=0.3).send(notification)
    check(caught, TEMPORARY)


def test_no_mail_server_there(
    event: Event, templates: Templates, notification: Notification
) -> None:
    with nobody() as address, pytest.raises(DeliveryError, match="Connection refused") as caught:
        open_email(address, event, templates).send(notification)
    check(caught, TEMPORARY)


def test_starttls_is_never_done_without(
    serve: Serve, event: Event, templates: Templates, notification: Notification
) -> None:
    server = serve(smtp_script())
    channel = open_email(server.address, event, templates, scheme="smtp+starttls")
    with pytest.raises(DeliveryError, match="STARTTLS") as caught:
        channel.send(notification)
    check(caught, PERMANENT)


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
def test_an_unknown_certificate_gets_no_password(
    scheme: str,
    tls: ssl.SSLContext,
    event: Event,
    templates: Templates,
    notification: Notification,
) -> None:
    contexts = {"starttls" if scheme == "smtp+starttls" else "tls": tls}
    with mail.running(user="herald", password=PASSWORD, **contexts) as sink:
        channel = open_email(f"127.0.0.1:{sink.port}", event, templates, scheme=scheme)
        with pytest.raises(DeliveryError, match=r"self-signed certificate.* set ca_file") as caught:
            channel.send(notification)
        assert not sink.logins
    check(caught, TEMPORARY)


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
@pytest.mark.parametrize("trust", ["ca_file", "verify"])
def test_mail_goes_over_tls_with_a_login(
    scheme: str,
    trust: str,
    tls: ssl.SSLContext,
    certificate: Path,
    event: Event,
    templates: Templates,
    notification: Notification,
) -> None:
    contexts = {"starttls" if scheme == "smtp+starttls" else "tls": tls}
    more = {"ca_file": str(certificate)} if trust == "ca_file" else {"verify": False}
    with mail.running(user="herald", password=PASSWORD, **contexts) as sink:
        channel = open_email(f"127.0.0.1:{sink.port}", event, templates, scheme=scheme, **more)
        assert channel.send(notification).text == "250 queued as 1"
        assert sink.logins == [("herald", PASSWORD)]
