"""What Grafana, or what stands in its place, may say on the wire, and what follows."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grafherald.errors import ConfigError, GraphError
from grafherald.images.fetch import LARGEST, Grafanas
from grafherald.net.deadline import Deadline

OK = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
BEARER = "Bearer glsa_secret"


def render(grafana: Any, seconds: float = 5) -> bytes:
    return Grafanas([grafana.url]).render(grafana.render_url, BEARER, Deadline(seconds))


def chunked(body: bytes, size: int = 100) -> bytes:
    parts = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


def test_picture_is_asked_for_with_the_token_and_little_else(grafana: Any, png: bytes) -> None:
    assert render(grafana) == png
    head = grafana.renders[0].decode().lower()
    assert head.startswith("get /render/d-solo/abc/x?panelid=2&from=now-6h&to=now http/1.1\r\n")
    assert f"\r\nhost: 127.0.0.1:{grafana.port}\r\n" in head
    assert "\r\nauthorization: bearer glsa_secret\r\n" in head
    assert "\r\naccept-encoding: identity\r\n" in head
    assert "cookie" not in head


def test_no_token_no_header(grafana: Any) -> None:
    Grafanas([grafana.url]).render(grafana.render_url, "", Deadline(5))
    assert b"uthorization" not in grafana.renders[0]


def test_what_is_public_is_asked_for_without_the_token(grafana: Any) -> None:
    render(grafana)
    public = [request for request in grafana.requests if request not in grafana.renders]
    assert public
    assert all(b"secret" not in request for request in public)


def forms(png: bytes) -> dict[str, bytes]:
    length = b"Content-Length: %d\r\n\r\n" % len(png)
    return {
        "until it closes": OK + b"\r\n" + png,
        "HTTP/1.0": OK.replace(b"1.1", b"1.0", 1) + b"\r\n" + png,
        "chunked": OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(png) + b"0\r\n\r\n",
        "trailers": OK
        + b"Transfer-Encoding: chunked\r\n\r\n"
        + chunked(png)
        + b"0\r\nX: y\r\n\r\n",
        "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </x.css>\r\n\r\n" + OK + length + png,
        "100 and 102": b"HTTP/1.1 100 \r\n\r\nHTTP/1.1 102 \r\n\r\n" + OK + length + png,
        "no reason": b"HTTP/1.1 200\r\n" + length + png,
        "no type": b"HTTP/1.1 200 OK\r\n" + length + png,
        "parameters": OK.replace(b"png", b"png; charset=utf-8") + length + png,
        "identity": OK + b"Content-Encoding: identity\r\n" + length + png,
        "one length twice": OK + length[:-2] + length + png,
        "odd case": OK + length.replace(b"Content-Length", b"cOnTENT-lENGTH") + png,
        "cookie": OK + b"Set-Cookie: grafana_session=x\r\n" + length + png,
        "more than it says": OK + length + png + b"<script>",
        "after IEND": OK + b"\r\n" + png + b"<script>",
    }


@pytest.mark.parametrize("form", forms(b""))
def test_every_lawful_form_of_an_answer_is_read(form: str, grafana: Any, png: bytes) -> None:
    grafana.script = forms(png)[form]
    assert render(grafana) == png


@pytest.mark.parametrize(
    ("status", "says", "ours"),
    [
        *[(n, f"Grafana answered {n}", 502) for n in (201, 202, 203, 204, 206, 304, 400, 401)],
        *[(n, f"Grafana answered {n}", 502) for n in (402, 403, 404, 405, 406, 410, 413, 418, 451)],
        *[(n, f"Grafana answered {n}", 502) for n in (500, 501, 502, 505, 520, 599)],
        *[(n, f"Grafana answered {n}", 504) for n in (408, 504)],
        *[(n, f"Grafana answered {n}", 503) for n in (429, 503)],
        *[(n, f"Grafana sent us elsewhere ({n})", 502) for n in (300, 301, 302, 303, 307, 308)],
    ],
)
def test_only_200_is_a_picture(status: int, says: str, ours: int, grafana: Any, png: bytes) -> None:
    body = b"" if status in (204, 304) else b"Content-Length: %d\r\n\r\n%s" % (len(png), png)
    grafana.script = b"HTTP/1.1 %d X\r\nContent-Type: image/png\r\n" % status + (body or b"\r\n")
    with pytest.raises(GraphError) as caught:
        render(grafana)
    assert (str(caught.value), caught.value.status) == (says, ours)
    assert len(grafana.requests) == 1


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("/login", "its login page"),
        ("/grafana/login?redirect=x", "its login page"),
        ("/", "its home page"),
        ("http://evil/render/x", "elsewhere"),
        ("http://169.254.169.254/latest/meta-data/", "elsewhere"),
        ("/render/d-solo/abc/x", "elsewhere"),
        ("", "elsewhere"),
    ],
)
def test_no_redirect_is_followed(location: str, says: str, grafana: Any) -> None:
    grafana.script = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n".encode()
    with pytest.raises(GraphError, match=f"Grafana sent us (to )?{says}"):
        render(grafana)
    assert len(grafana.requests) == 1


@pytest.mark.parametrize(
    ("value", "seconds"), [("5", 5), ("soon", None), ("-1", None), ("9" * 5000, None), ("٣", None)]
)
def test_time_to_wait_is_passed_on(value: str, seconds: float | None, grafana: Any) -> None:
    grafana.script = f"HTTP/1.1 429 X\r\nRetry-After: {value}\r\n\r\n".encode()
    with pytest.raises(GraphError, match="Grafana answered 429") as caught:
        render(grafana)
    assert caught.value.retry_after == seconds


def breakages(png: bytes) -> dict[str, tuple[bytes, str]]:
    half = png[: len(png) // 2]
    length = b"Content-Length: %d\r\n\r\n" % len(png)
    to_be_chunked = OK + b"Transfer-Encoding: chunked\r\n\r\n"
    return {
        "nothing": (b"", "closed the connection without an answer"),
        "half a head": (OK[:20], "half an answer"),
        "half a body": (OK + length + half, "half an answer"),
        "half to the end": (OK + b"\r\n" + half, "broken picture: it is cut off"),
        "no last chunk": (to_be_chunked + chunked(png), "half an answer"),
        "cut chunk": (to_be_chunked + chunked(png)[:-20], "half an answer"),
        "bad chunk": (to_be_chunked + b"zzzz\r\n" + png, "not HTTP"),
        "negative chunk": (to_be_chunked + b"-5\r\n" + png, "not HTTP"),
        "huge chunk": (to_be_chunked + b"f" * 99 + b"\r\n" + png, "not HTTP"),
        "SSH": (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n" * 3, "half an answer"),
        "HTTP/0.9": (png, "half an answer"),
        "HTTP/3": (b"HTTP/3 200 OK\r\n" + length + png, "not HTTP"),
        "status of letters": (b"HTTP/1.1 abc X\r\n" + length + png, "not HTTP"),
        "status 99": (b"HTTP/1.1 99 X\r\n" + length + png, "not HTTP"),
        "status 999": (b"HTTP/1.1 999 X\r\n" + length + png, "not HTTP|answered 999"),
        "two lengths": (OK + b"Content-Length: 10\r\n" + length + png, "not HTTP"),
        "negative length": (OK + b"Content-Length: -1\r\n\r\n" + png, "not HTTP"),
        "length of letters": (OK + b"Content-Length: ten\r\n\r\n" + png, "not HTTP"),
        "endless number": (OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", "not HTTP"),
        "no colon": (OK + b"Nonsense\r\n" + length + png, "not HTTP"),
        "NUL": (OK + b"X: a\0b\r\n" + length + png, "not HTTP"),
        "unknown coding": (OK + b"Transfer-Encoding: gzip\r\n\r\n" + png, "not HTTP"),
        "long head": (OK + b"X: " + b"a" * (1 << 20) + b"\r\n" + length + png, "not HTTP"),
        "many headers": (OK + b"X: y\r\n" * 30_000 + length + png, "not HTTP"),
        "declared 10 GB": (OK + b"Content-Length: 10000000000\r\n\r\n" + png, "more than 8 MiB"),
        "zero length": (OK + b"Content-Length: 0\r\n\r\n" + png, "sent nothing, not a picture"),
        "switching": (b"HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n" + png, "not HTTP"),
        "only hints": (b"HTTP/1.1 103 X\r\n\r\n", "half an answer"),
        "HTML": (OK + b"\r\n<html>", "sent HTML, not a picture"),
    }


@pytest.mark.parametrize("breakage", breakages(b""))
def test_every_breakage_is_refused_in_words(breakage: str, grafana: Any, png: bytes) -> None:
    grafana.script, says = breakages(png)[breakage]
    with pytest.raises(GraphError, match=says) as caught:
        render(grafana)
    assert caught.value.status == 502


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "br", "zstd", "gzip, identity"])
def test_compressed_answers_are_refused(
    coding: str, grafana: Any, png: bytes, answer: Callable[..., bytes]
) -> None:
    head = OK + f"Content-Encoding: {coding}\r\n".encode()
    for body in (gzip.compress(png), png):
        grafana.script = answer(body, head)
        with pytest.raises(GraphError, match="compressed answer, unasked"):
            render(grafana)


def test_gzip_without_a_name_is_no_picture(
    grafana: Any, png: bytes, answer: Callable[..., bytes]
) -> None:
    grafana.script = answer(gzip.compress(png))
    with pytest.raises(GraphError, match="compressed bytes, not a picture"):
        render(grafana)


def test_endless_answers_end_at_the_limit(grafana: Any) -> None:
    sent = []

    def endless(connection: socket.socket, request: bytes) -> None:
        connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(300):
            connection.sendall(b"100000\r\n" + bytes(1 << 20) + b"\r\n")
            sent.append(1 << 20)

    grafana.script = endless
    with pytest.raises(GraphError, match="sent more than 8 MiB"):
        render(grafana)
    assert sum(sent) < 4 * LARGEST


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize("before", [b"", OK + b"Content-Length: 999\r\n\r\nhalf"])
def test_reset_connections_are_named(before: bytes, grafana: Any) -> None:
    def script(connection: socket.socket, request: bytes) -> None:
        connection.sendall(before)
        reset(connection)

    grafana.script = script
    with pytest.raises(GraphError, match=r"failed: Connection reset by peer|half an answer"):
        render(grafana)


def drip(text: bytes) -> Callable[[socket.socket, bytes], None]:
    def script(connection: socket.socket, request: bytes) -> None:
        for letter in text * 1000:
            connection.sendall(bytes([letter]))
            time.sleep(0.01)

    return script


def silence(connection: socket.socket, request: bytes) -> None:
    connection.recv(1)


def drip_body(connection: socket.socket, request: bytes) -> None:
    connection.sendall(OK + b"\r\n")
    drip(b"x")(connection, request)


@pytest.mark.parametrize(
    "script",
    [silence, drip(OK), drip(b"HTTP/1.1 103 X\r\n\r\n"), drip_body],
    ids=["silence", "head", "hints", "body"],
)
def test_one_deadline_for_all_of_it(script: Any, grafana: Any) -> None:
    grafana.script = script
    started = time.monotonic()
    place = f"127.0.0.1:{grafana.port}"
    with pytest.raises(GraphError, match=f"^no answer from {place} within 0.3 s$") as caught:
        render(grafana, 0.3)
    assert caught.value.status == 504
    assert time.monotonic() - started < 10


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    grafanas = Grafanas([f"http://127.0.0.1:{port}"])
    with pytest.raises(GraphError, match=f"^127.0.0.1:{port} refuses connections$"):
        grafanas.render(f"http://127.0.0.1:{port}/render/x", "", Deadline(5))


@pytest.mark.parametrize("host", ["grafana.invalid", "a" * 64, "a..b"])
def test_unknown_hosts_are_named_in_time(host: str) -> None:
    with pytest.raises(GraphError, match=r"is unknown|no answer"):
        Grafanas([f"http://{host}"]).render(f"http://{host}/render/x", "", Deadline(2))


def test_other_hosts_are_never_asked(grafana: Any, start_stand_in: Any) -> None:
    evil = start_stand_in(b"")
    with pytest.raises(GraphError, match="not below /render/"):
        Grafanas([grafana.url]).render(evil.render_url, BEARER, Deadline(5))
    assert evil.requests == []


def test_a_grafana_on_this_machine_is_asked_past_the_environments_proxy(
    grafana: Any, start_stand_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = start_stand_in(b"")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    render(grafana)
    assert proxy.requests == []


def test_a_grafana_elsewhere_is_asked_through_the_environments_proxy(
    start_stand_in: Any, monkeypatch: pytest.MonkeyPatch, png: bytes, answer: Callable[..., bytes]
) -> None:
    proxy = start_stand_in(answer(png))
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    url = "http://grafana.invalid/render/x"
    assert Grafanas(["http://grafana.invalid"]).render(url, BEARER, Deadline(5)) == png
    assert proxy.renders[0].startswith(b"GET http://grafana.invalid/render/x HTTP/1.1\r\n")


def test_the_settings_proxy_counts_whatever_the_host(grafana: Any, start_stand_in: Any) -> None:
    proxy = start_stand_in(grafana.script)
    Grafanas([grafana.url], proxy=proxy.url).render(grafana.render_url, BEARER, Deadline(5))
    assert proxy.requests
    assert grafana.requests == []


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key behind it."""
    directory = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    command += " -subj /CN=test -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    subprocess.run(command.split(), cwd=directory, check=True, capture_output=True)
    return directory


