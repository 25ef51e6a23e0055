"""The picture service on the wire: requests as clients, old and hostile, send them."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from grafherald.images import web
from grafherald.images.composition import Images
from grafherald.server.http import Server, make_app
from grafherald.settings import Settings

TOKEN = "glsa_secret"
HOST = "https://grafana.example.com/saved-images"


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Service:
    """A running service, its Grafana and its directory."""

    port: int
    grafana: Any
    directory: Path

    def post(self, body: Any = None, head: str = "", path: str = "/grafana-images") -> Reply:
        """Ask for a picture: a render URL of ours, a document, or a body as it is."""
        document = {"imageUrl": self.grafana.render_url} if body is None else body
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        authorization = "" if "Authorization" in head else f"Authorization: Bearer {TOKEN}\r\n"
        return self.send(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{authorization}{head}"
            f"Content-Length: {len(data)}\r\n\r\n".encode()
            + data
        )

    def get(self, path: str, method: str = "GET") -> Reply:
        return self.send(
            f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        )

    def send(self, request: bytes) -> Reply:
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            connection.sendall(request)
            answer = b""
            while more := connection.recv(65536):
                answer += more
        while answer.startswith(b"HTTP/1.1 100 "):
            answer = answer.partition(b"\r\n\r\n")[2]
        head, _, body = answer.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        pairs = [line.partition(": ") for line in lines]
        headers = {name.lower(): value for name, _, value in pairs}
        return Reply(int(status.split()[1]), headers, body)

    def files(self) -> list[Path]:
        beside = self.directory.with_name(f".{self.directory.name}.tmp")
        return [path for place in (self.directory, beside) for path in place.glob("*")]


@pytest.fixture(scope="module")
def running(long_lived: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    directory = tmp_path_factory.mktemp("service") / "saved-images"
    directory.mkdir()
    with serving(long_lived, directory, reuse=0) as service:
        yield service


@contextmanager
def serving(
    grafana: Any, directory: Path, *, reuse: float, timeout: float = 1
) -> Iterator[Service]:
    listener = socket.create_server(("127.0.0.1", 0))
    registry = CollectorRegistry()
    settings = {
        "grafana": {"url": grafana.url},
        "graph": {"reuse": reuse},
        "images": {"publish": {"directory": str(directory), "url": HOST}, "timeout": timeout},
    }
    routes = web.blueprint(Images(Settings.of(settings)), registry)
    server = Server(make_app([routes], registry), [listener], patience=1)
    server.start()
    yield Service(listener.getsockname()[1], grafana, directory)
    server.stop()
    listener.close()


@pytest.fixture
def service(running: Service, png: bytes, answer: Callable[..., bytes]) -> Iterator[Service]:
    running.directory.mkdir(exist_ok=True)
    for path in running.files():
        path.unlink()
    running.grafana.script = answer(png)
    running.grafana.requests.clear()
    return running


def test_picture_is_fetched_with_the_callers_token_and_published(
    service: Service, png: bytes
) -> None:
    reply = service.post()
    name = hashlib.md5(png).hexdigest() + ".png"
    assert reply.status == 200
    assert reply.json == {"pubImg": f"{HOST}/{name}"}
    assert reply.headers["content-type"] == "application/json"
    assert service.files() == [service.directory / name]
    assert b"\r\nauthorization: bearer glsa_secret\r\n" in service.grafana.renders[0].lower()


def test_nothing_else_of_the_request_goes_to_grafana(service: Service) -> None:
    service.post(
        head="Cookie: grafana_session=x\r\nX-Forwarded-For: 1.2.3.4\r\nX-Grafana-Org: 2\r\n"
    )
    head = service.grafana.renders[0].lower()
    assert not re.search(rb"cookie|forwarded|x-grafana", head)


def document(url: str) -> bytes:
    return json.dumps({"imageUrl": url}).encode()


@pytest.mark.parametrize(
    ("head", "change"),
    [
        ("Content-Type: application/x-www-form-urlencoded\r\n", lambda body: body),
        ("Content-Type: nonsense\r\n", lambda body: body),
        ("Expect: 100-continue\r\n", lambda body: body),
        ("X: " + "a" * 30_000 + "\r\n", lambda body: body),
        ("", lambda body: b" \r\n\t" + body + b"\n"),
        ("", lambda body: b"\xef\xbb\xbf" + body),
        ("", lambda body: body.replace(b"/", b"\\/")),
        ("", lambda body: body.replace(b"i", b"\\u0069")),
        ("", lambda body: body[:-1] + b', "more": [1, {"a": null}]}'),
        ("", lambda body: b'{"imageUrl": "http://evil/", ' + body[1:]),
        ("", lambda body: body + b" " * 60_000),
    ],
)
def test_odd_but_clear_requests_are_served(
    head: str, change: Callable[[bytes], bytes], service: Service
) -> None:
    reply = service.post(change(document(service.grafana.render_url)), head)
    assert (reply.status, list(reply.json)) == (200, ["pubImg"])


def test_a_chunked_request_is_served(service: Service) -> None:
    body = document(service.grafana.render_url)
    chunks = b"".join(b"1\r\n%c\r\n" % letter for letter in body) + b"0\r\n\r\n"
    head = b"POST /grafana-images HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n"
    head += b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert service.send(head + chunks).status == 200


@pytest.mark.parametrize("host", ["http://127.0.0.1:8080", "HTTPS://images.example.com"])
def test_an_absolute_target_is_served(host: str, service: Service) -> None:
    assert service.post(path=f"{host}/grafana-images").status == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace(b"imageUrl", b"imageURL"),
        lambda body: body + b" garbage",
        lambda body: body + b"{}",
    ],
)
def test_what_the_go_original_takes_is_served(
    change: Callable[[bytes], bytes], service: Service
) -> None:
    assert service.post(change(document(service.grafana.render_url))).status == 200


def test_a_query_is_ignored(service: Service) -> None:
    assert service.post(path="/grafana-images?x=1").status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"nonsense",
        b"null",
        b"true",
        b"5",
        b'"http://x/"',
        b"[]",
        b"{}",
        b'[{"imageUrl": "x"}]',
        b'{"imageUrl": null}',
        b'{"imageUrl": 5}',
        b'{"imageUrl": ["http://x/"]}',
        b'{"imageUrl": {"a": "b"}}',
        b'{"imageUrl": ""}',
        b'{"imageUrl": true}',
        b'{"url": "http://x/"}',
        b"{'imageUrl': 'http://x/'}",
        b"imageUrl=http%3A%2F%2Fx",
        b'{"imageUrl": "\xff\xfe"}',
        '{"imageUrl": "http://x/"}'.encode("utf-16"),
        b"\x00" * 20,
        b"\x1f\x8b\x08",
        b'{"imageUrl": "\\ud800"}',
        b'{"imageUrl": "http://x/render/\\u0000"}',
        b'{"imageUrl": "http://x/render/a\\r\\nX: y"}',
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b"1" * 60_000,
        b'{"imageUrl": ' + b"1" * 5000 + b"}",
        b'{"imageUrl": "' + b"a" * 60_000 + b'"}',
        b'{"imageUrl": "../../etc/passwd"}',
        b'{"imageUrl": "file:///etc/passwd"}',
    ],
)
def test_wrong_requests_are_refused_without_asking_anybody(body: bytes, service: Service) -> None:
    reply = service.post(body)
    assert reply.status == 400
    assert reply.json["error"]
    assert reply.json["hint"]
    assert (service.grafana.requests, service.files()) == ([], [])


def test_another_host_is_forbidden(service: Service) -> None:
    reply = service.post({"imageUrl": "http://evil.example.com/render/x"})
    assert reply.status == 403
    assert service.grafana.requests == []


@pytest.mark.parametrize("size", [70_000, 5 << 20])
def test_large_requests_are_refused_so_that_their_sender_hears_it(
    size: int, service: Service
) -> None:
    assert service.post(b'{"imageUrl": "' + b"a" * size + b'"}').status == 413


@pytest.mark.slow
def test_a_body_that_does_not_come_is_not_awaited_for_ever(service: Service) -> None:
    head = b"POST /grafana-images HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        connection.sendall(head + b"Content-Length: 99\r\n\r\n{}")
        assert connection.recv(1) == b""


def test_slow_senders_hold_no_thread(service: Service) -> None:
    head = b"POST /grafana-images HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"
    half = [socket.create_connection(("127.0.0.1", service.port), 10) for _ in range(200)]
    for connection in half:
        connection.sendall(head)
    assert service.post().status == 200
    for connection in half:
        connection.close()


def test_many_who_wait_for_one_picture_all_get_it_and_leave_threads_for_all_else(
    grafana: Any, tmp_path: Path, png: bytes, answer: Callable[..., bytes]
) -> None:
    """More than there are threads: an incident has a hundred hosts ask for one panel."""
    goes_on = threading.Event()

    def script(connection: socket.socket, _: bytes) -> None:
        goes_on.wait(30)
        connection.sendall(answer(png))

    grafana.script = script
    (tmp_path / "saved-images").mkdir()
    with (
        serving(grafana, tmp_path / "saved-images", reuse=30, timeout=60) as service,
        ThreadPoolExecutor(100) as clients,
    ):
        asked = [clients.submit(service.post) for _ in range(100)]
        assert service.get("/healthz").status == 200
        assert service.get("/saved-images/x.png").status == 404
        assert not any(one.done() for one in asked)
        goes_on.set()
        assert {one.result().status for one in asked} == {200}
    assert len(grafana.renders) == 1


def test_who_waited_for_a_thread_until_the_time_was_up_is_told(
    grafana: Any, tmp_path: Path
) -> None:
    settings = {
        "grafana": {"url": grafana.url},
        "images": {"publish": {"directory": str(tmp_path), "url": HOST}, "timeout": 20},
    }
    registry = CollectorRegistry()
    app = make_app([web.blueprint(Images(Settings.of(settings)), registry)], registry)
    reply = app.test_client().post(
        "/grafana-images",
        json={"imageUrl": grafana.render_url},
        headers={"Authorization": "Bearer t"},
        environ_overrides={"grafherald.waited": 19.0},
    )
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "5")
    assert "took longer than 20 s" in reply.json["error"]
    assert grafana.requests == []


@pytest.mark.parametrize(
    "head",
    [
        "Authorization: \r\n",
        "Authorization: Bearer\r\n",
        "Authorization: Bearer \r\n",
        "Authorization: glsa_secret\r\n",
        "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n",
        "Authorization: Bearer \xe4\r\n",
        "X-Authorization: Bearer t\r\n",
    ],
)
def test_without_one_authorization_there_is_no_picture(head: str, service: Service) -> None:
    reply = service.post(head=head)
    assert reply.status == 401
    assert "Authorization: Bearer" in reply.json["hint"]
    assert service.grafana.requests == []


def test_a_picture_that_is_known_is_answered_while_others_are_waited_for(
    grafana: Any, tmp_path: Path, until: Any
) -> None:
    (tmp_path / "saved-images").mkdir()
    with serving(grafana, tmp_path / "saved-images", reuse=30, timeout=60) as reusing:
        known = reusing.post().json
        goes_on = threading.Event()
        grafana.script = lambda *_: goes_on.wait(30)
        with ThreadPoolExecutor(50) as clients:
            for number in range(50):
                url = f"{grafana.url}/render/d-solo/uid/db?panelId={number + 10}"
                clients.submit(reusing.post, json.dumps({"imageUrl": url}).encode())
            until(lambda: len(grafana.requests) > 1)
            assert reusing.post().json == known
            assert not goes_on.is_set()
            goes_on.set()


def test_many_who_wait_for_one_picture_leave_the_turns_to_others(
    grafana: Any, tmp_path: Path, until: Any, png: bytes, answer: Callable[..., bytes]
) -> None:
    (tmp_path / "saved-images").mkdir()
    goes_on = threading.Event()

    def script(connection: socket.socket, request: bytes) -> None:
        if b"panelId=7" in request:
            goes_on.wait(30)
        connection.sendall(answer(png))

    grafana.script = script
    with serving(grafana, tmp_path / "saved-images", reuse=30, timeout=60) as service:
        bodies = [
            json.dumps({"imageUrl": f"{grafana.url}/render/d-solo/uid/db?panelId={n}"}).encode()
            for n in (7, 8)
        ]
        with ThreadPoolExecutor(12) as clients:
            asked = [clients.submit(service.post, bodies[0]) for _ in range(12)]
            until(lambda: any(b"panelId=7" in each for each in grafana.renders))
            assert service.post(bodies[1]).status == 200
            assert not any(one.done() for one in asked)
            goes_on.set()
            assert {one.result().status for one in asked} == {200}
    assert len(grafana.renders) == 2


def test_basic_authorization_is_grafanas_to_judge(service: Service) -> None:
    assert service.post(head="Authorization: Basic YWRtaW46YWRtaW4=\r\n").status == 200
    assert b"authorization: basic ywrt" in service.grafana.renders[0].lower()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "FOO"])
def test_other_methods_are_not_allowed(method: str, service: Service) -> None:
    reply = service.get("/grafana-images", method)
    assert (reply.status, reply.headers["allow"]) == (405, "POST")
    assert reply.json["error"]


def test_head_has_no_body(service: Service) -> None:
    reply = service.get("/grafana-images", "HEAD")
    assert (reply.status, reply.headers["allow"], reply.body) == (405, "POST", b"")


@pytest.mark.parametrize(
    "path", ["/", "/grafana-images/", "/GRAFANA-IMAGES", "/x", "/saved-images"]
)
def test_other_paths_are_not_there(path: str, service: Service) -> None:
    assert service.post(path=path).status == 404
    assert service.get(path).status == 404


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /grafana-images HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /grafana-images HTTP/1.1\r\nHost: x\r\nContent-Length: -2\r\n\r\n{}",
        b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST /grafana-images HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /grafana-images HTTP/1.1\r\nHost: x\r\nA\0B: c\r\n\r\n{}",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused_and_the_service_lives(
    request_: bytes, service: Service
) -> None:
    assert service.send(request_).status == 400
    assert service.get("/healthz").status == 200


@pytest.mark.parametrize(
    ("script", "status", "says"),
    [
        (b"HTTP/1.1 401 X\r\n\r\nglsa_secret", 502, "Grafana answered 401"),
        (b"HTTP/1.1 302 X\r\nLocation: /login\r\n\r\n", 502, "its login page (302)"),
        (b"HTTP/1.1 500 X\r\n\r\n", 502, "Grafana answered 500"),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>glsa_secret", 502, "sent HTML, not a picture"),
        (b"", 502, "closed the connection without an answer"),
        (lambda connection, _: connection.recv(1), 504, "within 1 s"),
    ],
)
def test_grafanas_failures_are_told_from_the_callers(
    script: Any, status: int, says: str, service: Service
) -> None:
    service.grafana.script = script
    reply = service.post()
    assert reply.status == status
    assert says in reply.json["error"]
    assert b"secret" not in reply.body
    assert service.files() == []


def test_time_to_wait_is_passed_on_and_kept(service: Service) -> None:
    service.grafana.script = b"HTTP/1.1 429 X\r\nRetry-After: 9\r\n\r\n"
    body = document(f"{service.grafana.url}/render/limited")
    for _ in range(2):
        reply = service.post(body)
        assert (reply.status, reply.headers["retry-after"]) == (503, "9")
        assert "Grafana answered 429" in reply.json["error"]
    assert len(service.grafana.requests) == 1


def test_a_missing_directory_is_our_failure_and_heals(service: Service, png: bytes) -> None:
    service.directory.rmdir()
    reply = service.post()
    assert reply.status == 500
    assert "no such file or directory" in reply.json["error"]
    service.directory.mkdir()
    assert service.post().status == 200


def test_pictures_are_shown_to_everybody(service: Service, png: bytes) -> None:
    name = service.post().json["pubImg"].rpartition("/")[2]
    reply = service.get(f"/saved-images/{name}")
    assert (reply.status, reply.body) == (200, png)
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "max-age=" in reply.headers["cache-control"]
    head = service.get(f"/saved-images/{name}", "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(png))
    assert service.get(f"/saved-images/{name}", "DELETE").status == 405


@pytest.mark.parametrize(
    "path",
    [
        "/saved-images/",
        "/saved-images/../secret.png",
        "/saved-images/%2e%2e/secret.png",
        "/saved-images/secret.png",
        "/saved-images/" + "0" * 32 + ".png",
        "/saved-images/" + "1" * 32 + ".png",
        "/saved-images/" + "2" * 32 + ".png",
        "/saved-images/" + "0" * 32 + ".png%00",
    ],
)
def test_nothing_else_of_the_directory_is_shown(path: str, service: Service) -> None:
    (service.directory.parent / "secret.png").write_bytes(b"secret")
    (service.directory / "secret.png").write_bytes(b"secret")
    (service.directory / ("1" * 32 + ".png")).symlink_to(service.directory / "secret.png")
    (service.directory / ("2" * 32 + ".png")).mkdir()
    try:
        reply = service.get(path)
        assert (reply.status, b"secret" in reply.body) == (404, False)
    finally:
        (service.directory / ("2" * 32 + ".png")).rmdir()


def test_what_happened_is_counted(service: Service) -> None:
    def count(name: str) -> float:
        text = service.get("/metrics").body.decode()
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    names = [
        f"grafherald_images_{name}"
        for name in (
            'requests_total{outcome="rendered"}',
            'requests_total{outcome="refused"}',
            "pictures_total",
            "render_seconds_count",
        )
    ]
    before = [count(name) for name in names]
    service.post()
    service.post(b"{}")
    assert [count(name) - was for name, was in zip(names, before, strict=True)] == [1, 1, 1, 1]
    assert count("grafherald_images_bytes_total") > 0
    assert count("grafherald_images_renders_waiting") == 0


def test_the_log_has_neither_token_nor_query(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        service.post(path="/grafana-images?key=hidden")
        service.post(b"{}")
        service.get("/x%0aforged%20line")
    text = caplog.text
    assert "POST '/grafana-images' 200" in text
    assert "the request has no imageUrl" in text
    assert not re.search(r"glsa_secret|hidden|var-|^forged", text, re.MULTILINE)
