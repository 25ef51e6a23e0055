"""What every channel owes: what follows from an answer, and what it never says."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grafherald import channels
from grafherald.channels import Channel, file, hipchat, slack
from grafherald.demo.standins import chat
from grafherald.demo.standins.wire import StandInReply
from grafherald.errors import DeliveryError, TemporaryError
from grafherald.event import Event
from grafherald.notification import Notification
from grafherald.notification.templates import Templates

from .conftest import (
    HOOK,
    PASSWORD,
    PERMANENT,
    SECRETS,
    TEMPORARY,
    TOKEN,
    UNKNOWN,
    Follows,
    Serve,
    answering,
    check,
    hang,
    nobody,
    open_email,
    read_request,
)

Opener = Callable[..., Channel]


def _hipchat(base: str, event: Event, templates: Templates, **more: Any) -> Channel:
    settings = {"url": base, "token": TOKEN, "room": "ops", **more}
    return hipchat.TYPE.open("ops", settings, event, templates)[0]


def _hipchat_v1(base: str, event: Event, templates: Templates, **more: Any) -> Channel:
    return _hipchat(base, event, templates, api="v1", **more)


def _webhook(base: str, event: Event, templates: Templates, **more: Any) -> Channel:
    settings = {"webhook_url": base + HOOK, **more}
    return slack.open_channels("chat", settings, event, templates)[0]


def _bot(base: str, event: Event, templates: Templates, **more: Any) -> Channel:
    settings = {"url": f"{base}/api", "token": TOKEN, "channel": "#ops", **more}
    return slack.open_channels("chat", settings, event, templates)[0]


def _service(name: str, key: str, **given: Any) -> Opener:
    """Open a channel whose address *key* is, a webhook's where it ends as one."""

    def opener(base: str, event: Event, templates: Templates, **more: Any) -> Channel:
        url = base + HOOK if key == "webhook_url" else base
        return channels.find(name).open("c", {key: url, **given, **more}, event, templates)[0]

    opener.__name__ = f"_{name}"
    return opener


SERVICES = [
    _service("teams", "webhook_url"),
    _service("discord", "webhook_url"),
    _service("googlechat", "webhook_url"),
    _service("mattermost", "webhook_url"),
    _service("webhook", "webhook_url", secret=TOKEN),
    _service("pagerduty", "url", routing_key=TOKEN),
    _service("telegram", "url", token=TOKEN, chat="-1001"),
    _service("matrix", "url", token=TOKEN, room="!ops:example.com"),
    _service("ntfy", "url", token=TOKEN, topic="ops"),
    _service("pushover", "url", token=TOKEN, user="u1"),
]
HTTP = [
    pytest.param(opener, id=opener.__name__[1:])
    for opener in (_hipchat, _hipchat_v1, _webhook, _bot, *SERVICES)
]
# Here the picture may be what was refused, so the text goes alone.
ONCE_MORE = {
    *((name, status) for name in ("ntfy", "discord", "pushover") for status in ("400", "413")),
    *(("matrix", status) for status in ("403", "404", "413")),
    ("telegram", "400"),
}


