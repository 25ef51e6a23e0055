from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grafherald.errors import ConfigError, GraphError
from grafherald.images import Picture
from grafherald.images.fetch import Grafanas
from grafherald.images.publish import Directory
from grafherald.images.sources import Direct, FromService
from grafherald.net.deadline import Deadline

TOKEN = "glsa_secret"


def said(document: object, status: int = 200) -> bytes:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


@pytest.fixture
def service(start_stand_in: Any) -> Any:
    """A stand-in for the service, which publishes at ``/saved-images/p.png``."""
    return start_stand_in(said({"pubImg": "https://example.com/saved-images/p.png"}))


@pytest.fixture
def ask(service: Any, grafana: Any) -> Callable[..., Any]:
    def ask(seconds: float = 5, *, as_bytes: bool = False) -> Any:
        source = FromService(f"{service.url}/grafana-images", Grafanas([grafana.url]), TOKEN)
        deadline = Deadline(seconds)
        picture = source.render(grafana.render_url, deadline)
        return source.load(picture, deadline) if as_bytes else picture

    return ask


def test_here_the_picture_is_fetched_and_published(
    grafana: Any, png: bytes, tmp_path: Path
) -> None:
    publisher = Directory(tmp_path, "https://example.com/saved-images")
    source = Direct(Grafanas([grafana.url]), TOKEN, publisher)
    picture = source.render(grafana.render_url, Deadline(5))
    assert picture.png == png
    assert picture.url.startswith("https://example.com/saved-images/")
    assert (tmp_path / picture.url.rpartition("/")[2]).read_bytes() == png
    assert source.load(Picture(picture.url), Deadline(5)) == picture


def test_without_a_publisher_there_are_bytes_and_no_url(grafana: Any, png: bytes) -> None:
    picture = Direct(Grafanas([grafana.url]), TOKEN, None).render(grafana.render_url, Deadline(5))
    assert (picture.png, picture.url) == (png, "")


def test_the_service_is_asked_as_it_always_was(
    service: Any, grafana: Any, ask: Callable[..., Any]
) -> None:
    picture = ask()
    assert (picture.url, picture.png) == ("https://example.com/saved-images/p.png", None)
    head, _, body = service.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /grafana-images HTTP/1.1\r\n")
    assert b"\r\nAuthorization: Bearer glsa_secret" in head
    assert json.loads(body) == {"imageUrl": grafana.render_url}
    assert grafana.requests == []


def test_bytes_of_a_service_come_from_the_public_url_without_the_token(
    service: Any, png: bytes, ask: Callable[..., Any], answer: Callable[..., bytes]
) -> None:
    def script(connection: socket.socket, request: bytes) -> None:
        url = f"{service.url}/saved-images/p.png"
        post = request.startswith(b"POST ")
        connection.sendall(said({"pubImg": url}) if post else answer(png))

    service.script = script
    assert ask(as_bytes=True).png == png
    assert service.requests[1].startswith(b"GET /saved-images/p.png HTTP/1.1\r\n")
    assert b"secret" not in service.requests[1]


def test_a_published_picture_that_is_gone_is_said(service: Any, ask: Callable[..., Any]) -> None:
    def script(connection: socket.socket, request: bytes) -> None:
        post = request.startswith(b"POST ")
        gone = said(b"", 404)
        connection.sendall(said({"pubImg": f"{service.url}/p.png"}) if post else gone)

    service.script = script
    with pytest.raises(GraphError, match="published picture can't be fetched: 404"):
        ask(as_bytes=True)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (
            said({"error": "Grafana answered 401", "hint": "Check it."}, 502),
            "^Grafana answered 401$",
        ),
        (said({"error": "a" * 999}, 500), "^a{200}$"),
        (said({"error": "your token glsa_secret"}, 500), "^the picture service answered 500$"),
        (said({"error": "two\nlines"}, 500), "^the picture service answered 500$"),
        (said({"error": 5}, 500), "answered 500"),
        (said(b"404 page not found", 404), "answered 404"),
        (said({"pubImg": "https://x/y.png"}, 201), "answered 201"),
        (said(b"", 302), "answered 302"),
        (said({}), "without a picture's URL"),
        (said({"pubImg": None}), "without a picture's URL"),
        (said({"pubImg": "javascript:alert(1)"}), "without a picture's URL"),
        (said({"pubImg": "/saved-images/x.png"}), "without a picture's URL"),
        (said([]), "without a picture's URL"),
        (said(b"no JSON"), "without a picture's URL"),
        (said(b"\xff\xfe"), "without a picture's URL"),
        (said(b"[" * 60_000), "without a picture's URL"),
        (said(b"a" * 70_000), "sent more than"),
        (b"", "closed the connection"),
    ],
)
def test_answers_without_a_picture_say_why(
    script: bytes, says: str, service: Any, ask: Callable[..., Any]
) -> None:
    service.script = script
    with pytest.raises(GraphError, match=says):
        ask()


def test_the_hint_comes_along(service: Any, ask: Callable[..., Any]) -> None:
    service.script = said({"error": "Grafana answered 401", "hint": "Check the token."}, 502)
    with pytest.raises(GraphError) as caught:
        ask()
    assert caught.value.hint == "Check the token."


def test_a_render_url_elsewhere_never_takes_the_token_to_the_service(
    service: Any, grafana: Any
) -> None:
    source = FromService(service.url, Grafanas([grafana.url]), TOKEN)
    with pytest.raises(GraphError, match="not below /render/"):
        source.render("http://evil.example.com/render/x", Deadline(5))
    assert service.requests == []


def test_a_service_that_hangs_is_left_in_time(service: Any, ask: Callable[..., Any]) -> None:
    service.script = lambda connection, _: connection.recv(1)
    with pytest.raises(GraphError, match=r"^no answer from 127\.0\.0\.1:\d+ within 0\.2 s$"):
        ask(0.2)


def test_wrong_settings_are_said(grafana: Any) -> None:
    with pytest.raises(ConfigError, match=r"^images\.service: "):
        FromService("example.com", Grafanas([grafana.url]), TOKEN)
    with pytest.raises(ConfigError, match=r"^grafana\.token: ") as caught:
        Direct(Grafanas([grafana.url]), "secret\r\nX: y", None)
    assert "secret" not in str(caught.value)
