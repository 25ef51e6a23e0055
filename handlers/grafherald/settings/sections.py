"""The parts of the settings that every alert needs, with each default in this one place.

An attribute is the documented key; ``from`` and ``continue``, which Python keeps to itself, are
``from_`` and ``continue_``. What may be left out for good is "" or None by default.

These are named tuples because a process starts per event: making one such class takes 0.09 ms, a
frozen dataclass 0.6 ms (measured with Python 3.11). What an alert does not need is in
`grafherald.settings.served`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple


class Secret(str):
    """A text that its representation does not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Tell only whether there is one."""
        return "Secret(...)" if self else "Secret()"


class Each(dict[str, Any]):
    """No things yet by a name of the operator's own, and what such a thing is made of."""

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind


class Listed(tuple[Any, ...]):
    """No things yet, and what each of them is made of."""

    kind: Any

    def __new__(cls, kind: Any) -> Listed:
        made = super().__new__(cls)
        made.kind = kind
        return made


class GrafanaSettings(NamedTuple):
    """A Grafana and what opens it; the token goes there and nowhere else."""

    url: str = ""
    token: str = Secret()
    org_id: int | None = None
    ca_file: str = ""
    proxy: str = ""


class GraphSettings(NamedTuple):
    """The time that a panel shows; ``wait`` for it and ``reuse`` of it in seconds.

    ``draw`` and what follows is for pictures of our own; ``marks`` are all, none, or these.
    """

    from_: str = "now-6h"
    to: str = "now"
    wait: float = 10.0
    reuse: float = 30.0
    draw: str = "fallback"
    draw_after: float = 1.0
    theme: str = "dark"
    variables: Mapping[str, str] = {}
    marks: bool | tuple[str, ...] = True
    compare: str = ""


class PublishSettings(NamedTuple):
    """Where pictures become public: a directory or an object store."""

    directory: str = ""
    store: str = ""
    url: str = ""
    expires: int = 604_800


class KeepSettings(NamedTuple):
    """How long published pictures stay; 0 is no limit."""

    days: float = 30.0
    megabytes: float = 0.0


class ImagesSettings(NamedTuple):
    """How pictures are made and published: by a service, or here; ``timeout`` in seconds."""

    service: str = ""
    publish: PublishSettings = PublishSettings()
    names: str = "md5"
    secret: str = Secret()
    timeout: float = 20.0
    listen: str = "127.0.0.1:8080"
    grafana_urls: tuple[str, ...] = ()
    renders: int = 4
    keep: KeepSettings = KeepSettings()


class AlertsSettings(NamedTuple):
    """What the labels of alerts mean, of Alertmanager and of Grafana.

    Attributes:
        entity: labels, of which the first that an alert has names its host.
        variables: a dashboard's variable by the label whose value it takes, where it has another
            name; "" keeps a label to itself.
        datasource: Grafana's Prometheus, that is asked for the expressions of alerts without a
            panel; "" for the first that there is.
    """

    entity: tuple[str, ...] = ()
    variables: Mapping[str, str] = {}
    datasource: str = ""


class RouteMatch(NamedTuple):
    """What an event has to look like: globs, of which one has to fit; () is anything.

    One that begins with ``=~`` is a regular expression, which has to fit the whole.
    """

    check: tuple[str, ...] = ()
    entity: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = Each(tuple)


def fits(text: str, globs: Sequence[str]) -> bool:
    """Tell whether *text* is like one of *globs*, and like none of those behind ``!=`` or ``!~``.

    Behind ``=~`` and ``!~`` stands a regular expression, which *text* fits as a whole.

    Raises:
        re.error: one is no regular expression.
    """
    unwanted = [glob for glob in globs if glob.startswith(("!=", "!~"))]
    wanted = [glob for glob in globs if glob not in unwanted]
    if any(_is_like(text, glob[2:], is_regex=glob[1] == "~") for glob in unwanted):
        return False
    return not wanted or any(
        _is_like(text, glob.removeprefix("=~"), is_regex=glob.startswith("=~")) for glob in wanted
    )


def _is_like(text: str, glob: str, *, is_regex: bool) -> bool:
    return bool(re.fullmatch(glob, text, re.DOTALL)) if is_regex else fnmatchcase(text, glob)


class PanelGraph(NamedTuple):
    """A panel for events that name none: its render URL, with ``{{ label }}`` in it."""

    panel: str = ""
    match: RouteMatch = RouteMatch()


class Mute(NamedTuple):
    """A time in which a route tells nobody: days, ``sat-sun``, and hours, ``22:00-06:00``."""

    days: str = ""
    hours: str = ""
    tz: str = ""


class Route(NamedTuple):
    """Who hears of which events, and how often.

    Attributes:
        group_by: what the events of one message have in common; None is no grouping, () is one
            group for all.
        group_wait, group_interval: seconds.
    """

    channels: tuple[str, ...] = ()
    match: RouteMatch = RouteMatch()
    continue_: bool = False
    min_occurrences: int = 1
    repeat_every: int = 1
    group_by: tuple[str, ...] | None = None
    group_wait: float = 30.0
    group_interval: float = 300.0
    resolve: bool = True
    mute: tuple[Mute, ...] = Listed(Mute)


RENAMED = {"from": "from_", "continue": "continue_"}  # keys that are words of Python's own


def section(kind: Any, tree: Mapping[str, Any]) -> Any:
    """Make the named tuple *kind* of what the checked *tree* says; the rest has its default."""
    defaults = kind._field_defaults
    values = {}
    for key, value in tree.items():
        name = RENAMED.get(key, key)
        values[name] = _value(value, defaults[name])
    return kind(**values)


def _value(value: Any, default: Any) -> Any:
    """Read *value* as the type that *default* has; the schema has seen to it that it fits."""
    if isinstance(default, Each):
        made = _several if default.kind is tuple else lambda item: section(default.kind, item)
        return {name: made(item) for name, item in value.items()}
    if isinstance(default, Listed):
        return tuple(section(default.kind, item) for item in value)
    if hasattr(default, "_fields"):
        return section(type(default), value)
    if isinstance(default, tuple) or isinstance(value, list):
        return _several(value)
    return type(default)(value) if type(default) in (int, float, Secret) else value


def _several(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
