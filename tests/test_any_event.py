"""From any input to every channel: a refusal in one line, or payloads that are taken."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from email import message_from_string
from email.policy import default
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from grafherald.delivery.rehearse import rehearsed
from grafherald.demo.standins.blocks import problem
from grafherald.demo.standins.hipchat import markup_problem
from grafherald.errors import InvalidEvent
from grafherald.event import Event
from grafherald.inputs.nagios import notification as nagios
from grafherald.inputs.sensu import document as sensu
from grafherald.settings import Settings

NOW = datetime(2026, 11, 21, 3, 12, 5, tzinfo=timezone.utc)
EVENTS = Path(__file__).parent / "events"
CONFIG = Settings.of(
    {
        "grafana": {"url": "https://grafana.example.com"},
        "channels": {
            "ops": {"type": "hipchat", "token": "t", "room": "o"},
            "hook": {"type": "slack", "webhook_url": "https://hooks.slack.com/services/T/B/x"},
            "bot": {"type": "slack", "token": "t", "channel": "o"},
            "oncall": {
                "type": "email",
                "smtp": "smtp://mail",
                "from": "a@example.com",
                "to": "b@example.com",
            },
            "look": {"type": "file", "directory": "/nowhere"},
        },
    }
)
PREFIX = "sensu.io/plugins/grafherald/config/"
KEYS = f"""
    graph_image playbook runbook dashboard notification hipchat_room slack_channel mail_to
    {PREFIX}channels {PREFIX}room {PREFIX}channel {PREFIX}recipients {PREFIX}graph.from
    {PREFIX}graph.to {PREFIX}template
"""
ODD = """
    https://grafana.example.com/render/d-solo/a/b?panelId=1 https://[::1 http://%zz/render/ //x
    javascript:alert(1) /render/d-solo/a/b?panelId=1&from=&to ["a","b"] [] [1,{}] now-6h/M
    now-99999y now-1M/M ops,,ops @all #ops C0123456789 <!channel> a@b.example,c <a@b>
    "x"@y ../../etc/passwd
    short {{7*7}} \x00\x1b[31m \ud800 \u202e \r\nBcc:x https://x/|y <https://evil|Runbook> &amp;
"""
TEXT = st.one_of(
    st.sampled_from(ODD.split(" ")), st.text(max_size=30), st.sampled_from(["x" * 9000, "<" * 5000])
)
VALUE = st.one_of(TEXT, st.integers(), st.none(), st.lists(TEXT, max_size=3), st.booleans())


def check_payloads(events: list[Event]) -> None:
    """Assert that what would be sent for *events* is what the other side takes."""
    for notification, channel in rehearsed(events, CONFIG):
        payload: Any = channel.payload(notification)
        if isinstance(payload, str):
            mail = message_from_string(payload, policy=default)
            assert not [part.defects for part in mail.walk() if part.defects]
            assert "Bcc" not in mail
            continue
        json.loads(json.dumps(payload).encode("utf-8"))
        if channel.type == "slack":
            assert problem(payload["blocks"]) == ""
        elif payload.get("message_format") == "html":
            assert markup_problem(payload["message"]) == ""


def check_refusal(error: InvalidEvent) -> None:
    """Assert that a refusal is one line that can be shown."""
    assert str(error).isprintable()
    assert len(str(error)) < 500


@settings(max_examples=150)
@given(
    st.sampled_from(sorted(EVENTS.glob("*.json"))),
    st.dictionaries(st.sampled_from(KEYS.split()), VALUE, max_size=4),
)
def test_whatever_a_check_says_of_itself_is_sent_or_refused(
    file: Path, said: dict[str, Any]
) -> None:
    document = json.loads(file.read_text())
    holder = document.get("spec", document)
    check = holder.setdefault("check", {})
    check.update({key: value for key, value in said.items() if not key.startswith(PREFIX)})
    check.setdefault("metadata", {"name": "cpu"}).setdefault("annotations", {}).update(said)
    try:
        events = sensu.read(json.dumps(document).encode(), now=NOW)
    except InvalidEvent as error:
        check_refusal(error)
    else:
        check_payloads(events)


@settings(max_examples=150)
@given(st.sampled_from(sorted(EVENTS.glob("*.json"))), st.integers(0, 4000), st.binary(max_size=9))
def test_an_event_with_bytes_gone_wrong_is_sent_or_refused(
    file: Path, place: int, wrong: bytes
) -> None:
    raw = file.read_bytes()
    try:
        events = sensu.read(raw[:place] + wrong + raw[place + len(wrong) :], now=NOW)
    except InvalidEvent as error:
        check_refusal(error)
    else:
        check_payloads(events)


MACROS = """
    NOTIFICATIONTYPE HOSTNAME HOSTSTATE HOSTOUTPUT SERVICEDESC SERVICESTATE SERVICEOUTPUT
    LONGSERVICEOUTPUT SERVICEPERFDATA TIMET LASTSERVICESTATECHANGE SERVICEATTEMPT CONTACTEMAIL
    NOTIFICATIONCOMMENT NOTIFICATIONAUTHOR _SERVICEGRAPH_IMAGE _HOSTGRAPH_IMAGE SERVICENOTESURL
    SERVICEACTIONURL HOSTADDRESS SERVICEDURATIONSEC
"""
WORD = st.sampled_from(["PROBLEM", "RECOVERY", "CRITICAL", "DOWN", "-1", "99999999999999", "nan"])


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(MACROS.split()), st.one_of(WORD, TEXT), max_size=8))
def test_any_macros_of_nagios_are_sent_or_refused(macros: dict[str, str]) -> None:
    usual = {
        "NAGIOS_NOTIFICATIONTYPE": "PROBLEM",
        "NAGIOS_HOSTNAME": "web01",
        "NAGIOS_SERVICEDESC": "cpu",
        "NAGIOS_SERVICESTATE": "CRITICAL",
        "NAGIOS_SERVICEOUTPUT": "97 %",
    }
    environment = usual | {f"NAGIOS_{name}": text for name, text in macros.items()}
    try:
        events = list(nagios.read(environment, {}, now=NOW, contact="email"))
    except InvalidEvent as error:
        check_refusal(error)
    else:
        check_payloads(events)
