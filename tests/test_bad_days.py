"""Bad days from the outside: one clear line each, within the deadline, nothing lost silently."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from grafherald.demo.standins.wire import StandInReply

from .channels.conftest import (
    Script,
    Serve,
    answering,
    certificate,
    hang,
    nobody,
    read_request,
    serve,
)
from .images.conftest import make_png
from .world import CHAT_TOKEN, GRAFANA_TOKEN, World

__all__ = ["certificate", "serve"]  # fixtures
OK = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
PNG_START = b"\x89PNG\r\n\x1a\n"
SOON = {"deadline": 5}  # what may pass is tried again until then


def lines_of(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    """Return what the handler said on stderr; each line is its own, and no traceback."""
    lines = done.stderr.decode().splitlines()
    assert all(line.startswith("grafherald: ") and line.isprintable() for line in lines), lines
    return lines


# Grafana


def dripping(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(OK + b"Content-Length: 5000\r\n\r\n" + PNG_START)
    while connection.send(b"\0"):
        time.sleep(0.05)


def huge(head: bytes) -> Script:
    def script(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(OK + head + b"\r\n" + PNG_START)
        for _ in range(300):
            connection.sendall(bytes(1 << 20))

    return script


@pytest.mark.parametrize(
    ("script", "said"),
    [
        pytest.param(dripping, "within 2 s", id="dripping"),
        pytest.param(huge(b"Content-Length: 314572800\r\n"), "more than 8 MiB", id="300 MB"),
        pytest.param(huge(b"Connection: close\r\n"), "more than 8 MiB", id="300 MB, unannounced"),
        pytest.param(
            answering(OK + b"Content-Length: 999\r\n\r\n" + PNG_START), "half an answer", id="half"
        ),
        pytest.param(answering(b"220 mail ESMTP\r\n\r\n"), "not HTTP", id="a mail server"),
    ],
)
def test_a_grafana_gone_wrong_costs_the_picture_alone(
    world: World, serve: Serve, script: Script, said: str
) -> None:
    settings = world.settings
    url = f"http://{serve(script).address}"
    settings["grafana"]["url"] = url
    before = time.monotonic()
    done = world.handle(settings, world.event.replace(world.grafana.url.encode(), url.encode()))
    assert time.monotonic() - before < 12
    assert (done.returncode, world.arrived) == (0, (1, 1, 1))
    assert said in world.chat.hipchat.messages[0].text
    (line,) = lines_of(done)
    assert said in line


def test_a_grafana_that_is_down_costs_the_picture_alone(world: World) -> None:
    settings = world.settings
    with nobody() as where:
        settings["grafana"]["url"] = f"http://{where}"
        event = world.event.replace(world.grafana.url.encode(), f"http://{where}".encode())
        done = world.handle(settings, event)
    assert (done.returncode, world.arrived) == (0, (1, 1, 1))
    assert "refuses connections" in world.chat.hipchat.messages[0].text
    assert len(lines_of(done)) == 1


def test_300_megabytes_are_not_kept_in_memory(world: World, serve: Serve) -> None:
    endless = huge(b"Connection: close\r\n")
    url = f"http://{serve(endless).address}"
    settings = world.settings
    settings["grafana"]["url"] = url
    settings["channels"] = {"ops": settings["channels"]["ops"]}
    limit = ["prlimit", f"--data={200 << 20}"]
    event = world.event.replace(world.grafana.url.encode(), url.encode())
    done = world.handle(settings, event, inside=limit)
    assert (done.returncode, world.arrived) == (0, (1, 0, 0))
    assert "more than 8 MiB" in world.chat.hipchat.messages[0].text


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("ca_file", "/nowhere/ca.pem", "grafana.ca_file: /nowhere/ca.pem"),
        ("url", "https://me:P4ss@grafana", "grafana.url: 'https://grafana'"),
    ],
)
def test_a_wrong_setting_of_the_picture_never_costs_the_alert(
    world: World, key: str, value: str, said: str
) -> None:
    settings = world.settings
    settings["grafana"][key] = value
    done = world.handle(settings)
    assert (done.returncode, world.arrived) == (1, (1, 1, 1))
    (line,) = lines_of(done)
    assert said in line
    assert "P4ss" not in line + world.chat.hipchat.messages[0].text


# Channels


def closing(connection: socket.socket) -> None:
    read_request(connection)


def mail_server(*replies: bytes, then: Script | None = None) -> Script:
    """Greet, answer each line of the client's with the next reply, then close or do *then*."""

    def script(connection: socket.socket) -> None:
        for reply in replies:
            connection.sendall(reply + b"\r\n")
            if not connection.recv(65536):
                return
        if then:
            then(connection)

    return script