@pytest.fixture
def tls_grafana(authority: Path, png: bytes) -> Iterator[str]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority / "cert.pem", authority / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                    with context.wrap_socket(connection, server_side=True) as wrapped:
                        wrapped.recv(65536)
                        wrapped.sendall(OK + b"Content-Length: %d\r\n\r\n" % len(png) + png)
                except ssl.SSLError:
                    continue
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_private_authority_can_be_trusted(tls_grafana: str, authority: Path, png: bytes) -> None:
    grafanas = Grafanas([tls_grafana], str(authority / "cert.pem"))
    assert grafanas.render(f"{tls_grafana}/render/x", BEARER, Deadline(5)) == png


def test_an_unknown_authority_is_refused_with_what_to_do(tls_grafana: str) -> None:
    with pytest.raises(GraphError, match=r"certificate of 127\.0.0.1:.* is refused") as caught:
        Grafanas([tls_grafana]).render(f"{tls_grafana}/render/x", BEARER, Deadline(5))
    assert "grafana.ca_file" in caught.value.hint


def test_tls_to_a_plain_port_is_said(grafana: Any) -> None:
    def plain(connection: socket.socket) -> None:
        with connection:
            grafana.requests.append(connection.recv(65536))
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    grafana.answer = plain
    url = grafana.url.replace("http:", "https:")
    with pytest.raises(GraphError, match="does not speak TLS") as caught:
        Grafanas([url]).render(f"{url}/render/x", BEARER, Deadline(5))
    assert "http://" in caught.value.hint
    assert b"secret" not in b"".join(grafana.requests)


def test_a_handshake_that_never_ends_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(GraphError, match=r"within 0\.2 s") as caught:
            Grafanas([url]).render(f"{url}/render/x", BEARER, Deadline(0.2))
    assert caught.value.status == 504


def test_a_name_is_tried_at_all_its_addresses(grafana: Any, png: bytes) -> None:
    """localhost is ::1 first on many machines, and the stand-in listens on 127.0.0.1 alone."""
    url = f"http://localhost:{grafana.port}"
    assert Grafanas([url]).render(f"{url}/render/x", BEARER, Deadline(5)) == png


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_wrong_ca_file_is_a_wrong_setting(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match=r"^grafana\.ca_file: .*ca\.pem: "):
        Grafanas(["https://grafana"], str(path))
