"""A notification as Slack's blocks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from grafherald.channels.slack import blocks, markup
from grafherald.demo.standins.blocks import problem
from grafherald.event import Event, Kind
from grafherald.notification import Notification
from grafherald.notification.templates import Templates

from ..conftest import PANEL

MakeEvent = Callable[..., Event]


def shown(event: Event, templates: Templates, source: str = "") -> list[dict[str, Any]]:
    found = blocks.message(Notification(event, (PANEL,)), lambda *_: source, templates)["blocks"]
    assert isinstance(found, list)
    return found


def test_a_long_name_does_not_cut_the_state_off(
    make_event: MakeEvent, templates: Templates
) -> None:
    event = make_event(entity="web" * 60, status=127)
    header = shown(event, templates)[0]["text"]["text"]
    assert header.endswith("… is CRITICAL (exit 127)")
    assert len(header) == 150


@pytest.mark.parametrize("where", ["output", "long_output", "comment", "details", "attributes"])
def test_no_text_ends_its_code_block(
    make_event: MakeEvent, templates: Templates, where: str
) -> None:
    text = "one\n``` two ````\n<!channel>"
    said: dict[str, Any] = {
        "details": (("hook ps", text),),
        "attributes": {"notification": (text,)},
    }
    event = make_event(**{"output": "x", where: said.get(where, text)})
    sections = [block["text"]["text"] for block in shown(event, templates) if "text" in block]
    (section,) = [section for section in sections if "&lt;!channel&gt;" in section]
    inside = section.split("```")[1::2]
    assert any("two" in code and "&lt;!channel&gt;" in code for code in inside)


def test_the_rest_of_a_long_output_comes_last(make_event: MakeEvent, templates: Templates) -> None:
    event = make_event(output="\n".join(map(str, range(20))))
    kinds = [block["type"] for block in shown(event, templates, "https://public/1.png")]
    assert kinds == ["header", "section", "image", "section", "section"]
    last = shown(event, templates, "https://public/1.png")[-1]["text"]["text"]
    assert last.startswith("```\n5\n6\n")
    assert last.endswith("\n19\n```")


def texts(blocks: list[dict[str, Any]]) -> list[str]:
    return [block["text"]["text"] for block in blocks if block["type"] == "section"]


def test_four_long_templates_stay_within_slacks_limits_together(
    make_event: MakeEvent, tmp_path: Path
) -> None:
    for name in ("text", "perfdata", "more", "rest"):
        path = tmp_path / "slack" / f"{name}.mrkdwn"
        path.parent.mkdir(exist_ok=True)
        path.write_text("{% for n in range(900) %}```{{ n }} &amp;``` {% endfor %}")
    found = shown(make_event(), Templates(tmp_path, pytest.fail))
    assert problem(found) == ""
    assert len(texts(found)) == 4


def test_a_url_in_an_output_is_a_link(make_event: MakeEvent, templates: Templates) -> None:
    event = make_event(output="see https://logs.example.com/q?a=1&b=2, (or http://other.example).")
    assert texts(shown(event, templates))[0] == (
        "```\nsee <https://logs.example.com/q?a=1&amp;b=2>, (or <http://other.example>).\n```"
    )


@pytest.mark.parametrize("text", ["an https://... address", "(http://)", "https:///.", "http://:;"])
def test_a_scheme_alone_is_no_link(make_event: MakeEvent, templates: Templates, text: str) -> None:
    assert texts(shown(make_event(output=text), templates))[0] == f"```\n{text}\n```"


def test_a_url_that_was_cut_is_no_link(make_event: MakeEvent, templates: Templates) -> None:
    event = make_event(output="https://logs.example.com/" + "x" * 9000)
    assert "<https://logs" not in texts(shown(event, templates))[0]


def test_times_are_the_readers(make_event: MakeEvent, templates: Templates) -> None:
    event = make_event()
    event = event._replace(since=event.occurred_at - timedelta(minutes=7))
    began = int(event.occurred_at.timestamp()) - 420
    assert (
        f"*Since* <!date^{began}^{{date_num}} {{time_secs}}|" in texts(shown(event, templates))[-1]
    )


@pytest.mark.parametrize("kind", [Kind.ACKNOWLEDGEMENT, Kind.CUSTOM, Kind.DOWNTIME_START])
def test_a_lock_screen_says_what_a_person_said(
    make_event: MakeEvent, templates: Templates, kind: Kind
) -> None:
    event = make_event(entity="web" * 60, kind=kind, author="jane", comment="disk is ordered")
    first = blocks.message(Notification(event), lambda *_: "", templates)["text"][:160]
    assert Notification(event).state in first
    assert "jane: disk is ordered" in first


def test_a_lock_screen_skips_blank_lines(make_event: MakeEvent, templates: Templates) -> None:
    event = make_event(output="\n\n  disk is full")
    message = blocks.message(Notification(event), lambda *_: "", templates)
    assert message["text"] == "🔴 web01/cpu is CRITICAL: disk is full"
    assert texts(message["blocks"])[0].startswith("```\n  disk is full")


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("short", 20, "short"),
        ("a <https://example.com/x|link> b", 20, "a…"),
        ("tom &amp; jerry and others", 9, "tom…"),
        ("```\ncode & more of it\n``` end", 20, "```\ncode & more…\n```"),
    ],
)
def test_a_cut_is_between_tokens(text: str, limit: int, kept: str) -> None:
    assert markup.cut(text, limit) == kept
    assert len(markup.cut(text, limit)) <= limit
