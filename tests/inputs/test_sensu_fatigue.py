"""What Sensu's handlers and filters kept from people, and what the settings keep from them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from grafherald import inputs
from grafherald.event import Event

EVENTS = Path(__file__).resolve().parent.parent / "events"
NOW = datetime(2026, 11, 21, 3, 15, tzinfo=timezone.utc)
OURS = "sensu.io/plugins/grafherald/config/"


def read(document: dict[str, Any], **settings: Any) -> Event:
    raw = json.dumps(document).encode()
    (event,) = inputs.find("sensu").read(raw, {"sensu": settings}, now=NOW)
    return event


def core(count: int = 1, action: str = "create", /, **check: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EVENTS / "core-problem.json").read_text())
    for name in ("occurrences", "refresh"):
        document["check"].pop(name, None)
    document.pop("occurrences_watermark", None)
    document["check"] |= check
    if action == "resolve":
        document["check"] |= {"status": 0, "history": ["2", "0"]}
    return document | {"occurrences": count, "action": action}


def go(occurrences: int = 1, watermark: int = 0, **notes: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EVENTS / "sensu-go.json").read_text())
    check = document["check"]
    check["metadata"]["annotations"] = {
        name.replace("__", "/"): text for name, text in notes.items()
    }
    check |= {"occurrences": occurrences, "occurrences_watermark": watermark or occurrences}
    check["interval"] = 60
    if watermark:
        check |= {"status": 0, "state": "passing", "history": [{"status": 2}, {"status": 0}]}
    return document


def told(events: Callable[[int], dict[str, Any]], most: int, **settings: Any) -> list[int]:
    return [n for n in range(1, most + 1) if not read(events(n), **settings).quiet]


def test_core_tells_after_occurrences_and_again_after_refresh() -> None:
    assert told(lambda n: core(n, occurrences=3, refresh=600, interval=60), 25) == [3, 13, 23]


def test_core_has_a_refresh_of_half_an_hour_where_occurrences_stand_alone() -> None:
    assert told(lambda n: core(n, occurrences=2, interval=60), 65) == [2, 32, 62]


def test_a_check_that_says_nothing_is_told_whenever_sensu_sends_it() -> None:
    assert told(core, 5) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("count", "quiet"), [(2, True), (3, False), (9, False)])
def test_core_tells_the_end_of_what_it_told(count: int, quiet: bool) -> None:
    assert bool(read(core(count, "resolve", occurrences=3)).quiet) is quiet


@pytest.mark.parametrize("action", ["create", "resolve"])
def test_alert_false_means_it(action: str) -> None:
    assert read(core(9, action, alert=False)).quiet == "the check says alert: false"
    assert not read(core(9, action, alert=True)).quiet


def test_a_metric_check_that_passes_is_nothing_to_notify() -> None:
    document = core(type="metric", status=0, history=["0", "0"])
    assert inputs.find("sensu").read(json.dumps(document).encode(), {}, now=NOW) == []
    assert read(core(type="metric", status=2))
    assert read(core(2, "resolve", type="metric"))


def test_the_filters_annotations_are_meant() -> None:
    notes = {"fatigue_check__occurrences": "3", "fatigue_check__interval": "300"}
    assert told(lambda n: go(n, **notes), 14) == [3, 8, 13]
    assert read(go(1, 2, **notes)).quiet == "it was over after 2 of 3 occurrences"
    assert not read(go(1, 3, **notes)).quiet


def test_the_filter_may_keep_resolves_and_keeps_flapping() -> None:
    assert read(go(1, 3, fatigue_check__allow_resolution="false")).quiet
    flapping = go(1, fatigue_check__occurrences="1")
    flapping["check"]["state"] = "flapping"
    assert read(flapping).quiet
    flapping["check"]["metadata"]["annotations"]["fatigue_check/suppress_flapping"] = "false"
    assert not read(flapping).quiet


def test_the_entitys_fatigue_goes_before_the_checks_and_keepalives_have_their_own() -> None:
    document = go(2, fatigue_check__occurrences="1")
    document["entity"]["metadata"]["annotations"] = {
        "fatigue_check/occurrences": "3",
        "fatigue_check/keepalive_occurrences": "2",
    }
    assert read(document).quiet == "occurrence 2 of 3"
    document["check"]["metadata"]["name"] = "keepalive"
    assert not read(document).quiet


def test_our_own_settings_are_meant_and_annotations_go_before_them() -> None:
    settings = {"min_occurrences": 2, "repeat_every": 240}
    assert told(go, 11, **settings) == [2, 6, 10]
    assert told(core, 3, **settings) == [2]
    own = {f"{OURS}min_occurrences": "1", f"{OURS}repeat_every": "120"}
    assert told(lambda n: go(n, **own), 5, **settings) == [1, 3, 5]


@contextmanager
def stashes(*paths: str, status: int = 404) -> Iterator[tuple[str, list[str]]]:
    """Core's API, which has these stashes."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.path} {self.headers.get('Authorization', '')}".strip())
            self.send_response(200 if self.path.removeprefix("/stashes/") in paths else status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "path", ["silence/db-03", "silence/db-03/pg_replication", "silence/all/pg_replication"]
)
def test_a_silence_stash_is_meant(path: str) -> None:
    with stashes(path) as (url, asked):
        event = read(core(), core_api={"url": url, "user": "api", "password": "pa55"})
    assert event.quiet == f"stash {path}"
    assert all(line.endswith("Basic YXBpOnBhNTU=") for line in asked)


@pytest.mark.parametrize("status", [404, 401, 500])
def test_without_a_stash_or_an_answer_the_alert_goes_out(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with stashes(status=status) as (url, _):
        assert not read(core(), core_api={"url": url, "user": "api", "password": "pa55"}).quiet
    assert ("no stash was looked up" in caplog.text) is (status != 404)
    assert "pa55" not in caplog.text
