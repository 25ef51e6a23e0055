"""What Healthchecks posts by the body of contrib/healthchecks, as events."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from grafherald import inputs
from grafherald.errors import InvalidEvent
from grafherald.event import Event, Kind, State

NOW = datetime(2026, 11, 21, 3, 15, tzinfo=timezone.utc)
BODY = Path(__file__).parents[2] / "contrib" / "healthchecks" / "webhook.json"
HEALTHCHECKS = inputs.find("healthchecks")
DOWN: dict[str, Any] = json.loads(HEALTHCHECKS.sample)


def read(**changes: Any) -> Event:
    (event,) = HEALTHCHECKS.parse(json.dumps(DOWN | changes).encode(), now=NOW)
    return event


def test_a_job_that_failed_is_a_problem_of_its_host() -> None:
    event = read()
    assert (event.kind, event.state, event.state_text) == (Kind.PROBLEM, State.CRITICAL, "DOWN")
    assert (event.entity, event.check) == ("db01", "backup")
    assert (event.output, event.long_output) == (
        "it failed, with exit status 1",
        "pg_dump: no space left",
    )
    assert event.labels == {"host": "db01", "team": "dba", "prod": "true"}
    assert event.occurred_at == datetime(2026, 11, 21, 3, 12, 5, tzinfo=timezone.utc)


def test_it_links_the_page_of_the_check() -> None:
    code = DOWN["code"]
    page = f"https://hc.example.com/checks/{code}/details/"
    assert read().links == (("Healthchecks", page),)
    below = f"http://mon/hc/api/v1/checks/{code}"
    assert read(check={"name": "a", "update_url": below}).links[0][1].startswith("http://mon/hc/ch")
    for odd in (5, "", "javascript:x/api/v3/checks/" + code, "https://x/api/v3/checks/1"):
        assert read(check={"name": "a", "update_url": odd}).links == ()


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ("2026-11-20T02:00:11+00:00", "it has not reported since 2026-11-20 02:00:11 UTC"),
        (None, "it never reported"),
    ],
)
@pytest.mark.parametrize("exit_status", ["-1", "0", "", None])
def test_a_job_that_is_late_says_since_when(last: str | None, said: str, exit_status: Any) -> None:
    event = read(check={**DOWN["check"], "last_ping": last}, exitstatus=exit_status, body="")
    assert event.output == said


def test_it_is_up_again_in_the_same_incident() -> None:
    down, up = read(), read(status="up")
    assert (up.kind, up.state, up.seen) == (Kind.RESOLVE, State.OK, (State.CRITICAL,))
    assert (up.incident, up.part, up.check) == (down.incident, down.part, down.check)


def test_the_button_test_opens_no_alert() -> None:
    test = {**DOWN["check"], "name": "TEST", "tags": "", "n_pings": 42, "status": "down"}
    found = read(check=test)
    assert (found.kind, found.links) == (Kind.CUSTOM, ())  # there is no such check


def test_without_a_host_among_its_tags_it_is_of_healthchecks() -> None:
    event = read(check={"slug": "x", "tags": "slack_channel=#dba a=b=c ="})
    assert (event.entity, event.check) == ("healthchecks", "x")
    assert event.attributes == {"slack_channel": ("#dba",)}
    assert event.labels == {"slack_channel": "#dba", "a": "b=c"}


@pytest.mark.parametrize("changes", [{"status": "paused"}, {"check": "$JSON"}, {"status": 5}])
def test_what_is_neither_down_nor_up_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent, match="expected down or up"):
        read(**changes)


def test_the_body_for_the_webhook_is_what_is_read() -> None:
    body = BODY.read_text()
    values = {
        "$EXITSTATUS": "1",
        "$BODY_JSON": json.dumps(DOWN["body"]),
        "$JSON": json.dumps(DOWN["check"]),
        "$STATUS": "down",
        "$CODE": DOWN["code"],
        "$NOW": DOWN["now"],
    }
    for name, value in values.items():
        assert body.count(name) == 1
        body = body.replace(name, value)
    assert json.loads(body) == DOWN
