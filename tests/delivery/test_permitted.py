"""An event can't choose just anybody: whom it names has to fit the channel's ``allow``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grafherald import channels
from grafherald.channels import ChannelType
from grafherald.delivery.recipients import open_channel, recipients_of, with_refusals
from grafherald.errors import ConfigError
from grafherald.event import Event
from grafherald.notification import Notification
from grafherald.notification.templates import Templates
from grafherald.settings import Settings

MakeEvent = Callable[..., Event]
ADDRESSED = [
    pytest.param(kind, id=kind.name)
    for kind in map(channels.find, channels.names())
    if kind.attribute
]
TEMPLATES = Templates(None, pytest.fail)


def config(kind: ChannelType, **more: Any) -> Settings:
    channel = {**kind.sample, "type": kind.name, kind.setting: "desk@example.com", **more}
    return Settings.of({"channels": {"c": {k: v for k, v in channel.items() if v is not None}}})


def told(event: Event, settings: Settings) -> list[str]:
    return [channel.recipient for channel in open_channel("c", event, settings, TEMPLATES)]


def line(event: Event, settings: Settings) -> str:
    rows = dict(with_refusals(event, "c", settings, TEMPLATES).details)
    return rows.get("Not told", "")


@pytest.mark.parametrize("kind", ADDRESSED)
def test_who_is_not_on_the_list_is_not_told_and_the_message_says_so(
    kind: ChannelType, make_event: MakeEvent
) -> None:
    settings = config(kind, allow=["*@EXAMPLE.com"])
    event = make_event(attributes={kind.attribute: ("jane@example.com", "eve@evil.example")})
    assert told(event, settings) == ["jane@example.com"]
    (channel,) = open_channel("c", event, settings, TEMPLATES)
    shown = with_refusals(event, "c", settings, TEMPLATES)
    assert line(event, settings) == "channels.c.allow does not have 'eve@evil.example'"
    assert "does not have" in str(channel.payload(Notification(shown))).replace("=\n", "")


@pytest.mark.parametrize("kind", ADDRESSED)
def test_an_annotation_is_no_way_around_the_list(kind: ChannelType, make_event: MakeEvent) -> None:
    event = make_event(overrides={kind.override: "eve@evil.example, joe@example.com"})
    assert told(event, config(kind, allow=["*@example.com"])) == ["joe@example.com"]


@pytest.mark.parametrize("kind", ADDRESSED)
def test_where_all_are_refused_the_settings_own_are_told(
    kind: ChannelType, make_event: MakeEvent
) -> None:
    event = make_event(attributes={kind.attribute: ("eve@evil.example",)})
    settings = config(kind, allow=["*@example.com"])
    assert told(event, settings) == ["desk@example.com"]
    assert line(event, settings)
    assert told(event, config(kind, allow=[])) == ["desk@example.com"]


@pytest.mark.parametrize("kind", ADDRESSED)
def test_whom_the_settings_name_needs_no_permission(
    kind: ChannelType, make_event: MakeEvent
) -> None:
    settings = config(kind, allow=["#ops-*"])
    assert told(make_event(), settings) == ["desk@example.com"]
    event = make_event(attributes={kind.attribute: ("desk@example.com",)})
    assert (told(event, settings), line(event, settings)) == (["desk@example.com"], "")


@pytest.mark.parametrize("kind", ADDRESSED)
def test_an_event_reaches_twenty_at_most(kind: ChannelType, make_event: MakeEvent) -> None:
    names = tuple(f"p{number}@example.com" for number in range(27))
    event = make_event(attributes={kind.attribute: names})
    settings = config(kind)
    assert told(event, settings) == list(names[:20])
    assert line(event, settings).startswith("an event may name 20, it does not reach 'p20@")
    assert line(event, settings).endswith("'p24@example.com' and 2 more")


def test_a_mail_is_judged_by_the_address_that_it_would_reach(make_event: MakeEvent) -> None:
    settings = config(channels.find("email"), allow=["*@example.com", "jane*"])
    names = (
        "jane@example.com <eve@evil.example>",
        "eve@evil.example, x@example.com",
        "eve@evil.example; y@example.com",
    )
    event = make_event(attributes={"mail_to": names}, addresses=("z@evil.example",))
    assert told(event, settings) == ["x@example.com", "y@example.com"]
    (mail, _) = open_channel("c", event, settings, TEMPLATES)
    assert "To: x@example.com, y@example.com" in str(mail.payload(Notification(event)))


def test_addresses_that_the_source_names_are_looked_at_too(make_event: MakeEvent) -> None:
    event = make_event(addresses=("jane@example.com", "eve@evil.example"))
    settings = config(channels.find("email"), to=None, allow=["*@example.com"])
    assert told(event, settings) == ["jane@example.com"]


def test_where_nobody_is_left_the_delivery_fails_with_the_reason(make_event: MakeEvent) -> None:
    event = make_event(attributes={"slack_channel": ("#ceo",)})
    sample = {"token": "xoxb-1", "webhook_url": None, "channel": None}
    settings = config(channels.find("slack"), **sample, allow=["#ops-*"])
    (recipient,) = recipients_of(event, settings, TEMPLATES)
    assert recipient.recipient == ""
    with pytest.raises(ConfigError, match=r"^nobody is told: channels\.c\.allow .* '#ceo'$"):
        told(event, settings)
