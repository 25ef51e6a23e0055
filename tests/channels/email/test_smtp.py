"""What a mail server may answer at each step, and what follows."""

from __future__ import annotations

import os
import smtplib
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64decode
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from grafherald.channels import email
from grafherald.channels.email import seats, smtp
from grafherald.demo.standins import mail
from grafherald.errors import DeliveryError, PermanentError
from grafherald.event import Event
from grafherald.net.deadline import Deadline
from grafherald.notification import Notification
from grafherald.notification.templates import Templates
from grafherald.threads import side_by_side

from ..conftest import (
    PANEL,
    PASSWORD,
    PERMANENT,
    PNG,
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


class Busy(socketserver.ThreadingTCPServer):
    """A mail server that counts its sessions, and the mails of each."""

    daemon_threads = True

    def __init__(self) -> None:
        self.lock, self.open, self.most = threading.Lock(), 0, 0
        self.mails: list[int] = []
        super().__init__(("127.0.0.1", 0), _Conversation)


class _Conversation(socketserver.StreamRequestHandler):
    ANSWERS = GOOD | {b"RSET": b"250 ok\r\n", b"DATA": b"354 go\r\n"}
    server: Busy

    def handle(self) -> None:
        mails = 0
        with self.server.lock:
            self.server.open += 1
            self.server.most = max(self.server.most, self.server.open)
        self.wfile.write(b"220 hello\r\n")
        for line in self.rfile:
            if line.upper().startswith(b"QUIT"):
                break
            if line == b".\r\n":
                mails += 1
                threading.Event().wait(0.05)  # so that the others have to wait
                self.wfile.write(b"250 queued\r\n")
            found = [
                answer for word, answer in self.ANSWERS.items() if line.upper().startswith(word)
            ]
            self.wfile.write(b"".join(found))
        with self.server.lock:
            self.server.open -= 1
            self.server.mails.append(mails)


def test_a_server_has_two_sessions_at_most_and_several_mails_in_each(
    event: Event, templates: Templates
) -> None:
    to = [f"p{number}@example.com" for number in range(6)]
    with Busy() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        url = f"smtp://u:p@127.0.0.1:{server.server_address[1]}"
        settings = {"smtp": url, "from": "a@example.com", "to": to}
        opened = email.open_channels("oncall", settings, event, templates)
        sent = side_by_side(lambda each: each.send(Notification(event)).text, opened, 10)
        wait_for(lambda: not server.open)
        server.shutdown()
        thread.join()
    assert sent == ["250 queued"] * 6
    assert server.most == 2
    assert sum(server.mails) == 6
    assert max(server.mails) > 1


ANOTHER = """
import sys
from grafherald.channels.email import smtp
server = smtp.MailServer.parse("smtp", sys.argv[1])
mail = smtp.Envelope("a@example.com", "b@example.com", b"Subject: x\\r\\n\\r\\nx\\r\\n")
print("ready", flush=True)
sys.stdin.readline()
for _ in range(2):
    print(smtp.hand_in(server, mail, smtp.MailOptions(timeout=20)), flush=True)
"""


@pytest.mark.slow
def test_processes_without_a_daemon_share_the_sessions(tmp_path: Path) -> None:
    with Busy() as server, ExitStack() as stack:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        url = f"smtp://u:p@127.0.0.1:{server.server_address[1]}"
        others = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", ANOTHER, url],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env={**os.environ, "TMPDIR": str(tmp_path)},
                )
            )
            for _ in range(6)
        ]
        for other in others:
            assert other.stdout
            assert other.stdout.readline() == "ready\n"
        for other in others:
            assert other.stdin
            other.stdin.write("go\n")
            other.stdin.flush()
        said = [other.communicate(timeout=60)[0] for other in others]
        server.shutdown()
        thread.join()
    assert said == ["250 queued\n" * 2] * 6
    # one that has just said goodbye may still be counted there
    assert server.most <= 3
    assert sum(server.mails) == 12
    assert (tmp_path / f"grafherald-{os.getuid()}").stat().st_mode & 0o777 == 0o700


def test_a_seat_is_waited_for_until_the_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    taken = [seats.take("mail", 2, Deadline(1)) for _ in range(2)]
    assert seats.NOWHERE not in taken
    with pytest.raises(TimeoutError):
        seats.take("mail", 2, Deadline(0.1))
    other = seats.take("other", 1, Deadline(1))
    seats.leave(taken[0])
    again = seats.take("mail", 2, Deadline(1))
    for seat in (other, again, taken[1]):
        seats.leave(seat)


