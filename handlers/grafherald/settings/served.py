"""The parts of the settings that only the daemon needs, or who asks it; see `sections`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from grafherald.settings.sections import Each, GrafanaSettings, Secret


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

    grafanas: Mapping[str, GrafanaSettings] = Each(GrafanaSettings)
    rooms: Mapping[str, RoomSettings] = Each(RoomSettings)
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
    core_api: UserApiSettings = UserApiSettings()
    min_occurrences: int = 1
    repeat_every: int = 0


class IcingaSettings(NamedTuple):
    """Icinga 2: its API takes what is done on the board, and with ``events`` tells of problems."""

    api: UserApiSettings = UserApiSettings()
    events: bool = False


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
    users: Mapping[str, UserSettings] = Each(UserSettings)
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
    allow_from: tuple[str, ...] = ()
    token: str = Secret()


PARTS: Mapping[str, Any] = {
    "chat": ChatSettings,
    "sensu": SensuSettings,
    "nagios": NagiosSettings,
    "icinga": IcingaSettings,
    "alertmanager": AlertmanagerSettings,
    "history": HistorySettings,
    "datasource": DatasourceSettings,
    "board": BoardSettings,
    "listen": ListenSettings,
}
