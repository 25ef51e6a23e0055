"""Whom an event may name: names come from outside, and the channel's token reaches everybody.

It is looked at where channels are opened, by whom each would really reach, so that it holds for
every channel type however that reads names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from grafherald.errors import ConfigError, excerpt
from grafherald.event import Event

if TYPE_CHECKING:
    from grafherald.channels import Channel, ChannelType
    from grafherald.notification.templates import Templates

_MOST = 20  # that one event may name in one channel
_SAID = 5  # of those refused


class Opened(NamedTuple):
    """A channel's recipients.

    Attributes:
        channels: one for each recipient that is left.
        refused: whom the event named and may not, with why, a few words; or "".
    """

    channels: Sequence[Channel]
    refused: str = ""


def opened(
    kind: ChannelType,
    name: str,
    settings: Mapping[str, Any],
    event: Event,
    templates: Templates,
) -> Opened:
    """Open a channel for those whom its settings name, or the event and ``allow`` permits.

    Where nobody whom the event names is permitted, those of the settings are taken.

    Raises:
        ConfigError: a setting is wrong, or nobody is left.
    """
    found = kind.open(name, settings, event, templates)
    if not _names(kind, event):
        return Opened(found)
    usual = kind.open(name, settings, _naming(kind, event, ()), templates)
    own = {channel.recipient for channel in usual}
    named = [channel.recipient for channel in found if channel.recipient not in own]
    refused, text = _refused(named, settings.get("allow"), f"channels.{name}")
    if not refused:
        return Opened(found)
    kept = [each.recipient for each in found if each.recipient not in refused]
    if kept:
        return Opened(kind.open(name, settings, _naming(kind, event, kept), templates), text)
    if own == {""}:
        raise ConfigError(f"nobody is told: {text}")
    return Opened(usual, text)


def _names(kind: ChannelType, event: Event) -> bool:
    """Tell whether the event names anybody in channels of that kind."""
    told = event.overrides.get(kind.override) or event.attributes.get(kind.attribute)
    return bool(kind.setting and (told or event.addresses))


def _naming(kind: ChannelType, event: Event, names: Sequence[str]) -> Event:
    """The event as if it named these, and in one way only."""
    attributes = {key: value for key, value in event.attributes.items() if key != kind.attribute}
    return event._replace(
        attributes={**attributes, kind.attribute: tuple(names)} if names else attributes,
        overrides={key: text for key, text in event.overrides.items() if key != kind.override},
        addresses=(),
    )


def _refused(named: Sequence[str], allow: Any, place: str) -> tuple[set[str], str]:
    """Sort out those of the *named* who may not be reached, and write down why."""
    patterns = None if allow is None else [str(each).casefold() for each in allow]
    strangers = [name for name in named if patterns is not None and not _fits(name, patterns)]
    more = [name for name in named if name not in strangers][_MOST:]
    reasons = (
        (strangers, f"{place}.allow does not have"),
        (more, f"an event may name {_MOST}, it does not reach"),
    )
    text = "; ".join(f"{why} {_listed(names)}" for names, why in reasons if names)
    return {*strangers, *more}, text


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name.casefold(), pattern) for pattern in patterns)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(excerpt, names[:_SAID]))
    return shown + (f" and {len(names) - _SAID} more" if len(names) > _SAID else "")
