"""A panel that is not there is said so at once; anything else does not touch the render."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from grafherald.errors import GraphError
from grafherald.images.needs import Needs
from grafherald.net.deadline import Deadline

WEB = {"title": "Web", "panels": [{"id": 2, "title": "CPU"}, {"id": 3, "title": "Disk"}]}
DB = {"title": "DB", "panels": [{"id": 7, "title": "CPU", "gridPos": {"x": 1}}]}


class Grafana:
    """Answers its API after *delay*, and remembers what was asked with which token."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.released = threading.Event()
        self.released.set()
        self.asked: list[tuple[str, str]] = []

    def render(self, panel: int, uid: str = "web") -> str:
        return f"{self.url}/render/d-solo/{uid}/x?panelId={panel}"


@pytest.fixture
def grafana() -> Iterator[Grafana]:
    state = Grafana()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.released.wait(20)
            state.asked.append((self.path, self.headers["Authorization"] or ""))
            answers: dict[str, Any] = {
                "/api/dashboards/uid/web": {"dashboard": WEB},
                "/api/dashboards/uid/db": {"dashboard": DB},
                "/api/frontend/settings": {},
            }
            body = json.dumps(answers.get(self.path, {"message": "Dashboard not found"})).encode()
            self.send_response(state.status if self.path in answers else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        state.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield state
        state.released.set()
        server.shutdown()
        thread.join()


def test_a_missing_panel_ends_the_render(grafana: Grafana) -> None:
    stopped = threading.Event()
    with pytest.raises(GraphError, match=r'no panel 999 on "Web" \(it has 2, 3\)') as refused:
        Needs().beside(
            grafana.url, grafana.render(999), "Bearer t", Deadline(60), lambda: stopped.wait(60)
        )
    assert refused.value.hint
    stopped.set()


def test_what_is_known_is_neither_asked_nor_rendered_again(grafana: Grafana) -> None:
    needs, rendered, stopped = Needs(), [], threading.Event()
    for _ in range(3):
        with pytest.raises(GraphError, match="no panel 999"):
            needs.beside(
                grafana.url, grafana.render(999), "Bearer t", Deadline(60), lambda: stopped.wait(60)
            )
        assert (
            needs.beside(grafana.url, grafana.render(2), "Bearer t", Deadline(5), lambda: b"png")
            == b"png"
        )
    assert len(grafana.asked) == 2
    with pytest.raises(GraphError):
        needs.beside(
            grafana.url, grafana.render(9), "Bearer t", Deadline(5), lambda: rendered.append(1)
        )
    assert rendered == []
    stopped.set()


def test_each_token_has_its_own_eyes(grafana: Grafana, until: Any) -> None:
    needs = Needs()
    tokens = {"Bearer a", "Bearer b", ""}
    for authorization in tokens:
        needs.beside(grafana.url, grafana.render(2), authorization, Deadline(5), lambda: b"png")
    until(lambda: {authorization for _, authorization in grafana.asked} == tokens)


@pytest.mark.parametrize("status", [401, 403, 500])
def test_an_api_that_does_not_tell_costs_nothing(grafana: Grafana, status: int) -> None:
    grafana.status = status
    assert (
        Needs().beside(grafana.url, grafana.render(999), "Bearer t", Deadline(5), lambda: b"png")
        == b"png"
    )


def test_an_api_that_hangs_costs_nothing(grafana: Grafana) -> None:
    grafana.released.clear()
    assert (
        Needs().beside(grafana.url, grafana.render(999), "Bearer t", Deadline(60), lambda: b"png")
        == b"png"
    )
    assert grafana.asked == []


def test_what_the_render_raises_is_raised(grafana: Grafana) -> None:
    def fail() -> None:
        raise GraphError("Grafana answered 500")

    with pytest.raises(GraphError, match="answered 500"):
        Needs().beside(grafana.url, grafana.render(2), "Bearer t", Deadline(5), fail)


@pytest.mark.parametrize("authorization", ["Basic dTpw"])
def test_without_a_token_of_its_own_the_api_is_not_asked(
    grafana: Grafana, authorization: str
) -> None:
    needs = Needs()
    assert (
        needs.beside(grafana.url, grafana.render(9), authorization, Deadline(5), lambda: b"png")
        == b"png"
    )
    assert grafana.asked == []


def test_one_panel_on_two_dashboards_looks_the_same(grafana: Grafana, until: Any) -> None:
    needs = Needs()
    for panel, uid in ((2, "web"), (7, "db")):
        url = grafana.render(panel, uid)
        needs.beside(grafana.url, url, "Bearer t", Deadline(5), lambda: b"png")
        until(lambda u=url: needs.same(grafana.url, "Bearer t", u, u) is not None)
    assert needs.same(grafana.url, "Bearer t", grafana.render(2), grafana.render(7, "db"))
    assert not needs.same(grafana.url, "Bearer t", grafana.render(2), grafana.render(3))
    assert needs.same(grafana.url, "Bearer t", grafana.render(2), grafana.render(3)) is False
    assert not needs.same(grafana.url, "Bearer other", grafana.render(2), grafana.render(2))
