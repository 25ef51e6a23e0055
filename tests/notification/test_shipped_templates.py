"""The shipped forms of a notification: measured values as bars, and the short form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from email import message_from_bytes, policy
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grafherald.delivery.recipients import open_channel
from grafherald.event import Event, Kind, State
from grafherald.notification import Graph, Notification
from grafherald.notification.templates import Templates
from grafherald.settings import Settings

DISKS = "/=2643MB;5948;5958;0;5968 /srv=5900MB;5000;5800;0;5968 '<b>`x'=80%;75;90"
CHANNELS: dict[str, dict[str, Any]] = {
    "hipchat": {"room": "ops", "token": "t"},
    "slack": {"webhook_url": "https://hooks.slack.example.com/x"},
    "email": {"smtp": "smtp://localhost", "from": "a@example.com", "to": "b@example.com"},
}
MakeEvent = Callable[..., Event]


def payload(event: Event, kind: str, template: str = "") -> Any:
    config = Settings.of(
        {"channels": {"c": {"type": kind, "template": template, **CHANNELS[kind]}}}
    )
    (channel,) = open_channel(
        next(iter(config.channels)), event, config, Templates(None, pytest.fail)
    )
    graph = Graph("https://g/render/1", "https://g/d/1", png=b"\x89PNG")
    return channel.payload(Notification(event, (graph,)))


def part(mail: str, kind: str) -> str:
    found = message_from_bytes(mail.encode(), policy=policy.default).get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def sections(message: Mapping[str, Any]) -> list[str]:
    return [block["text"]["text"] for block in message["blocks"] if block["type"] == "section"]


ROWS = [
    "█████████░  99 %  /srv  5,900 MB of 5,968 MB  CRITICAL",
    "████████░░  80 %  <b>'x  WARNING",
    "████░░░░░░  44 %  /  2,643 MB of 5,968 MB",
]


def test_a_text_shows_bars_the_worst_first(make_event: MakeEvent) -> None:
    text = part(payload(make_event(perfdata=DISKS), "email"), "plain")
    assert "97 % used\n\n" + "\n".join(ROWS) + "\n\n" in text


def test_hipchat_shows_them_in_the_tags_that_it_has(make_event: MakeEvent) -> None:
    message = payload(make_event(perfdata=DISKS), "hipchat")["message"]
    rows = "\n".join(ROWS).replace("<b>", "&lt;b&gt;").replace("'", "&#39;")
    assert f"<pre>{rows}\n</pre>" in message


def test_slack_shows_them_in_a_block_of_their_own(make_event: MakeEvent) -> None:
    shown = sections(payload(make_event(perfdata=DISKS), "slack"))
    rows = "\n".join(ROWS).replace("<b>", "&lt;b&gt;")
    assert f"```\n{rows}\n```" in shown


class Cells(HTMLParser):
    """The widths and colours of the cells that bars are made of."""

    def __init__(self) -> None:
        super().__init__()
        self.filled: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "td" and "bgcolor" in found and "width" in found:
            self.filled.append((str(found["width"]), str(found["bgcolor"])))


def test_a_mail_draws_them_with_cells(make_event: MakeEvent) -> None:
    html = part(payload(make_event(perfdata=DISKS), "email"), "html")
    cells = Cells()
    cells.feed(html)
    assert cells.filled == [("99%", "#b3261e"), ("80%", "#f5c518"), ("44%", "#1b6e3c")]
    assert "<b>`x" not in html
    assert html.count("<b>CRITICAL</b>") == html.count("<b>WARNING</b>") == 1


def test_many_values_are_cut_and_counted(make_event: MakeEvent) -> None:
    event = make_event(perfdata=" ".join(f"m{number}={number}" for number in range(40)))
    assert "and 28 more values" in part(payload(event, "email"), "plain")
    assert "and 28 more values" in part(payload(event, "email"), "html")


@pytest.mark.parametrize("kind", CHANNELS)
def test_without_values_nothing_is_said(make_event: MakeEvent, kind: str) -> None:
    one = payload(make_event(perfdata="p99=812ms;300;500"), kind)
    without = payload(make_event(), kind)
    dateless = re.compile(r"Date: .*")
    assert dateless.sub("", str(one)) == dateless.sub("", str(without))


SHORT = "web01/cpu is CRITICAL: CheckCPU CRITICAL: 97 % used"


def test_the_short_form_is_one_line_everywhere(make_event: MakeEvent) -> None:
    event = make_event(perfdata=DISKS, links=(("Notes", "https://wiki.example.com"),))
    assert payload(event, "hipchat", "short")["message"] == SHORT
    slack = payload(event, "slack", "short")
    assert sections(slack) == [SHORT.partition(": ")[2]]
    mail = message_from_bytes(payload(event, "email", "short").encode(), policy=policy.default)
    assert (mail.get_content_type(), mail.get_content().strip()) == ("text/plain", SHORT)


@settings(max_examples=30)
@given(st.text(max_size=400), st.text(max_size=400), st.sampled_from(Kind))
def test_the_short_form_never_gets_longer(output: str, comment: str, kind: Kind) -> None:
    event = Event(
        *("nagios", kind, State.CRITICAL, 2, "web01", "cpu", output),
        occurred_at=datetime(2026, 11, 21, tzinfo=timezone.utc),
        comment=comment,
    )
    mail = message_from_bytes(payload(event, "email", "short").encode(), policy=policy.default)
    assert 0 < len(mail.get_content().strip()) <= 160


@settings(max_examples=30)
@given(st.text(alphabet="a1'=;:%<>&`\"{} /", max_size=200))
def test_any_values_leave_every_message_whole(perfdata: str) -> None:
    event = Event(
        *("nagios", Kind.PROBLEM, State.CRITICAL, 2, "web01", "cpu", ""),
        occurred_at=datetime(2026, 11, 21, tzinfo=timezone.utc),
        perfdata=perfdata,
    )
    for shown in sections(payload(event, "slack")):
        assert shown.count("```") % 2 == 0
        assert "<" not in shown.partition("```")[2].rpartition("```")[0]
    assert part(payload(event, "email"), "html").rstrip().endswith("</html>")
