"""What Zabbix posts by the media type of contrib/zabbix, as events."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from grafherald import inputs
from grafherald.errors import InvalidEvent
from grafherald.event import Event, Kind, State

NOW = datetime(2026, 11, 21, 3, 15, tzinfo=timezone.utc)
BEGAN = datetime(2026, 11, 21, 3, 12, 5, tzinfo=timezone.utc)
MEDIA = Path(__file__).parents[2] / "contrib" / "zabbix" / "media_grafherald.yaml"
ZABBIX = inputs.find("zabbix")
PROBLEM: dict[str, Any] = {**json.loads(ZABBIX.sample), "timestamp": str(int(BEGAN.timestamp()))}


def read(**changes: Any) -> list[Event]:
    return ZABBIX.parse(json.dumps(PROBLEM | changes).encode(), now=NOW)


def test_a_problem_is_an_event_of_its_trigger() -> None:
    (event,) = read()
    assert (event.kind, event.state, event.status) == (Kind.PROBLEM, State.CRITICAL, 2)
    assert (event.entity, event.check) == ("web01", "High CPU utilization (over 90 % for 5m)")
    assert (event.incident, event.part, event.state_text) == ("4711", "23", "HIGH")
    assert (event.occurred_at, event.since) == (BEGAN, BEGAN)
    assert event.labels == {"host": "web01", "team": "shop"}
    assert ("Data", "Current utilization: 97.2 %") in event.details
    page = "https://zabbix.example.com/tr_events.php?triggerid=23&eventid=4711"
    assert event.links == (("Zabbix", page),)


@pytest.mark.parametrize(
    ("severity", "state"),
    [
        ("0", State.UNKNOWN),
        ("1", State.WARNING),
        ("3", State.WARNING),
        ("4", State.CRITICAL),
        ("5", State.CRITICAL),
        ("{EVENT.NSEVERITY}", State.CRITICAL),
    ],
)
def test_the_severity_is_the_state(severity: str, state: State) -> None:
    (event,) = read(severity=severity)
    assert event.state is state


def test_a_recovery_is_of_the_same_incident() -> None:
    ended = str(int(BEGAN.timestamp()) + 60)
    (problem,), (end,) = read(), read(event_value="0", recovery_timestamp=ended)
    assert (end.kind, end.state, end.status) == (Kind.RESOLVE, State.OK, 0)
    assert (end.incident, end.part, end.check) == (problem.incident, problem.part, problem.check)
    assert (end.seen, (end.occurred_at - BEGAN).seconds) == ((State.CRITICAL,), 60)


@pytest.mark.parametrize(
    ("action", "kinds"),
    [
        ("acknowledged", [Kind.ACKNOWLEDGEMENT]),
        ("acknowledged and commented", [Kind.ACKNOWLEDGEMENT]),
        (
            "acknowledged, commented and changed severity from High to Average",
            [Kind.ACKNOWLEDGEMENT],
        ),
        ("unacknowledged and commented", [Kind.CUSTOM]),
        ("commented", [Kind.CUSTOM]),
    ],
)
def test_an_update_is_what_somebody_did(action: str, kinds: list[Kind]) -> None:
    found = read(
        event_update="1", update_action=action, update_message="on it", update_user="Jane Doe"
    )
    assert [event.kind for event in found] == kinds
    assert all((e.author, e.comment) == ("Jane Doe", "on it") for e in found)
    assert all(e.occurred_at == NOW for e in found)


def test_who_closes_a_problem_is_heard_and_its_end_is_told_once() -> None:
    closed = {"event_value": "0", "event_update": "1", "update_user": "Jane Doe"}
    assert read(**closed, update_action="acknowledged and closed") == []
    (said,) = read(**closed, update_action="commented and closed", update_message="disk swapped")
    assert (said.kind, said.state, said.state_text) == (Kind.CUSTOM, State.OK, "")
    assert (said.author, said.comment) == ("Jane Doe", "disk swapped")
    assert said.seen == (State.CRITICAL,)


def test_nobody_is_called_inaccessible_user() -> None:
    (event,) = read(event_update="1", update_action="commented", update_user="Inaccessible user")
    assert event.author == ""


@pytest.mark.parametrize(
    ("given", "named", "check"),
    [
        (
            'CPU of {HOST.NAME} over {$CPU.MAX:"{#X}"} %',
            "CPU of web01 over 90 %",
            "CPU of web01 over 90 %",
        ),
        ("Load is {ITEM.LASTVALUE1} on {HOST.NAME}", "Load is 9.5 on web01", "Load is … on …"),
        ('Log: {{ITEM.VALUE}.regsub("a{1}", "\\\\1")}!', "Log: a!", "Log: …!"),
        ("", "High CPU utilization", "High CPU utilization"),
    ],
)
def test_a_name_with_a_value_in_it_is_the_same_check_at_the_end(
    given: str, named: str, check: str
) -> None:
    (problem,) = read(trigger_name_orig=given, trigger_name=named)
    assert problem.check == check


def test_the_next_step_is_told_and_what_is_posted_again_is_not() -> None:
    (first,), (again,) = read(age="1s", timestamp=""), read(age="1s", timestamp="")
    (step,) = read(age="1d 0h 5m 1s", timestamp="")
    (comment,) = read(age="1s", event_update="1", update_action="commented", update_message="a")
    assert first.id == again.id
    assert len({first.id, step.id, comment.id}) == 3
    assert NOW - step.since == timedelta(days=1, minutes=5, seconds=1)
    assert step.occurred_at == NOW
    (step,) = read(age="2m 1s")
    assert (step.since, step.occurred_at) == (BEGAN, BEGAN + timedelta(seconds=121))
    (old,) = read(age="{EVENT.AGE}", timestamp="{EVENT.TIMESTAMP}")
    assert (old.since, old.occurred_at, old.id) == (None, NOW, "")


def test_what_zabbix_could_not_resolve_is_nothing() -> None:
    (event,) = read(
        timestamp="{EVENT.TIMESTAMP}",
        zabbix_url="{$ZABBIX.URL}",
        opdata="*UNKNOWN*",
        age="{EVENT.AGE}",
        host_name="{HOST.NAME}",
        tags="{EVENT.TAGSJSON}",
    )
    assert (event.occurred_at, event.since, event.links) == (NOW, None, ())
    assert event.labels == {"host": "web01"}
    assert "UNKNOWN" not in str(event.details)


def test_tags_and_the_triggers_url_say_where_the_graph_is_and_who_is_told() -> None:
    panel = "https://grafana.example.com/d/node/hosts?viewPanel=7&orgId=2"
    tags = [
        {"tag": "slack_channel", "value": "#shop, #ops"},
        {"tag": "runbook", "value": "https://wiki.example.com/cpu"},
        {"tag": "slack_channel", "value": "#other"},
        {"tag": 5},
        "x",
    ]
    (event,) = read(trigger_url=panel, tags=json.dumps(tags))
    assert event.attributes == {
        "panel": ("node", "7", "2"),
        "runbook": ("https://wiki.example.com/cpu",),
        "slack_channel": ("#shop", "#ops"),
    }
    named = [{"tag": "__dashboardUid__", "value": "a"}, {"tag": "__panelId__", "value": "3"}]
    (event,) = read(trigger_url=panel, tags=json.dumps(named))
    assert event.attributes["panel"] == ("a", "3", "")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"event_source": "3"}, "event_source: expected 0"),
        ({"event_value": "{EVENT.VALUE}"}, "event_value: expected 1"),
        ({"host": "*UNKNOWN*"}, "host, trigger_name: are needed"),
    ],
)
def test_what_is_no_triggers_event_is_refused(changes: dict[str, str], says: str) -> None:
    with pytest.raises(InvalidEvent, match=says):
        read(**changes)


def test_the_media_type_sends_all_that_is_read() -> None:
    (media,) = yaml.safe_load(MEDIA.read_text())["zabbix_export"]["media_types"]
    names = {parameter["name"] for parameter in media["parameters"]}
    assert set(PROBLEM) <= names
    assert all(len(parameter["value"]) < 2048 for parameter in media["parameters"])
    modes = [template["operation_mode"] for template in media["message_templates"]]
    assert modes == ["PROBLEM", "RECOVERY", "UPDATE"]


NODE = """
const [, script, given, status] = process.argv;
class HttpRequest {
  constructor() { this.headers = []; }
  addHeader(header) { this.headers.push(header); }
  post(url, body) {
    console.log(JSON.stringify({url, body, headers: this.headers}));
    return 'said';
  }
  getStatus() { return Number(status); }
}
new Function('value', 'HttpRequest', script)(given, HttpRequest);
"""


@pytest.mark.skipif(not shutil.which("node"), reason="runs the script as Zabbix' own engine would")
@pytest.mark.parametrize("status", [200, 503])
def test_the_media_types_script_posts_them(status: int) -> None:
    (media,) = yaml.safe_load(MEDIA.read_text())["zabbix_export"]["media_types"]
    given = PROBLEM | {"url": "http://127.0.0.1:3080/", "token": "t0ken"}
    done = subprocess.run(
        ["node", "-e", NODE, media["script"], json.dumps(given), str(status)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    sent = json.loads(done.stdout)
    assert sent["url"] == "http://127.0.0.1:3080/events/zabbix"
    assert "Authorization: Bearer t0ken" in sent["headers"]
    assert json.loads(sent["body"]) == PROBLEM
    assert (done.returncode == 0) is (status == 200)
    assert ("grafherald answered 503: said" in done.stderr) is (status == 503)
