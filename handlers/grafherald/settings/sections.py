"""The parts of the settings, with each default in this one place.

An attribute is the documented key; ``from`` and ``continue``, which Python keeps to itself, are
``from_`` and ``continue_``. What may be left out for good is "" or None by default.

These are named tuples because a process starts per event: making one such class takes 0.09 ms, a
frozen dataclass 0.6 ms (measured with Python 3.11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple


class Secret(str):
    """A text that its representation does not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Tell only whether there is one."""
        return "Secret(...)" if self else "Secret()"


class GrafanaSettings(NamedTuple):
    """A Grafana and what opens it; the token goes there and nowhere else."""

    url: str = ""
    token: str = Secret()
    org_id: int | None = None
    ca_file: str = ""
    proxy: str = ""


class GraphSettings(NamedTuple):
    """The time that a panel shows; ``wait`` for it and ``reuse`` of it in seconds."""

    from_: str = "now-6h"
    to: str = "now"
    wait: float = 10.0
    reuse: float = 30.0


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
    """

    entity: tuple[str, ...] = ()
    variables: Mapping[str, str] = {}


class RouteMatch(NamedTuple):
    """What an event has to look like: globs, of which one has to fit; () is anything.

    One that begins with ``=~`` is a regular expression, which has to fit the whole.
    """

    check: tuple[str, ...] = ()
    entity: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = {}


def fits(text: str, glob: str) -> bool:
    """Tell whether *text* is like a glob, or fits a regular expression behind ``=~`` as a whole.

    Raises:
        re.error: it is no regular expression.
    """
    if not glob.startswith("=~"):
        return fnmatchcase(text, glob)
    return re.fullmatch(glob[2:], text, re.DOTALL) is not None


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
    mute: tuple[Mute, ...] = ()


class RoomSettings(NamedTuple):
    """A room of the chat: the Grafanas it may ask, and its pictures where they differ."""

    grafana: tuple[str, ...] = ()
    from_: str = ""
    to: str = ""
    width: int | None = None
    height: int | None = None
    tz: str = ""
    theme: str = ""
    scale: float | None = None
    api_endpoint: str = ""


class ChatSlackSettings(NamedTuple):
    """The bot in Slack."""

    signing_secret: str = Secret()
    token: str = Secret()
    app_token: str = Secret()
    threads: bool = False


class DoorSettings(NamedTuple):
    """A door that a token opens: HipChat's webhook, or ``/chat/query``."""

    token: str = Secret()


class ChatSettings(NamedTuple):
    """The chat: who may ask which Grafana what, and how pictures look; ``timeout`` in seconds."""

    grafanas: Mapping[str, GrafanaSettings] = {}
    rooms: Mapping[str, RoomSettings] = {}
    users: tuple[str, ...] = ()
    names: tuple[str, ...] = ("grafherald", "hubot")
    aliases: Mapping[str, str] = {}
    from_: str = ""
    to: str = ""
    width: int = 1000
    height: int = 500
    tz: str = ""
    theme: str = ""
    scale: float | None = None
    api_endpoint: str = ""
    limit: int = 25
    timeout: float = 30.0
    renders: int = 8
    rate: int = 20
    slack: ChatSlackSettings = ChatSlackSettings()
    hipchat: DoorSettings = DoorSettings()
    query: DoorSettings = DoorSettings()


class TokenApiSettings(NamedTuple):
    """A monitoring system's API that a token opens."""

    url: str = ""
    token: str = Secret()
    ca_file: str = ""


class UserApiSettings(NamedTuple):
    """A monitoring system's API that a user opens."""

    url: str = ""
    user: str = ""
    password: str = Secret()
    ca_file: str = ""


class SensuSettings(NamedTuple):
    """Sensu's own pages: of Sensu Go, and Uchiwa of Sensu Core."""

    url: str = ""
    uchiwa: str = ""
    api: TokenApiSettings = TokenApiSettings()


class IcingaSettings(NamedTuple):
    """Icinga 2, to give on what is done on the board."""

    api: UserApiSettings = UserApiSettings()


class AlertmanagerSettings(NamedTuple):
    """Alertmanager, to give on what is done on the board."""

    url: str = ""
    token: str = Secret()
    ca_file: str = ""


class NagiosSettings(NamedTuple):
    """The pages of Nagios or Icinga 1, and Icinga Web 2."""

    url: str = ""
    icingaweb: str = ""


class HistorySettings(NamedTuple):
    """How long events and alerts are kept."""

    days: float = 90.0


class DatasourceSettings(NamedTuple):
    """The history as Grafana's datasource; ``seconds`` is how long a query may take."""

    listen: str = "127.0.0.1:3081"
    token: str = Secret()
    user: str = ""
    password: str = Secret()
    origins: tuple[str, ...] = ()
    seconds: float = 10.0


class UserSettings(NamedTuple):
    """One who may log in at the board; the password as ``grafherald password`` makes it."""

    password: str = Secret()
    role: str = "act"


class BoardSettings(NamedTuple):
    """Who may look at the board; ``open`` None: whoever reaches it, unless there is a password."""

    user: str = "oncall"
    password: str = Secret()
    open: bool | None = None
    secret: str = Secret()
    users: Mapping[str, UserSettings] = {}
    trusted_proxies: tuple[str, ...] = ()
    user_header: str = "X-Remote-User"
    proxy_role: str = "look"
    deploys: tuple[str, ...] = ()
    page: int = 100
    new_minutes: float = 10.0


class ListenSettings(NamedTuple):
    """Where the daemon listens."""

    tcp: str = ""
    udp: str = ""
    http: str = ""
    unix: str = ""
    token: str = Secret()
