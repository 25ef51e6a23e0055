from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from grafherald.delivery.graphs import graphs_of
from grafherald.delivery.recipients import group_of, open_channel, with_refusals
from grafherald.event import Event
from grafherald.notification import Notification
from grafherald.notification.templates import Templates
from grafherald.settings import Settings

MakeEvent = Callable[..., Event]


@pytest.mark.parametrize(
    ("override", "setting", "attribute", "shown"),
    [
        ("", "", "", "whole"),
        ("", "", "short", "short"),
        ("", "none-such", "short", "whole"),
        ("", "short", "none-such", "short"),
        ("none-such", "short", "short", "whole"),
        ("", "", "no-formatter-of-ours", "whole"),
    ],
)
def test_the_form_is_chosen_by_annotation_channel_or_check(
    make_event: MakeEvent, override: str, setting: str, attribute: str, shown: str
) -> None:
    event = make_event(
        overrides={"template": override} if override else {},
        attributes={"template": (attribute,)} if attribute else {},
    )
    channel = {"type": "hipchat", "room": "ops", "token": "t"}
    settings = {"channels": {"ops": channel | ({"template": setting} if setting else {})}}
    (opened,) = open_channel("ops", event, Settings.of(settings), Templates(None, pytest.fail))
    payload = opened.payload(Notification(event))
    assert isinstance(payload, Mapping)
    short = "web01/cpu is CRITICAL: CheckCPU CRITICAL: 97 % used"
    assert (payload["message"] == short) is (shown == "short")


@pytest.mark.parametrize(
    ("keys", "group"),
    [
        ([], "all"),
        (["check"], "check=cpu"),
        (["severity", "team", "nosuch"], "severity=critical team=db nosuch="),
    ],
)
def test_a_group_is_known_by_its_keys(make_event: MakeEvent, keys: list[str], group: str) -> None:
    assert group_of(make_event(labels={"team": "db"}), keys) == group


def test_a_channel_that_an_event_names_and_nobody_configured_is_said(make_event: MakeEvent) -> None:
    event = make_event(overrides={"channels": "ops, opps,"})
    settings = {"channels": {"ops": {"type": "hipchat", "room": "ops", "token": "t"}}}
    told = with_refusals(event, "ops", Settings.of(settings), Templates(None, pytest.fail))
    assert told.details == (("Not told", "no channel 'opps' in the settings"),)


def test_a_time_that_is_none_is_not_used_and_said(make_event: MakeEvent) -> None:
    event = make_event(
        overrides={"graph.from": "6 hours ago", "graph.to": "now"},
        attributes={"graph_image": ("https://g/render/d-solo/a?panelId=1",)},
    )
    config = Settings.of({"channels": {"ops": {"type": "hipchat", "room": "ops", "token": "t"}}})
    assert graphs_of(event, config)[0].render_url.endswith("&from=now-6h&to=now")
    told = with_refusals(event, "ops", config, Templates(None, pytest.fail))
    ((label, text),) = told.details
    assert (label, text[:34]) == ("Not used", "graph.from '6 hours ago': expected")
