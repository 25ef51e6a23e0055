"""Whom an event goes to: the routes name channels, the channels name their recipients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from grafherald import channels
from grafherald.delivery.graphs import wrong_times
from grafherald.delivery.model import Recipient
from grafherald.delivery.permitted import Opened, opened
from grafherald.delivery.routing import routes_for
from grafherald.errors import ConfigError, excerpt
from grafherald.event import Event
from grafherald.settings import Settings
from grafherald.settings.sections import Route

if TYPE_CHECKING:
    from grafherald.channels import Channel
    from grafherald.notification.templates import Templates


def recipients_of(
    event: Event, config: Settings, templates: Templates, now: datetime | None = None
) -> list[Recipient]:
    """Everybody who gets *event* at the time *now*, by the routes.

    A channel that can't be opened stands there without a recipient: its delivery will fail with
    the reason and be kept for a person, and does not cost the other channels theirs.
    """
    found = []
    for name, route in routes_for(event, config.routes, config.channel_names, now):
        for each in recipients_in(name, event, config, templates):
            found.append(each if _is_apart(name, config) else _grouped(each, event, route))
    return found


def recipients_in(
    name: str, event: Event, config: Settings, templates: Templates
) -> list[Recipient]:
    """The recipients of *event* in one channel; without a name where it can't be opened."""
    try:
        found = open_channel(name, event, config, templates)
    except ConfigError:
        return [Recipient(name, "")]
    return [Recipient(name, channel.recipient) for channel in found]


def open_channel(name: str, event: Event, config: Settings, templates: Templates) -> list[Channel]:
    """Open the channel *name* of the settings, once per recipient of *event*'s.

    Raises:
        ConfigError: its settings can't be used; the text names the key.
    """
    return list(_opened(name, event, config, templates).channels)


def with_refusals(event: Event, name: str, config: Settings, templates: Templates) -> Event:
    """Add to *event* what it asked for in vain: whom *name* does not reach, a channel, a time."""
    refused = _opened(name, event, config, templates).refused
    wanted = event.overrides.get("channels", "").split(",")
    unknown = [each.strip() for each in wanted if each.strip() not in ("", *config.channel_names)]
    missing = f"no channel {', '.join(map(excerpt, unknown))} in the settings" if unknown else ""
    rows = [("Not told", text) for text in (refused, missing) if text]
    rows += [("Not used", text) for text in wrong_times(event)]
    return event._replace(details=(*event.details, *rows))


def _opened(name: str, event: Event, config: Settings, templates: Templates) -> Opened:
    config.require(f"channels.{name}")
    settings = config.channels.get(name)
    if settings is None:
        raise ConfigError(f"channels.{name}: is not in the settings")
    try:
        found = channels.find(settings["type"])
    except ConfigError as error:
        raise ConfigError(f"channels.{name}.type: {error}") from None
    return opened(found, name, settings, event, templates.styled(_style(settings, event)))


def _style(settings: Mapping[str, Any], event: Event) -> str:
    """Which form a channel shows *event* in; a pager's stays short whatever a check says."""
    named = event.overrides.get("template") or settings.get("template")
    return str(named or event.attribute("template"))


def _is_apart(name: str, config: Settings) -> bool:
    """Tell whether each problem goes to a channel by itself, whatever comes with it."""
    try:
        return channels.find(str(config.channel(name).get("type"))).apart
    except ConfigError:  # whoever opens it says so
        return False


def _grouped(recipient: Recipient, event: Event, route: Route) -> Recipient:
    if route.group_by is None:
        return recipient._replace(group=event.group)
    return Recipient(
        recipient.channel,
        recipient.recipient,
        group=group_of(event, route.group_by),
        wait=timedelta(seconds=route.group_wait),
        interval=timedelta(seconds=route.group_interval),
    )


def group_of(event: Event, keys: Sequence[str]) -> str:
    """The text that events have in common which go as one: ``check=disk team=db``.

    A key is ``entity``, ``check``, ``severity``, ``source``, ``namespace`` or a label's name.
    """
    values = {
        "entity": event.entity,
        "check": event.check,
        "severity": event.state.value,
        "source": event.source,
        "namespace": event.namespace,
    }
    return " ".join(f"{key}={values.get(key, event.labels.get(key, ''))}" for key in keys) or "all"