HELLO, FINE = b"220 mail ESMTP", b"250 ok"
LATER = answering(b"HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n")
SENT = (HELLO, FINE, FINE, FINE, b"354 go on")
FAILURES = [
    ("ops", hang, "within 1 s"),
    ("ops", closing, "closed the connection without an answer"),
    ("ops", LATER, "it asks to wait 7 s"),
    ("ops", answering(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n<html>"), "web page"),
    ("chat", hang, "within 1 s"),
    ("chat", closing, "closed the connection without an answer"),
    ("chat", LATER, "it asks to wait 7 s"),
    ("oncall", hang, "within 1 s"),
    ("oncall", mail_server(HELLO, then=hang), "within 1 s"),
    ("oncall", mail_server(*SENT, then=hang), "within 1 s"),
    ("oncall", mail_server(HELLO, FINE), "ended"),
    ("oncall", mail_server(*SENT), "ended"),
    ("oncall", mail_server(b"421 too busy"), "421"),
    ("oncall", mail_server(HELLO, FINE, b"452 disk full"), "452"),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "script", "said"),
    [pytest.param(*row, id=f"{row[0]} {number}") for number, row in enumerate(FAILURES)],
)
def test_a_channel_gone_wrong_costs_one_line_and_the_others_arrive(
    world: World, serve: Serve, name: str, script: Script, said: str
) -> None:
    settings = world.settings | SOON
    where = serve(script).address
    key, url = {
        "ops": ("url", f"http://{where}"),
        "chat": ("webhook_url", f"http://{where}/services/T0/B0/s3cret"),
        "oncall": ("smtp", f"smtp://{where}"),
    }[name]
    settings["channels"][name] |= {key: url, "timeout": 1}
    before = time.monotonic()
    done = world.handle(settings)
    assert time.monotonic() - before < 12
    assert (done.returncode, sum(world.arrived)) == (2, 2)
    (line,) = lines_of(done)
    assert line.startswith(f"grafherald: web01/cpu: {name} (")
    assert said in line
    assert where in line
    assert "s3cret" not in line


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ops", "chat", "oncall"])
def test_a_certificate_that_nobody_vouches_for_is_not_taken(
    world: World, serve: Serve, certificate: Path, name: str
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))

    def script(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            hang(secured)

    where = serve(script).address
    settings = world.settings | SOON
    settings["channels"][name] |= {
        "ops": {"url": f"https://{where}"},
        "chat": {"webhook_url": f"https://{where}/services/T0/B0/s3cret"},
        "oncall": {"smtp": f"smtps://{where}"},
    }[name]
    done = world.handle(settings)
    assert (done.returncode, sum(world.arrived)) == (2, 2)
    (line,) = lines_of(done)
    assert "self-signed certificate" in line
    assert "ca_file" in line


# Files


def mounted(folder: Path, options: str) -> list[str]:
    """Return the start of a command that runs with a small disk of its own at *folder*."""
    script = f'mount -t tmpfs -o {options} none "$0" && exec "$@"'
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(folder)]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mounts in a namespace of one's own here")
    return command


@pytest.mark.parametrize(
    ("options", "said"), [("size=4k", "is full"), ("ro", "read-only file system")]
)
def test_a_disk_that_takes_no_picture_costs_the_picture_alone(
    world: World, options: str, said: str
) -> None:
    done = world.handle(inside=mounted(world.folder / "saved", options))
    assert (done.returncode, world.arrived) == (0, (1, 1, 1))
    (line,) = lines_of(done)
    assert said in line
    assert said in world.chat.hipchat.messages[0].text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "said"), [("size=4k", "No space left"), ("ro", "Read-only file system")]
)
def test_a_disk_that_takes_no_notification_is_named(world: World, options: str, said: str) -> None:
    place = world.folder / "out"
    place.mkdir()
    settings = world.settings | SOON
    settings["channels"]["look"] = {"type": "file", "directory": str(place)}
    done = world.handle(settings, inside=mounted(place, options))
    assert (done.returncode, world.arrived) == (2, (1, 1, 1))
    (line,) = lines_of(done)
    assert said in line
    assert str(place) in line


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-", "| true", ">/dev/full 2>&1", "2>&-"])
def test_that_nobody_reads_what_is_printed_costs_no_alert(world: World, redirection: str) -> None:
    inside = ["bash", "-c", f'set -o pipefail; "$0" "$@" {redirection}']
    done = world.handle(inside=inside)
    assert (done.returncode, world.arrived) == (0, (1, 1, 1))
    assert len(lines_of(done)) <= 1


