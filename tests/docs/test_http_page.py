"""The page on HTTP has every path that the daemon answers, and its example works."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from grafherald.commands.serve import mount, read
from grafherald.server.service import Daemon, Outside
from grafherald.settings import Settings

from ..conftest import ROOT
from ..server.conftest import address, core_event, serving

PAGE = (ROOT / "docs" / "http.md").read_text()


def _settings(folder: Path) -> dict[str, Any]:
    """Settings that open every door."""
    return {
        "store": f"sqlite:///{folder}/store.db",
        "listen": {"http": "127.0.0.1:0", "token": "events-token"},
        "grafana": {"url": "http://127.0.0.1:9", "token": "x"},
        "images": {"publish": {"directory": str(folder), "url": "https://p.example.com"}},
        "chat": {
            "slack": {"signing_secret": "x" * 20, "token": "x"},
            "hipchat": {"token": "x"},
            "query": {"token": "x"},
        },
        "channels": {"look": {"type": "file", "directory": str(folder / "out")}},
    }


def test_every_path_is_named(tmp_path: Path) -> None:
    settings = Settings.of(_settings(tmp_path))
    daemon = Daemon(Outside(lambda: settings, environment={}, read=read, mount=mount))
    app, parts = daemon._make_app(daemon._current.get())
    parts.close()
    daemon._asked.close()
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    assert {"/events", "/chat/slack", "/grafana-images", "/wall"} <= rules
    table = "\n".join(line.split(" | ")[0] for line in PAGE.splitlines() if line[:3] == "| `")
    for rule in rules:
        first = re.match(r"/[a-z-]*", rule)
        assert first
        assert re.search(rf"[` ]{first[0]}[`/ ]", table), rule
        if rule.startswith(("/datasource/<any", "/chat")):
            for name in re.findall(r"'([a-z-]+)'|/chat/(\w+)", rule):
                assert "".join(name) in PAGE, name


@pytest.mark.slow
def test_the_example_is_kept(tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("needs curl")
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    (answer,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "event.json").write_bytes(core_event())
    with serving(_settings(tmp_path), tmp_path) as process:
        host, port = address(process.listening, "http")
        done = subprocess.run(
            ["sh", "-e"],
            input=block.replace("127.0.0.1:3080", f"{host}:{port}"),
            cwd=tmp_path,
            env={"TOKEN": "events-token", "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == answer
