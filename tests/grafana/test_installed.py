"""A Grafana is asked what it has, once a minute; a lint that may ask says what is missing."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from grafherald import cli
from grafherald.errors import GrafanaError
from grafherald.grafana.api import GrafanaServer
from grafherald.grafana.installed import Installed
from grafherald.grafana.panels import PanelAddress

WEB = {"title": "Web", "panels": [{"id": 2, "type": "graph", "datasource": "Gone"}, {"id": 3}]}
FRONTEND = {"panels": {"graph": {}}, "datasources": {"TestData": {}}}


class Grafana:
    """Answers below ``/api/`` as *answers* say, and remembers what was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.answers: dict[str, tuple[int, Any]] = {
            "dashboards/uid/web": (200, {"dashboard": WEB}),
            "dashboards/db/web": (200, {"dashboard": WEB}),
            "frontend/settings": (200, FRONTEND),
        }


@pytest.fixture
def grafana() -> Iterator[Grafana]:
    state = Grafana()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("/api/")[2]
            state.asked.append(path)
            status, answer = state.answers.get(path, (404, {"message": "Dashboard not found"}))
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}/sub"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield state
        server.shutdown()
        thread.join()


def address(panel: int, key: str = "web", *, is_slug: bool = False) -> PanelAddress:
    return PanelAddress(key, is_slug, panel)


def test_what_is_missing_is_said(grafana: Grafana) -> None:
    installed = Installed(GrafanaServer(grafana.url, "t"), 5)
    assert installed.problem(address(3)) == ""
    assert installed.problem(address(3, is_slug=True)) == ""
    assert 'no panel 999 on "Web" (it has 2, 3)' in installed.problem(address(999))
    assert "no datasource 'Gone'" in installed.problem(address(2))
    assert "no dashboard nowhere" in installed.problem(address(2, "nowhere"))


def test_grafana_is_asked_once_for_many_panels(grafana: Grafana) -> None:
    installed = Installed(GrafanaServer(grafana.url), 5)
    assert installed.known(address(3)) is None
    for panel in (3, 3, 999):
        installed.problem(address(panel))
    assert grafana.asked == ["dashboards/uid/web", "frontend/settings"]
    assert installed.known(address(3)) == ""
    assert "no panel 999" in str(installed.known(address(999)))


def test_a_dashboard_that_is_not_there_is_not_asked_for_again(grafana: Grafana) -> None:
    installed = Installed(GrafanaServer(grafana.url), 5)
    for _ in range(3):
        installed.problem(address(2, "nowhere"))
    assert grafana.asked.count("dashboards/uid/nowhere") == 1


@pytest.mark.parametrize(
    "answer", [(401, {"message": "Expired API key"}), (404, {"message": "Not found"}), (500, {})]
)
def test_a_grafana_that_does_not_tell_is_no_verdict_and_not_asked_for_a_while(
    grafana: Grafana, answer: tuple[int, Any]
) -> None:
    grafana.answers["dashboards/uid/web"] = answer
    installed = Installed(GrafanaServer(grafana.url), 5)
    for _ in range(3):
        with pytest.raises(GrafanaError):
            installed.problem(address(3))
        assert installed.known(address(3)) == ""
    assert grafana.asked == ["dashboards/uid/web"]


def test_a_grafana_that_did_not_tell_is_asked_again_later(
    grafana: Grafana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grafherald.grafana.installed._SILENT", 0.0)
    grafana.answers["dashboards/uid/web"] = (500, {})
    installed = Installed(GrafanaServer(grafana.url), 5)
    for _ in range(2):
        with pytest.raises(GrafanaError):
            installed.problem(address(3))
        assert installed.known(address(3)) is None
    assert grafana.asked == ["dashboards/uid/web"] * 2


def test_without_a_list_of_plugins_the_panel_is_known_all_the_same(grafana: Grafana) -> None:
    grafana.answers["frontend/settings"] = (403, {})
    installed = Installed(GrafanaServer(grafana.url), 5)
    assert installed.problem(address(2)) == ""
    assert "no panel 9" in installed.problem(address(9))


def lint(grafana: Grafana, tmp_path: Path, *flags: str) -> list[str]:
    settings, checks = tmp_path / "settings.json", tmp_path / "checks.json"
    settings.write_text(json.dumps({"grafana": {"url": grafana.url, "token": "t"}}))
    urls = {
        "good": "/render/d-solo/web/x?panelId=3",
        "gone": f"{grafana.url}/render/d-solo/web/x?panelId=999",
        "typo": "/render/d-solo/web/x?panelID=2",
        "host": "/render/d-solo/web/x?panelId=2&var-host={{ .name }}",
        "later": "/render/d-solo/{{ .uid }}/x?panelId=2",
        "other": "https://other.example/render/d-solo/web/x?panelId=999",
    }
    document = {"checks": {n: {"handler": "x", "graph_image": url} for n, url in urls.items()}}
    checks.write_text(json.dumps(document))
    done = subprocess.run(
        [sys.executable, "-m", "grafherald", "lint", "--config", settings, *flags, checks],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(Path(cli.__file__).parent.parent)},
    )
    assert not done.stderr, done.stderr
    return [line.partition("check ")[2] for line in done.stdout.splitlines()]


def test_lint_asks_grafana_when_it_may(grafana: Grafana, tmp_path: Path) -> None:
    typo = "typo: graph_image names no panel: panelId is missing (panelID is not read)"
    assert lint(grafana, tmp_path) == [typo]
    assert grafana.asked == []
    assert sorted(lint(grafana, tmp_path, "--online")) == [
        'gone: graph_image shows nothing: Grafana has no panel 999 on "Web" (it has 2, 3)',
        "host: graph_image shows nothing: Grafana has no datasource 'Gone', which panel 2 of"
        ' "Web" asks',
        typo,
    ]