def test_no_configuration_is_said(world: World) -> None:
    done = world.handle({"grafana": {"url": world.grafana.url}})
    assert (done.returncode, done.stdout) == (1, b"")
    (line,) = lines_of(done)
    assert "channels: the settings name none, so alerts would go nowhere" in line


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.yml", None, "missing.yml: cannot be read: No such file or directory"),
        ("a.json", b"{", "a.json: is not JSON"),
        ("a.yml", b"a: [", "a.yml: line 1: is not YAML"),
        ("a.yml", b"\xff\xfe\x00", "a.yml: is not UTF-8 text"),
        ("a.yml", b"- just\n- a list\n", "a.yml: expected keys and values, got list"),
        ("a.yml", b"chanels: {}\n", "chanels"),
        ("a.yml", b"graph: {wait: soon}\n", "graph.wait: expected a number, got 'soon'"),
        ("a.yml", b"channels: {a: {type: hipchat, token_file: /}}\n", "/ cannot be read: Is a dir"),
        ("a.yml", b"channels: {a: {type: pigeon}}\n", "there is no channel type 'pigeon'"),
    ],
)
def test_settings_that_cannot_be_used_are_one_line_and_status_1(
    world: World, name: str, content: bytes | None, said: str
) -> None:
    file = world.folder / name
    if content is not None:
        file.write_bytes(content)
    done = world.handle(None, world.event, "--config", str(file))
    assert (done.returncode, done.stdout, world.arrived) == (1, b"", (0, 0, 0))
    (line,) = lines_of(done)
    assert said in line


def test_a_token_file_of_somebody_else_is_named(world: World) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads every file")
    file = world.folder / "token"
    file.touch(mode=0)
    done = world.handle(None, world.event, "--set", f"grafana.token_file={file}")
    assert world.arrived == (1, 1, 1)
    assert f"grafana.token_file: {file} cannot be read: Permission denied; let" in str(done.stderr)


def test_a_token_that_is_not_there_costs_the_picture_alone(world: World) -> None:
    settings = world.settings
    settings["grafana"] = {"url": world.grafana.url, "token_file": "/nowhere/token"}
    done = world.handle(settings)
    assert (world.arrived, world.grafana.requests) == ((1, 1, 1), [])
    assert "grafana.token_file: /nowhere/token cannot be read: No such file" in str(done.stderr)


def test_a_channel_whose_secret_is_not_there_costs_that_channel_alone(world: World) -> None:
    settings = world.settings
    del settings["channels"]["ops"]["token"]
    settings["channels"]["ops"]["token_file"] = "/nowhere/token"
    done = world.handle(settings)
    assert (done.returncode, world.arrived) == (2, (0, 1, 1))
    said = str(done.stdout + done.stderr)
    assert "channels.ops.token_file: /nowhere/token cannot be read: No such file" in said


# Time and number


@pytest.mark.real
def test_the_clock_of_1970_costs_no_alert(world: World) -> None:
    if not shutil.which("faketime"):
        pytest.skip("needs faketime")
    done = world.handle(inside=["faketime", "--exclude-monotonic", "1970-01-01 00:02:00"])
    assert (done.returncode, done.stderr, world.arrived) == (0, b"", (1, 1, 1))
    assert "1970" in world.mail.mails[0].message["Date"]


def test_an_event_of_1970_is_shown(world: World) -> None:
    event = json.loads(world.event)
    event["timestamp"] = event["check"]["executed"] = event["check"]["issued"] = 120
    event["check"]["history"] = [{"status": 2, "executed": 120}]
    done = world.handle(None, json.dumps(event).encode())
    assert (done.returncode, done.stderr, world.arrived) == (0, b"", (1, 1, 1))


@pytest.mark.slow
def test_two_hundred_handlers_at_once_lose_nothing_silently(world: World, serve: Serve) -> None:
    picture = make_png()
    grafana = serve(answering(OK + b"Content-Length: %d\r\n\r\n" % len(picture) + picture))
    url = f"http://{grafana.address}"
    settings = world.settings | {"deadline": 100, "graph": {"wait": 50}}
    settings["grafana"]["url"] = url
    settings["channels"] = {"ops": settings["channels"]["ops"] | {"timeout": 45}}
    file = world.folder / "many.json"
    file.write_text(json.dumps(settings))
    event = world.event.replace(world.grafana.url.encode(), url.encode())

    def handle(number: int) -> tuple[str, int, list[str]]:
        name = b"web%03d" % number
        done = world.handle(None, event.replace(b"web01", name), "--config", str(file))
        return name.decode(), done.returncode, lines_of(done)

    with ThreadPoolExecutor(200) as pool:
        ended = list(pool.map(handle, range(200)))
    shown = {m.text[3:9]: m.text for m in world.chat.hipchat.messages}
    for name, status, said in ended:
        assert status in (0, 2)
        assert (status == 2) == any(": ops (hipchat" in line for line in said)
        if status == 0:
            assert ("<img" in shown[name]) == (not said)
    assert len(world.chat.hipchat.messages) == len(shown)


# Secrets

