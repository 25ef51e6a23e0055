"""Another package adds a channel type and an input: all that ours can, with no edit here."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from grafherald import cli

from ..server.conftest import address, eventually, serving

CRITICAL = b'{"host": "db01", "service": "disk", "state": "critical"}'
TO_JANE = b'{"host": "db02", "service": "disk", "state": "critical", "page": "jane"}'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the package is installed into, as pip does it."""
    folder = tmp_path_factory.mktemp("acme")
    shutil.copytree(Path(__file__).parent / "acme", folder / "source")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--disable-pip-version-check"]
    command += ["--root-user-action=ignore", "--target", str(folder / "site")]
    subprocess.run([*command, str(folder / "source")], check=True)
    return folder / "site"


@dataclass
class Pages:
    """A pager's server: it notes what it was posted."""

    url: str
    posted: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def pages() -> Iterator[Pages]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            noted.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        noted = Pages(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield noted
        server.shutdown()
        thread.join()


@pytest.fixture
def settings(pages: Pages, tmp_path: Path) -> dict[str, Any]:
    return {
        "store": f"sqlite:///{tmp_path}/store.db",
        "acme": {"url": "https://acme.example.com"},
        "channels": {
            "page": {"type": "pager", "url": pages.url, "token": "s3cret", "to": "oncall"}
        },
    }


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(site: Path, tmp_path: Path, settings: dict[str, Any]) -> Run:
    """Run ``grafherald`` where the package is installed, with the settings."""
    path = f"{Path(cli.__file__).parent.parent}:{site}"

    def start(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[str]:
        file = tmp_path / "settings.json"
        file.write_text(json.dumps(settings))
        done = subprocess.run(
            [sys.executable, "-m", "grafherald", *words, "--config", str(file)],
            input=given,
            capture_output=True,
            env={"PYTHONPATH": path},
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    return start


def test_the_inputs_command_sends_to_the_channel(run: Run, pages: Pages) -> None:
    done = run("acme", given=CRITICAL)
    assert (done.returncode, done.stderr) == (0, "")
    assert pages.posted == [{"to": "oncall", "text": "db01/disk is CRITICAL"}]


def test_the_events_own_recipient_wins(run: Run, pages: Pages) -> None:
    run("acme", given=TO_JANE)
    assert [post["to"] for post in pages.posted] == ["jane"]


def test_an_event_of_ours_names_recipients_of_it_too(run: Run, pages: Pages) -> None:
    check = {"name": "cpu", "status": 2, "output": "hot", "pager_to": "jane, ann"}
    run("sensu", given=json.dumps({"client": {"name": "web01"}, "check": check}).encode())
    assert sorted(post["to"] for post in pages.posted) == ["ann", "jane"]


def test_its_rate_holds_the_second_message(run: Run, pages: Pages) -> None:
    run("acme", given=CRITICAL)
    done = run("acme", "--set", "deadline=3", given=CRITICAL.replace(b"disk", b"cpu"))
    assert done.returncode == 0
    assert "queued" in done.stdout
    assert len(pages.posted) == 1


def test_what_is_no_event_of_its_is_one_line(run: Run) -> None:
    done = run("acme", given=b"{}")
    said = "grafherald: expected Acme's host, service and state\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


def test_a_preview_shows_its_event_in_its_channel(
    run: Run, pages: Pages, settings: dict[str, Any]
) -> None:
    shown = run("preview", "--input", "acme", given=CRITICAL).stdout
    assert shown.startswith("--- page (pager oncall)")
    assert "db01/disk is CRITICAL" in shown
    settings.clear()
    assert "--- pager (pager oncall)" in run("preview", "--input", "acme", given=CRITICAL).stdout
    assert not pages.posted


def test_its_links_are_those_of_the_event(run: Run) -> None:
    settings = {"channels.look.type": "file", "channels.look.directory": "out"}
    words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    done = run("acme", "--dry-run", *words, given=CRITICAL)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    (look,) = [line["payload"] for line in lines if line["type"] == "file"]
    assert look["links"]["Acme"] == "https://acme.example.com/db01"


def test_the_check_probes_it(run: Run, pages: Pages) -> None:
    done = run("check")
    assert "oncall: ok." in done.stdout, done.stdout + done.stderr
    assert pages.posted == [{"to": "oncall"}]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"channels": {"page": {"type": "pager", "url": "http://h"}}},
            "channels.page.token: missing",
        ),
        (
            {"channels": {"page": {"type": "pager", "url": "http://h", "token": "t", "tos": "x"}}},
            "channels.page.tos: unknown key, did you mean to?",
        ),
        ({"acme": {"url": 5}}, "acme.url: expected a string, got 5"),
    ],
)
def test_its_settings_are_checked(
    run: Run, settings: dict[str, Any], changes: dict[str, Any], said: str
) -> None:
    settings.update(changes)
    done = run("acme", given=CRITICAL)
    assert done.returncode == 1
    assert said in done.stderr


def test_it_is_documented(run: Run) -> None:
    reference = run("preview", "--types").stdout
    assert "channel type pager" in reference
    assert "to: who is paged" in reference
    assert "an event's pager_to wins over to" in reference
    assert "input acme: grafherald acme, or POST /events/acme" in reference
    assert "url: Acme's pages" in reference
    assert "Read what Acme reports" in run("acme", "--help").stdout
    assert "acme" in run("--help").stdout


def test_the_daemon_takes_it_on_its_own_path(
    site: Path,
    pages: Pages,
    settings: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{Path(cli.__file__).parent.parent}:{site}")
    settings["listen"] = {"http": "127.0.0.1:0"}
    with serving(settings, tmp_path) as daemon:
        host, port = address(daemon.listening, "http")
        url = f"http://{host}:{port}/events"
        assert _post(f"{url}/acme", "application/vnd.acme+json") == 200
        eventually(lambda: pages.posted)
        assert _post(f"{url}/acme", "application/json") == 415
        assert _post(f"{url}/acme", "application/vnd.acme+json", CRITICAL + b" " * 1000) == 413
        assert _post(f"{url}/nobody", "application/json") == 404
        assert _post(f"{url}?source=acme", "application/json") == 200
    assert pages.posted == [{"to": "oncall", "text": "db01/disk is CRITICAL"}]


def _post(url: str, kind: str, body: bytes = CRITICAL) -> int:
    request = urllib.request.Request(url, body, {"Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
