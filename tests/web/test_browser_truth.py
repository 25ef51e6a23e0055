"""The board in a real browser: whether what it says is still so."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import grafherald
from grafherald.event import State

from .conftest import PASSWORD, Told, hurry, log_in, served
from .looks import keep

Make = Callable[..., Flask]
Open = Callable[..., Any]
pytestmark = pytest.mark.real


def test_it_says_since_when_it_is_not_connected(browser: Any, make_app: Make, told: Told) -> None:
    context = browser.new_context()
    context.clock.install()
    page = context.new_page()
    app = make_app(password=PASSWORD, open=True)
    with served(app) as url:
        page.goto(url)
        page.wait_for_selector("#updates:has-text('Live')")
    hurry(page)
    page.wait_for_selector("#lost:has-text('Not connected since')")
    assert "What is shown is from" in page.locator("#lost").text_content()
    keep(page, "lost")
    told.tell("new01", "cpu", State.CRITICAL, 0)
    with served(make_app(password=PASSWORD, open=True), int(url.rpartition(":")[2])):
        hurry(page)
        page.wait_for_selector("text=4 open alerts")
        page.wait_for_selector("#lost", state="hidden")
    context.close()


@contextmanager
def daemon(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a daemon; it answers by the time that the block begins, and ends with it."""
    settings = {
        "store": f"sqlite:///{folder}/daemon.db",
        "listen": {"http": f"127.0.0.1:{port}"},
        "channels": {"look": {"type": "file", "directory": str(folder / "out")}},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "grafherald", "serve", "--config"]
    source = str(Path(grafherald.__file__).parent.parent)
    (ready := folder / "notify").unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(str(ready))
        notified.settimeout(20)
        process = subprocess.Popen(
            [*command, f"{folder}/settings.json"],
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": source, "NOTIFY_SOCKET": str(ready)},
        )
        try:
            assert notified.recv(100) == b"READY=1"
            yield process
        finally:
            process.kill()
            process.wait()


def test_a_daemon_that_is_killed_is_missed_and_one_that_comes_back_is_seen(
    browser: Any, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    context = browser.new_context()
    page = context.new_page()
    with daemon(tmp_path, port):
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_selector("text=Nothing is wrong.")
    page.wait_for_selector("#lost:has-text('Not connected since')", timeout=10_000)
    with daemon(tmp_path, port):
        page.wait_for_selector("#lost", state="hidden", timeout=20_000)
    context.close()


def test_the_login_comes_when_the_session_is_over(browser: Any, make_app: Make) -> None:
    context = browser.new_context()
    context.clock.install()
    page = context.new_page()
    with served(make_app(password=PASSWORD)) as url:
        log_in(context, url)
        page.goto(f"{url}/?q=web01")
        page.wait_for_selector("#updates:has-text('Live')")
        context.clear_cookies()
        hurry(page)
        page.wait_for_url("**/login?then=%2F%3Fq%3Dweb01")
    context.close()