SECRETS = {
    "grafana": GRAFANA_TOKEN,
    "chat": CHAT_TOKEN,
    "webhook": "q7Zs3cretW3bh00k",
    "smtp": "M4ilPassw0rd",
    "names": "N4mesS3cret",
    "proxy": "Pr0xyPassw0rd",
    "environment": "Env1ronm3nt",
    "url": "L0g1nInTheUrl",
    "parameter": "Auth1nTheQuery",
}


def planted(world: World) -> tuple[dict[str, Any], bytes, dict[str, str]]:
    """Return settings, an event and an environment with a secret wherever one can stand."""
    settings = world.settings
    settings["images"] |= {"names": "hmac", "secret": SECRETS["names"]}
    mail = f"{world.mail.host}:{world.mail.port}"
    settings["channels"]["oncall"]["smtp"] = f"smtp://herald:{SECRETS['smtp']}@{mail}"
    settings["channels"]["bot"] = {
        "type": "slack",
        "url": f"{world.chat.url}/api",
        "token": CHAT_TOKEN,
        "channel": "ops",
    }
    settings["channels"]["old"] = settings["channels"]["ops"] | {"api": "v1", "room": "old"}
    event = json.loads(world.event)
    annotations = event["check"]["metadata"]["annotations"]
    panel = annotations["graph_image"]
    annotations["graph_image"] = json.dumps(
        [
            f"{panel}&auth_token={SECRETS['parameter']}",
            panel.replace("://", f"://herald:{SECRETS['url']}@"),
        ]
    )
    environment = {
        "GRAFHERALD_GRAFANA__TOKEN": GRAFANA_TOKEN,
        "GRAFHERALD_OTHER": SECRETS["environment"],
        "https_proxy": f"http://herald:{SECRETS['proxy']}@127.0.0.1:9",
    }
    return settings, json.dumps(event).encode(), environment


def fine(_world: World, _settings: dict[str, Any]) -> None:
    """All works."""


def unanswered(world: World, settings: dict[str, Any]) -> None:
    world.chat.failures.extend([None] * 20)
    world.mail.refusals = {"AUTH": f"535 no {SECRETS['smtp']}"}
    world.grafana.mode = "nothing"


def echoed(world: World, settings: dict[str, Any]) -> None:
    del settings["channels"]["chat"]
    world.chat.failures.extend([StandInReply(500, f"<html>{CHAT_TOKEN}</html>".encode())] * 20)
    world.mail.refusals = {"oncall@example.com": f"550 {SECRETS['smtp']}"}
    world.grafana.mode = "401"


def echoed_webhook(world: World, settings: dict[str, Any]) -> None:
    settings["channels"] = {"chat": settings["channels"]["chat"]}
    world.chat.failures.append(StandInReply(500, world.chat.webhook_url.encode()))


def unreachable(world: World, settings: dict[str, Any]) -> None:
    for channel in settings["channels"].values():
        for key in {"url", "webhook_url", "smtp"} & channel.keys():
            scheme, _, rest = channel[key].partition("://")
            channel[key] = f"{scheme}://{re.sub(':[0-9]+', ':9', rest)}"


def behind_a_proxy(world: World, settings: dict[str, Any]) -> None:
    proxy = f"http://herald:{SECRETS['proxy']}@127.0.0.1:9"
    for name in ("ops", "old", "chat", "bot"):
        settings["channels"][name]["proxy"] = proxy


@pytest.mark.slow
@pytest.mark.parametrize("flags", [(), ("-v",), ("-v", "--log-format", "json")])
@pytest.mark.parametrize(
    "spoil", [fine, unanswered, echoed, echoed_webhook, unreachable, behind_a_proxy]
)
def test_no_secret_is_told_to_anybody_else(
    world: World,
    spoil: Callable[[World, dict[str, Any]], None],
    flags: tuple[str, ...],
) -> None:
    settings, event, environment = planted(world)
    spoil(world, settings)
    settings |= SOON
    done = world.handle(settings, event, *flags, environment=environment)
    told = done.stdout.decode() + done.stderr.decode()
    told += repr(world.chat.hipchat.messages) + repr(world.chat.slack.messages)
    told += repr([file.title for file in world.chat.slack.files.values()])
    for mail in world.mail.mails:
        parts = [part for part in mail.message.walk() if not part.is_multipart()]
        told += repr(mail.message.items()) + "".join(str(part.get_content()) for part in parts)
    assert "Traceback" not in told or flags
    for name, secret in SECRETS.items():
        assert secret not in told, name


def test_a_dry_run_shows_no_secret(world: World) -> None:
    settings, event, environment = planted(world)
    done = world.handle(settings, event, "--dry-run", environment=environment)
    assert done.returncode == 0
    shown = done.stdout.decode() + done.stderr.decode()
    told = {name: secret for name, secret in SECRETS.items() if secret in shown}
    assert set(told) <= {"url", "parameter"}  # the event's own render URLs, for who wrote them
