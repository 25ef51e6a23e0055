from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grafherald.errors import GraphError
from grafherald.images.fetch import Grafanas
from grafherald.net.deadline import Deadline

_KINDS = {
    "plugin_not_installed": ("has no image renderer installed", 502),
    "limit": ("renders too many pictures at once", 503),
    "error": ("failed to render the panel", 502),
    "timeout": ("renderer took too long", 504),
}
REASONS = {
    f"rendering_{kind}{theme}.png": reason
    for kind, reason in _KINDS.items()
    for theme in ("", "_dark", "_light")
}
SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "grafana-7.5"


def render(grafanas: Grafanas, grafana: Any) -> bytes:
    return grafanas.render(grafana.render_url, "Bearer t", Deadline(5))


@pytest.mark.parametrize("name", REASONS)
def test_a_placeholder_is_no_picture(
    name: str, grafana: Any, another_png: bytes, answer: Callable[..., bytes]
) -> None:
    grafana.public[name] = another_png
    grafana.script = answer(another_png)
    with pytest.raises(GraphError, match=REASONS[name][0]) as caught:
        render(Grafanas([grafana.url]), grafana)
    assert caught.value.status == REASONS[name][1]
    assert caught.value.hint


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded pictures are not here")
@pytest.mark.parametrize("kind", _KINDS)
def test_the_placeholders_of_a_real_grafana_are_known_though_it_does_not_serve_them(
    kind: str, grafana: Any, answer: Callable[..., bytes]
) -> None:
    grafana.script = answer((SAMPLES / f"rendering_{kind}.png").read_bytes())
    with pytest.raises(GraphError, match=_KINDS[kind][0]):
        render(Grafanas([grafana.url]), grafana)


def test_one_picture_for_two_panels_is_a_placeholder(grafana: Any, png: bytes) -> None:
    grafanas = Grafanas([grafana.url])
    assert render(grafanas, grafana) == png
    other = grafana.render_url.replace("panelId=2", "panelId=3")
    with pytest.raises(GraphError, match="same picture for another panel: abc panel 2"):
        grafanas.render(other, "Bearer t", Deadline(5))
    assert render(grafanas, grafana) == png
    assert grafanas.render(other, "Bearer t", Deadline(5), for_others=True) == png


def test_another_picture_passes(grafana: Any, png: bytes, another_png: bytes) -> None:
    grafana.public = dict.fromkeys(list(REASONS)[4:6], another_png)
    assert render(Grafanas([grafana.url]), grafana) == png


def test_a_server_with_one_picture_for_all_paths_has_no_placeholders(
    grafana: Any, png: bytes
) -> None:
    grafana.public = dict.fromkeys(REASONS, png)
    assert render(Grafanas([grafana.url]), grafana) == png


def test_placeholders_are_asked_for_once(grafana: Any) -> None:
    grafanas = Grafanas([grafana.url])
    for _ in range(3):
        render(grafanas, grafana)
    assert len(grafana.requests) == 3 + len(REASONS)


def test_a_known_placeholder_is_told_by_two_files(
    grafana: Any, png: bytes, another_png: bytes, answer: Callable[..., bytes]
) -> None:
    grafana.public = {"rendering_plugin_not_installed.png": another_png, "rendering_limit.png": png}
    grafana.script = answer(another_png)
    grafanas = Grafanas([grafana.url])
    for _ in range(2):
        with pytest.raises(GraphError, match="no image renderer"):
            render(grafanas, grafana)
    assert len(grafana.requests) == 2 + 2
    grafana.script = answer(png)
    with pytest.raises(GraphError, match="too many pictures"):
        render(grafanas, grafana)
    assert len(grafana.requests) == 2 + 2 + 1, "and the next one by what is known"


def test_a_grafana_below_a_path_has_them_there(grafana: Any) -> None:
    url = f"{grafana.url}/grafana"
    Grafanas([url]).render(f"{url}/render/d/x", "Bearer t", Deadline(5))
    assert b"GET /grafana/public/img/rendering_limit_dark.png " in b"".join(grafana.requests)


def test_a_picture_does_not_wait_for_placeholders_that_hang(
    grafana: Any, png: bytes, answer: Callable[..., bytes]
) -> None:
    def script(connection: socket.socket, request: bytes) -> None:
        connection.sendall(answer(png))

    def hang(connection: socket.socket) -> None:
        with connection:
            request = connection.recv(65536)
            if b"/public/" in request[:60]:
                connection.recv(1)  # until the other side gives up
            else:
                script(connection, request)

    grafana.answer = hang
    started = time.monotonic()
    picture = Grafanas([grafana.url]).render(grafana.render_url, "Bearer t", Deadline(0.5))
    assert picture == png
    assert time.monotonic() - started < 10