STATUSES = {
    "302": (302, {"Location": "https://login.example.com/"}, PERMANENT),
    "307 to itself": (307, {"Location": "/"}, PERMANENT),
    "400": (400, {}, PERMANENT),
    "401": (401, {}, PERMANENT),
    "403": (403, {}, PERMANENT),
    "404": (404, {}, PERMANENT),
    "408": (408, {}, TEMPORARY),
    "410": (410, {}, PERMANENT),
    "413": (413, {}, PERMANENT),
    "429": (429, {}, TEMPORARY),
    "429 seconds": (429, {"Retry-After": "30"}, Follows(TemporaryError, 30)),
    "429 date": (
        429,
        {"Retry-After": "Sat, 21 Nov 2026 03:00:40 GMT", "Date": "Sat, 21 Nov 2026 03:00:00 GMT"},
        Follows(TemporaryError, 40),
    ),
    "429 flood": (
        429,
        {
            "X-FloodControl-Remaining": "0",
            "X-FloodControl-Reset": "1795230060",
            "X-RateLimit-Remaining": "400",
            "X-RateLimit-Reset": "1795230290",
            "Date": "Sat, 21 Nov 2026 03:00:00 GMT",
        },
        Follows(TemporaryError, 60),
    ),
    "500": (500, {}, TEMPORARY),
    "502": (502, {}, TEMPORARY),
    "503 seconds": (503, {"Retry-After": "7"}, Follows(TemporaryError, 7)),
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("opener", HTTP)
def test_the_status_decides_what_follows(
    opener: Opener,
    status: str,
    chat_server: chat.Chat,
    event: Event,
    templates: Templates,
    notification: Notification,
) -> None:
    code, headers, follows = STATUSES[status]
    if (opener.__name__[1:], status) in ONCE_MORE:
        chat_server.failures.append(StandInReply(code, b"it said no", headers))
    chat_server.failures.append(StandInReply(code, b"it said no", headers))
    with pytest.raises(DeliveryError, match=rf"^127\.0\.0\.1:\d+ answered {code}: it said no") as e:
        opener(chat_server.url, event, templates).send(notification)
    check(e, follows)
    assert len(chat_server.requests) == (2 if (opener.__name__[1:], status) in ONCE_MORE else 1)


@pytest.mark.parametrize("status", [200, 201, 204])
@pytest.mark.parametrize("opener", HTTP[:3])
def test_any_2xx_is_an_arrival(
    opener: Opener,
    status: int,
    chat_server: chat.Chat,
    event: Event,
    templates: Templates,
    notification: Notification,
) -> None:
    chat_server.failures.append(StandInReply(status))
    receipt = opener(chat_server.url, event, templates).send(notification)
    assert receipt.text == str(status)


@pytest.mark.parametrize("opener", HTTP)
def test_a_web_page_is_no_arrival(
    opener: Opener,
    chat_server: chat.Chat,
    event: Event,
    templates: Templates,
    notification: Notification,
) -> None:
    page = b"<!DOCTYPE html><title>Wi-Fi login</title><p>Please log in"
    chat_server.failures.append(StandInReply(200, page, {"Content-Type": "text/html"}))
    with pytest.raises(TemporaryError, match="Wi-Fi login Please log in"):
        opener(chat_server.url, event, templates).send(notification)


def _echo(connection: socket.socket) -> None:
    while body := read_request(connection):
        head = b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\n\r\n" % len(body)
        connection.sendall(head + body)


def _drip(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 ")
    connection.settimeout(0.02)
    while True:
        connection.sendall(b"2")
        try:
            if not connection.recv(1):
                return
        except TimeoutError:
            continue


def _endless(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 500 Oops\r\n\r\n")
    while True:
        connection.sendall(b"no " * 20_000)


SLOW = ("hangs", "drips")
WIRES = {
    "closes": (answering(b""), UNKNOWN),
    "closes in the status": (answering(b"HTTP/1.1 2"), UNKNOWN),
    "garbage": (answering(b"\x00\xff\x00 garbage\r\n\r\n"), UNKNOWN),
    "another protocol": (answering(b"220 mail.example.com ESMTP\r\n"), UNKNOWN),
    "hangs": (hang, UNKNOWN),
    "drips": (_drip, UNKNOWN),
    "says it all again": (_echo, PERMANENT),
    "never ends": (_endless, TEMPORARY),
    "broken off": (answering(b"HTTP/1.1 503 x\r\nContent-Length: 99\r\n\r\nsoon"), TEMPORARY),
    "no such length": (answering(b"HTTP/1.1 503 x\r\nContent-Length: x\r\n\r\n"), UNKNOWN),
    "bad chunk": (
        answering(b"HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        TEMPORARY,
    ),
    "not gzip": (answering(b"HTTP/1.1 500 x\r\nContent-Encoding: gzip\r\n\r\nno"), TEMPORARY),
}


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("opener", HTTP)
def test_the_wire_decides_what_follows(
    opener: Opener,
    wire: str,
    serve: Serve,
    event: Event,
    templates: Templates,
    notification: Notification,
) -> None:
    script, follows = WIRES[wire]
    base = f"http://{serve(script).address}"
    with pytest.raises(DeliveryError) as caught:
        opener(base, event, templates, timeout=0.3 if wire in SLOW else 5).send(notification)
    check(caught, follows)


@pytest.mark.parametrize("opener", HTTP)
def test_nobody_there_may_be_somebody_later(
    opener: Opener, event: Event, templates: Templates, notification: Notification
) -> None:
    with nobody() as address, pytest.raises(DeliveryError, match="refuses connections") as caught:
        opener(f"http://{address}", event, templates).send(notification)
    check(caught, TEMPORARY)


@pytest.mark.parametrize("opener", HTTP)
def test_tls_to_a_server_without_was_not_sent(
    opener: Opener, serve: Serve, event: Event, templates: Templates, notification: Notification
) -> None:
    plain = serve(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    with pytest.raises(DeliveryError, match="does not speak TLS") as caught:
        opener(f"https://{plain.address}", event, templates, timeout=2).send(notification)
    check(caught, TEMPORARY)


@pytest.mark.parametrize("opener", HTTP)
def test_a_hanging_tls_handshake_sent_nothing(
    opener: Opener, serve: Serve, event: Event, templates: Templates, notification: Notification
) -> None:
    base = f"https://{serve(hang).address}"
    with pytest.raises(
        DeliveryError, match=r"no connection to 127\.0\.0\.1:\d+ within 0\.3 s"
    ) as caught:
        opener(base, event, templates, timeout=0.3).send(notification)
    check(caught, TEMPORARY)


def _behind(tls: ssl.SSLContext, answer: bytes) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        with tls.wrap_socket(connection, server_side=True) as wrapped:
            read_request(wrapped)
            wrapped.sendall(answer)

    return script


@pytest.mark.parametrize("opener", HTTP)
def test_an_unknown_certificate_names_the_setting(
    opener: Opener,
    serve: Serve,
    tls: ssl.SSLContext,
    event: Event,
    templates: Templates,
    notification: Notification,
) -> None:
    base = f"https://{serve(_behind(tls, b'')).address}"
    with pytest.raises(DeliveryError, match=r"self-signed certificate.* set ca_file") as caught:
        opener(base, event, templates).send(notification)
    check(caught, TEMPORARY)


@pytest.mark.parametrize("opener", HTTP[:3])
def test_a_private_ca_is_trusted_where_the_settings_say_so(
    opener: Opener,
    serve: Serve,
    tls: ssl.SSLContext,
    certificate: Path,
    event: Event,
    templates: Templates,
    notification: Notification,
) -> None:
    wire = serve(_behind(tls, b"HTTP/1.1 204 No Content\r\n\r\n"))
    channel = opener(f"https://{wire.address}", event, templates, ca_file=str(certificate))
    assert channel.send(notification).text == "204"


@pytest.mark.parametrize("opener", HTTP)
def test_a_missing_ca_file_is_for_a_person(
    opener: Opener, event: Event, templates: Templates, notification: Notification
) -> None:
    channel = opener("https://127.0.0.1:9", event, templates, ca_file="/nonexistent.pem")
    with pytest.raises(DeliveryError, match="ca_file") as caught:
        channel.send(notification)
    check(caught, PERMANENT)


@pytest.mark.parametrize("opener", HTTP[:3])
def test_a_proxy_of_the_channel_gets_the_request(
    opener: Opener,
    serve: Serve,
    event: Event,
    templates: Templates,
    notification: Notification,
) -> None:
    seen: list[bytes] = []

    def script(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    proxy = f"http://herald:{PASSWORD}@{serve(script).address}"
    opener("http://chat.invalid", event, templates, proxy=proxy).send(notification)
    assert seen[0].startswith(b"POST http://chat.invalid/")


@pytest.mark.parametrize("opener", HTTP)
def test_a_proxy_that_refuses_is_named_without_its_password(
    opener: Opener, serve: Serve, event: Event, templates: Templates, notification: Notification
) -> None:
    wire = serve(answering(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"))
    proxy = f"http://herald:{PASSWORD}@{wire.address}"
    channel = opener("https://chat.invalid", event, templates, proxy=proxy)
    with pytest.raises(DeliveryError, match=r"proxy made no connection to chat\.invalid") as e:
        channel.send(notification)
    check(e, TEMPORARY)


def test_a_directory_that_is_none_is_for_a_person(
    tmp_path: Path, event: Event, templates: Templates, notification: Notification
) -> None:
    (tmp_path / "out").write_text("a file")
    [channel] = file.open_channels("look", {"directory": tmp_path / "out"}, event, templates)
    with pytest.raises(DeliveryError, match="out can't be written") as caught:
        channel.send(notification)
    check(caught, PERMANENT)


@pytest.mark.parametrize("opener", HTTP[:4])
def test_the_payload_is_what_was_sent(
    opener: Opener,
    chat_server: chat.Chat,
    event: Event,
    templates: Templates,
    notification: Notification,
) -> None:
    channel = opener(
        chat_server.url.replace(HOOK, ""), event, templates, **_hook(opener, chat_server)
    )
    channel.send(notification)
    [request] = chat_server.requests
    sent = request.fields
    expected = json.loads(json.dumps(channel.payload(notification)))
    assert sent == ({k: str(v) for k, v in expected.items()} if "room_id" in sent else expected)


def _hook(opener: Opener, server: chat.Chat) -> dict[str, str]:
    return {"webhook_url": server.webhook_url} if opener is _webhook else {}


@pytest.mark.parametrize("opener", [*HTTP, pytest.param(open_email, id="email")])
def test_no_secret_is_in_what_a_channel_shows_of_itself(
    opener: Opener, event: Event, templates: Templates, notification: Notification
) -> None:
    base = "127.0.0.1:25" if opener is open_email else "https://chat.example.com"
    channel = opener(base, event, templates)
    shown = f"{channel!r} {channel.recipient} {channel.payload(notification)}"
    assert not any(secret in shown for secret in SECRETS)
