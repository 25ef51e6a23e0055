from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from grafherald.errors import GraphError
from grafherald.images import Picture, open_pictures
from grafherald.settings import Settings


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "saved-images"
    path.mkdir()
    return path


@pytest.fixture
def ask(grafana: Any, directory: Path) -> Callable[..., Picture]:
    """Ask as a process of its own would: nothing is shared but the directory."""

    def ask(seconds: float = 5, reuse: float = 30, token: str = "t") -> Picture:
        settings = {
            "grafana": {"url": grafana.url, "token": token},
            "graph": {"reuse": reuse},
            "images": {"publish": {"directory": str(directory), "url": "https://x"}},
        }
        pictures = open_pictures(Settings.of(settings))
        return pictures.get(grafana.render_url, seconds, as_bytes=True)

    return ask


def hold(grafana: Any, script: bytes) -> threading.Event:
    """Let the renders hang until the event is set."""
    go = threading.Event()

    def held(connection: Any, request: bytes) -> None:
        go.wait(10)
        connection.sendall(script)

    grafana.script = held
    return go


def test_who_asks_meanwhile_gets_the_same_picture(
    grafana: Any, ask: Callable[..., Picture], png: bytes, until: Any
) -> None:
    go = hold(grafana, grafana.script)
    with ThreadPoolExecutor(8) as processes:
        asked = [processes.submit(ask) for _ in range(8)]
        until(lambda: grafana.renders)
        go.set()
        answers = {answer.result() for answer in asked}
    (picture,) = answers
    assert picture.png == png
    assert picture.url.startswith("https://x/")
    assert len(grafana.renders) == 1


def test_a_picture_is_rendered_again_when_it_is_too_old_or_gone(
    grafana: Any, ask: Callable[..., Picture], directory: Path
) -> None:
    ask()
    ask()
    assert len(grafana.renders) == 1
    note = next(directory.with_name(".saved-images.tmp").glob("*.url"))
    os.utime(note, (1, 1))
    ask()
    assert len(grafana.renders) == 2
    for path in directory.iterdir():
        path.unlink()
    ask()
    assert len(grafana.renders) == 3


def test_another_token_gets_its_own(grafana: Any, ask: Callable[..., Picture]) -> None:
    ask(token="one")
    ask(token="two")
    assert [b"Bearer two" in request for request in grafana.renders] == [False, True]


def test_a_failure_is_not_kept(grafana: Any, ask: Callable[..., Picture], png: bytes) -> None:
    good, grafana.script = grafana.script, b"HTTP/1.1 500 X\r\n\r\n"
    with pytest.raises(GraphError, match="Grafana answered 500"):
        ask()
    grafana.script = good
    assert ask().png == png


def test_nobody_waits_for_another_past_its_own_time(
    grafana: Any, ask: Callable[..., Picture], until: Any
) -> None:
    go = hold(grafana, grafana.script)
    with ThreadPoolExecutor(1) as process:
        first = process.submit(ask)
        until(lambda: grafana.renders)
        with pytest.raises(GraphError, match=r"being rendered for more than 0\.1 s") as caught:
            ask(seconds=0.1)
        go.set()
        first.result()
    assert caught.value.status == 504


def test_the_time_that_was_given_is_named(grafana: Any, ask: Callable[..., Picture]) -> None:
    grafana.script = lambda connection, _: connection.recv(1)
    with pytest.raises(GraphError, match=r"^no answer from 127\.0\.0\.1:\d+ within 0\.2 s$"):
        ask(seconds=0.2)


def test_where_no_file_can_be_kept_each_renders(
    grafana: Any, ask: Callable[..., Picture], directory: Path
) -> None:
    directory.with_name(".saved-images.tmp").write_bytes(b"in the way")
    for _ in range(2):
        assert ask().png
    assert len(grafana.renders) == 2


def test_neither_token_nor_url_can_be_read_from_the_names(
    ask: Callable[..., Picture], directory: Path
) -> None:
    ask(token="glsa_secret")
    for path in directory.with_name(".saved-images.tmp").iterdir():
        assert "glsa" not in f"{path.name}{path.read_text()}"
        assert path.stat().st_mode & 0o777 == 0o600
