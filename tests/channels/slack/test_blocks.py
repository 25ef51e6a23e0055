"""A notification as Slack's blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grafherald.channels.slack import blocks
from grafherald.event import Event
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
