"""What every channel type owes, whoever wrote it: its descriptor holds what it says."""

from __future__ import annotations

import configparser
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from grafherald import channels, inputs, registry
from grafherald.channels import ChannelType, Probe
from grafherald.commands import _types
from grafherald.errors import ConfigError, DeliveryError
from grafherald.event import Event
from grafherald.notification import Notification
from grafherald.notification.templates import Templates
from grafherald.settings import schema

TYPES = [pytest.param(channels.find(name), id=name) for name in channels.names()]
ADDRESSED = [pytest.param(each.values[0], id=each.id) for each in TYPES if each.values[0].attribute]
every = pytest.mark.parametrize("kind", TYPES)
addressed = pytest.mark.parametrize("kind", ADDRESSED)


def _shape(kind: ChannelType) -> dict[str, Any]:
    return dict(schema.load(f"channel-{kind.name}"))


def _names(kind: ChannelType, event: Event, templates: Templates, **more: Any) -> list[str]:
    return [each.recipient for each in kind.open("c", {**kind.sample, **more}, event, templates)]


@every
def test_the_sample_fits_the_schema(kind: ChannelType) -> None:
    sample = {"type": kind.name, **kind.sample}
    assert schema.problems(f"channel-{kind.name}", sample) == []


@every
def test_the_schema_refuses_a_key_that_it_does_not_know(kind: ChannelType) -> None:
    sample = {"type": kind.name, **kind.sample, "nonesuch": 1}
    assert schema.problems(f"channel-{kind.name}", sample) == ["nonesuch: unknown key"]


@every
def test_every_key_says_what_it_means(kind: ChannelType) -> None:
    properties = _shape(kind)["properties"]
    assert [key for key, about in properties.items() if not about.get("description")] == []
    assert {"type", "fallback", "per_minute", "template"} <= set(properties)


@every
def test_the_sample_opens_and_shows_what_it_would_send(
    kind: ChannelType, event: Event, notification: Notification, templates: Templates
) -> None:
    (channel,) = kind.open("c", kind.sample, event, templates)
    assert (channel.name, channel.type) == ("c", kind.name)
    assert channel.recipient
    assert channel.wants in ("url", "bytes", "either")
    assert event.check in str(channel.payload(notification))
    assert isinstance(channel, Probe)


@addressed
def test_the_override_wins_over_the_attribute_and_that_over_the_settings(
    kind: ChannelType, make_event: Callable[..., Event], templates: Templates
) -> None:
    set_, named, told = "a@example.com", "b@example.com", "c@example.com, d@example.com"
    settings = {kind.setting: [set_]}
    attributes, overrides = {kind.attribute: (named,)}, {kind.override: told}
    assert _names(kind, make_event(), templates, **settings) == [set_]
    by_attribute = make_event(attributes=attributes)
    assert _names(kind, by_attribute, templates, **settings) == [named]
    by_both = make_event(attributes=attributes, overrides=overrides)
    assert _names(kind, by_both, templates, **settings) == ["c@example.com", "d@example.com"]


@addressed
def test_inputs_pass_the_attribute_on(kind: ChannelType) -> None:
    raw = b'{"client": {"name": "web01"}, "check": {"name": "cpu", "status": 2, "ATTRIBUTE": "x"}}'
    from datetime import datetime, timezone

    now = datetime(2026, 11, 21, tzinfo=timezone.utc)
    (event,) = inputs.find("sensu").parse(
        raw.replace(b"ATTRIBUTE", kind.attribute.encode()), now=now
    )
    assert event.attributes == {kind.attribute: ("x",)}


@every
def test_nobody_to_tell_is_a_failure_of_the_delivery(
    kind: ChannelType, event: Event, notification: Notification, templates: Templates
) -> None:
    if not kind.setting or "webhook_url" in kind.sample:
        pytest.skip("whom it goes to is no name")
    settings = {key: value for key, value in kind.sample.items() if key != kind.setting}
    (channel,) = kind.open("c", settings, event, templates)
    assert channel.recipient == ""
    with pytest.raises(DeliveryError):
        channel.send(notification)


def test_an_unknown_type_is_an_error_that_lists_the_known() -> None:
    with pytest.raises(ConfigError, match="there is no channel type 'pigeon'; there are apprise, "):
        channels.find("pigeon")


@pytest.mark.parametrize("name", ["__init__", "..slack", "slack.bot", "", "hip chat"])
def test_what_is_no_name_is_no_type(name: str) -> None:
    with pytest.raises(ConfigError, match="there is no channel type"):
        channels.find(name)


@pytest.mark.parametrize(
    ("changes", "said"), [({"attribute": "token"}, "attribute"), ({"override": "url"}, "override")]
)
def test_a_type_that_no_event_could_address_is_refused(changes: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ChannelType("pigeon", lambda *_: [], {}, {}, **changes)


@pytest.mark.parametrize("group", [channels.GROUP, inputs.GROUP])
def test_our_own_stand_among_the_entry_points(group: str) -> None:
    settings = configparser.ConfigParser()
    settings.read(Path(__file__).parents[2] / "setup.cfg")
    listed = settings["options.entry_points"][group].split()
    words = [f"{name} = {group}.{name}:TYPE".split() for name in registry.ours(group)]
    assert listed == [word for line in words for word in line]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"TYPE": 5}, "the channel type 'pigeon' is no ChannelType"),
        ({}, "no channel type 'pigeon'"),
    ],
)
def test_a_module_that_holds_no_descriptor_is_said(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, Any], said: str
) -> None:
    module = ModuleType("grafherald.channels.pigeon")
    module.__dict__.update(found)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with pytest.raises(ConfigError, match=said):
        channels.find("pigeon")


def test_the_documentation_has_the_table_of_the_descriptors() -> None:
    document = (Path(__file__).parents[2] / "docs" / "channels.md").read_text()
    assert "\n".join(_types.table()) in document, "make it anew: grafherald preview --table"


@every
def test_a_type_says_what_its_limits_are(kind: ChannelType) -> None:
    assert kind.limits
    assert kind.pictures
    assert kind.resolves
