"""Take the documentation's pictures of the board: the daemon, its store and its graphs are real.

    .venv/bin/python docs/site/board_pictures.py [--to docs] [--alerts 60]

Only what is monitored, and the Grafana that has its panels, is an example: `board_world`. Needs
Debian's ``chromium``.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from board_world import CHECKS, World, fill, grafana
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from grafherald.history.read import open_alerts
from grafherald.history.record import illustrate
from grafherald.store import open_database

_PASSWORD = "correct horse"  # noqa: S105 - of an example that ends with this command
_COLOURS = 256  # of a picture: pages are flat, and pictures stay small
_DESK, _PHONE = (1400, 900), (360, 740)
# picture, path, viewport, theme; {} is the alert whose page is shown
PICTURES = (
    ("board", "/", _DESK, "light"),
    ("board-cards", "/?view=cards&severity=critical", _DESK, "dark"),
    ("board-alert", "/alerts/{}", _DESK, "light"),
    ("board-numbers", "/numbers?last=30d&by=team", (1400, 1000), "light"),
    ("board-phone", "/", _PHONE, "dark"),
    ("board-wall", "/wall", _DESK, "dark"),
)


@contextmanager
def daemon(folder: Path, world: World) -> Iterator[str]:
    """Run the daemon over the store in *folder* until the block ends; yield its URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "store": f"sqlite:///{folder}/store.db",
        "listen": {"http": f"127.0.0.1:{port}"},
        "grafana": {"url": world.url, "token": "glsa_example"},
        "board": {"password": _PASSWORD, "open": True},
        "channels": {"chat": {"type": "file", "directory": f"{folder}/told"}},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    _send_a_picture(folder, world)
    process = subprocess.Popen(_command(folder, "serve"))  # noqa: S603 - our own command
    try:
        _reached(f"http://127.0.0.1:{port}/healthz", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _command(folder: Path, *arguments: str) -> list[str]:
    config = ("--config", f"{folder}/settings.json")
    return [sys.executable, "-m", "grafherald", *arguments, *config]


def _send_a_picture(folder: Path, world: World) -> None:
    """Draw what went out with the first alert, and let the history know of it."""
    host, name = next(iter(world.began))
    began = round(world.began[host, name] * 1000)
    (panel,) = world.panel(host, next(check for check in CHECKS if check.name == name))
    sent = f"{panel}&from={began - 6 * 3_600_000}&to={began + 120_000}&width=1000&height=500"
    command = _command(folder, "draw", f"{sent}&theme=dark", "-o", f"{folder}/sent.png")
    subprocess.run(command, check=True, timeout=60, stdout=subprocess.DEVNULL)  # noqa: S603
    world.saved["/saved-images/sent.png"] = (folder / "sent.png").read_bytes()
    with closing(open_database(f"sqlite:///{folder}/store.db")) as database:
        opened = open_alerts(database, 999)
        first = next(a.id for a in opened if (a.entity, a.check) == (host, name))
        illustrate(database, first, f"{world.url}/saved-images/sent.png", f"{world.url}/d/node")


def _reached(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - of our own daemon
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the daemon did not start")


def log_in(page: Page, url: str) -> None:
    """Log *page*'s browser in, for what somebody who may act sees."""
    page.goto(f"{url}/login")
    page.fill("input[name=user]", "oncall")
    page.fill("input[name=password]", _PASSWORD)
    page.click("main button")
    page.wait_for_selector("text=Log out")


def take(page: Page, url: str) -> bytes:
    """Take a page's picture when all that it shows has come."""
    page.goto(url)
    page.wait_for_load_state("networkidle")
    return page.screenshot()


def small(png: bytes) -> bytes:
    """Make a picture of few colours, as small as it gets."""
    out = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(_COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def pictures(browser: Browser, url: str, alert: int, to: Path) -> None:
    """Write all of PICTURES into the folder *to*."""
    for name, path, (width, height), theme in PICTURES:
        options: dict[str, Any] = {"viewport": {"width": width, "height": height}}
        with closing(browser.new_context(color_scheme=theme, locale="en-GB", **options)) as context:
            page = context.new_page()
            log_in(page, url)
            png = small(take(page, url + path.format(alert)))
        (to / f"{name}.png").write_bytes(png)
        sys.stdout.write(f"{to / name}.png: {len(png) // 1000} kB\n")


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=Path(__file__).parent.parent)
    parser.add_argument("--alerts", type=int, default=60)
    args = parser.parse_args()
    world, chromium = World(), shutil.which("chromium")
    if chromium is None:
        raise SystemExit("chromium is not installed")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(grafana(world))
        database = open_database(f"sqlite:///{folder}/store.db")
        with database.transaction(alone=True):
            opened = fill(database, world, datetime.now(timezone.utc), args.alerts)
        database.close()
        url = stack.enter_context(daemon(folder, world))
        running = stack.enter_context(sync_playwright())
        options = ["--no-sandbox", "--disable-gpu"]
        browser = stack.enter_context(
            closing(running.chromium.launch(executable_path=chromium, args=options))
        )
        pictures(browser, url, opened[0], args.to)


if __name__ == "__main__":
    main()
