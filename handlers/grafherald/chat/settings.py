"""What the bot works with: who may ask which Grafana what, and how pictures look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from grafherald.errors import ConfigError
from grafherald.grafana.api import GrafanaServer
from grafherald.settings import Settings
from grafherald.settings.sections import GrafanaSettings
from grafherald.settings.served import ChatSettings, ChatSlackSettings
from grafherald.settings.served import RoomSettings as Section

_OPTIONS = {name: name for name in ("width", "height", "tz", "theme", "scale")}
_OPTIONS["api_endpoint"] = "apiEndpoint"


@dataclass(frozen=True)
class RenderDefaults:
    """What a picture is like when a query does not say: a range, and options of the render."""

    start: str
    end: str
    options: Mapping[str, str]

    def but(self, section: ChatSettings | Section) -> RenderDefaults:
        """Take over what *section* says of ``from``, ``to``, ``width``, ..."""
        given = {_OPTIONS[key]: getattr(section, key) for key in _OPTIONS}
        options = {name: str(value) for name, value in given.items() if value not in (None, "")}
        return RenderDefaults(
            section.from_ or self.start, section.to or self.end, {**self.options, **options}
        )


@dataclass(frozen=True)
class Room:
    """One room: the Grafanas it may ask, its own first (none: all), and its look."""

    grafanas: tuple[str, ...]
    look: RenderDefaults


@dataclass(frozen=True)
class BotSettings:
    """All of ``chat`` and what it takes from ``grafana`` and ``graph``.

    Attributes:
        grafanas: by name; the first is asked where neither query nor room names one.
        rooms: by name or id, lower case and without ``#``; ``*`` is every other room. Empty: all
            rooms are answered.
        users: ids of those who are answered; empty: all.
        aliases: longer queries by their short word, lower case.
        names: what the bot is called.
        limit: how many panels or lines one answer has.
        timeout: seconds for one answer, all in all.
        renders: pictures that Grafana is asked for at once.
        rate: questions of one user in a minute; 0: any number.
        hipchat_token: what the room webhook's URL carries as ``?token=``, or "".
        query_token: the bearer token of ``/chat/query``, or "".
    """

    grafanas: Mapping[str, GrafanaServer]
    rooms: Mapping[str, Room]
    users: frozenset[str]
    aliases: Mapping[str, str]
    names: tuple[str, ...]
    look: RenderDefaults
    limit: int
    timeout: float
    renders: int
    rate: int
    slack: ChatSlackSettings
    hipchat_token: str
    query_token: str

    @classmethod
    def of(cls, config: Settings) -> BotSettings:
        """Take what the bot needs out of all the settings.

        Raises:
            ConfigError: a room names a Grafana that is not there, a URL or a secret can't be used.
        """
        config.require("chat", "grafana")
        chat, graph = config.chat, config.graph
        servers = {"default": _server("grafana", config.grafana)} if config.grafana.url else {}
        for name, section in chat.grafanas.items():
            servers[name] = _server(f"chat.grafanas.{name}", section)
        look = RenderDefaults(graph.from_, graph.to, {}).but(chat)
        return cls(
            grafanas=servers,
            rooms={
                room_key(name): _room(name, section, look, servers)
                for name, section in chat.rooms.items()
            },
            users=frozenset(chat.users),
            aliases={name.lower(): text for name, text in chat.aliases.items()},
            names=chat.names,
            look=look,
            limit=chat.limit,
            timeout=chat.timeout,
            renders=chat.renders,
            rate=chat.rate,
            slack=chat.slack,
            hipchat_token=chat.hipchat.token,
            query_token=chat.query.token,
        )


def room_key(name: str) -> str:
    """Spell a room's *name* or id in the one way: ``#Ops`` and ``ops`` are the same."""
    return name.strip().lstrip("#").lower()


def _room(
    name: str, section: Section, look: RenderDefaults, servers: Mapping[str, GrafanaServer]
) -> Room:
    for grafana in section.grafana:
        if grafana not in servers:
            raise ConfigError(f"chat.rooms.{name}.grafana: there is no Grafana {grafana!r}")
    return Room(section.grafana, look.but(section))


def _server(key: str, section: GrafanaSettings) -> GrafanaServer:
    url = section.url.rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or "@" in parts.netloc:
        raise ConfigError(f"{key}.url: expected http(s)://host[:port][/path] without a password")
    return GrafanaServer(url, section.token, section.org_id, section.ca_file)