@pytest.mark.parametrize("kind", ["file", "link", "open to all"])
def test_without_a_folder_of_ones_own_mail_goes_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    place = tmp_path / f"grafherald-{os.getuid()}"
    if kind == "file":
        place.write_text("")
    elif kind == "link":
        (tmp_path / "elsewhere").mkdir()
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.mkdir()
        place.chmod(0o777)
    assert seats.take("mail", 1, Deadline(1)) == seats.NOWHERE
    seats.leave(seats.NOWHERE)


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize(
    "refuses",
    [{b"EHLO": b"250-hello\r\n250-SIZE 9000\r\n250 AUTH PLAIN\r\n"}, {b"MAIL": b"552 too big\r\n"}],
)
def test_a_mail_that_is_too_large_goes_without_its_pictures(
    serve: Serve, event: Event, templates: Templates, refuses: dict[bytes, bytes]
) -> None:
    taken: list[bytes] = []

    def script(connection: socket.socket) -> None:
        connection.sendall(b"220 hello\r\n")
        answers, body = GOOD | {b"RSET": b"250 ok\r\n"} | refuses, False
        for line in iter(connection.makefile("rb").readline, b""):
            if body:
                taken.append(line)
                if line == b".\r\n":
                    body = False
                    connection.sendall(b"250 queued\r\n")
                continue
            large = b"SIZE=" in line.upper() and int(line.rpartition(b"=")[2]) > 9000
            answer = next(
                a for word, a in [*answers.items(), (b"", b"")] if line.upper().startswith(word)
            )
            if line.upper().startswith(b"MAIL") and not large and b"SIZE=" in line.upper():
                answer = b"250 ok\r\n"
            if line.upper().startswith(b"DATA"):
                answer, body = b"354 go\r\n", True
            connection.sendall(answer)

    if b"MAIL" in refuses:
        refuses = {**refuses, b"EHLO": b"250-hello\r\n250-SIZE\r\n250 AUTH PLAIN\r\n"}
    graph = PANEL._replace(png=PNG * 9)
    channel = open_email(serve(script).address, event, templates)
    receipt = channel.send(Notification(event, (graph,)))
    assert "without pictures" in receipt.text
    mail_text = b"".join(taken)
    assert b"takes no mail of that size" in mail_text.replace(b"=\r\n", b"")
    assert PANEL.link.split("?")[0].encode() in mail_text.replace(b"=\r\n", b"")


TOKEN_OF_MAIL = "ya29.A0AfH6"


def by_token(seen: list[bytes], offered: bytes = b"XOAUTH2") -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        connection.sendall(b"220 hello\r\n")
        for line in iter(connection.makefile("rb").readline, b""):
            seen.append(line)
            good = (
                TOKEN_OF_MAIL.encode() in b64decode(line.split()[-1] + b"==")
                if b"AUTH" in line.upper()
                else False
            )
            answers = {
                b"EHLO": b"250-hello\r\n250 AUTH " + offered + b"\r\n",
                b"AUTH": b"235 ok\r\n" if good else b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n",
                b"\r\n": b"535 5.7.8 not accepted\r\n",
                b"DATA": b"354 go\r\n",
                b".\r\n": b"250 queued\r\n",
                b"MAIL": b"250 ok\r\n",
                b"RSET": b"250 ok\r\n",
                b"RCPT": b"250 ok\r\n",
            }
            connection.sendall(
                next((a for word, a in answers.items() if line.upper().startswith(word)), b"")
            )

    return script


@pytest.mark.parametrize("how", ["token_file", "token_command"])
def test_a_login_by_token(
    serve: Serve, event: Event, templates: Templates, tmp_path: Path, how: str
) -> None:
    (tmp_path / "token").write_text(TOKEN_OF_MAIL + "\n")
    where = str(tmp_path / "token") if how == "token_file" else f"cat {tmp_path}/token"
    seen: list[bytes] = []
    channel = open_email(serve(by_token(seen)).address, event, templates, oauth2={how: where})
    assert channel.probe()
    [login] = [line for line in seen if line.upper().startswith(b"AUTH")]
    said = b64decode(login.split()[-1])
    assert said == f"user=herald\x01auth=Bearer {TOKEN_OF_MAIL}\x01\x01".encode()


def test_a_token_that_is_refused_is_for_a_person_and_not_shown(
    serve: Serve, event: Event, templates: Templates, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("0ld")
    wire = serve(by_token([]))
    oauth2 = {"token_file": str(tmp_path / "token")}
    with pytest.raises(DeliveryError, match=r"535 to AUTH: 5\.7\.8 not accepted") as caught:
        open_email(wire.address, event, templates, oauth2=oauth2).send(Notification(event))
    check(caught, PERMANENT)


def test_a_token_does_not_leave_the_machine_without_tls() -> None:
    session = smtplib.SMTP()
    server = smtp.MailServer.parse("smtp", "smtp://herald@mail.example.com")
    with pytest.raises(PermanentError, match="over TLS alone"):
        smtp._log_in_by_token(session, server, TOKEN_OF_MAIL)


def test_a_server_that_takes_no_password_names_what_it_takes(
    serve: Serve, event: Event, templates: Templates
) -> None:
    wire = serve(by_token([], b"XOAUTH2 GSSAPI"))
    with pytest.raises(
        DeliveryError, match="only XOAUTH2 GSSAPI; for XOAUTH2 set oauth2"
    ) as caught:
        open_email(wire.address, event, templates).send(Notification(event))
    check(caught, PERMANENT)
