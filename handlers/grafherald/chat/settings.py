"""The settings of the chat: who may ask which Grafana what, and how pictures look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from grafherald.errors import ConfigError
from grafherald.grafana.api import Server

_OPTIONS = {name: name for name in ("width", "height", "tz", "theme", "scale")}
_OPTIONS["api_endpoint"] = "apiEndpoint"
_LOOK = {"width": "1000", "height": "500"}


@dataclass(frozen=True)
class Look:
    """What a picture is like when a query does not say: a range, and options of the render."""

    start: str = "now-6h"
    end: str = "now"
    options: Mapping[str, str] = field(default_factory=lambda: dict(_LOOK))

    def but(self, settings: Mapping[str, Any]) -> Look:
        """Return this look with what *settings* have of ``from``, ``to``, ``width``, ..."""
        options = {_OPTIONS[key]: str(settings[key]) for key in _OPTIONS if key in settings}
        return Look(
            settings.get("from", self.start),
            settings.get("to", self.end),
            {**self.options, **options},
        )


@dataclass(frozen=True)
class Room:
    """One room: the Grafanas it may ask, its own first (none: all), and its look."""

    grafanas: tuple[str, ...] = ()
    look: Look = Look()


@dataclass(frozen=True)
class SlackSettings:
    """Slack's side: see `grafherald.chat.slack`."""

    signing_secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    threads: bool = False


@dataclass(frozen=True)
class ChatSettings:
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

    grafanas: Mapping[str, Server] = field(default_factory=dict)
    rooms: Mapping[str, Room] = field(default_factory=dict)
    users: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ("grafherald", "hubot")
    look: Look = Look()
    limit: int = 25
    timeout: float = 30
    renders: int = 8
    rate: int = 20
    slack: SlackSettings = SlackSettings()
    hipchat_token: str = field(default="", repr=False)
    query_token: str = field(default="", repr=False)

    @classmethod
    def read(
        cls,
        chat: Mapping[str, Any],
        grafana: Mapping[str, Any] | None = None,
        graph: Mapping[str, Any] | None = None,
    ) -> ChatSettings:
        """Return the settings from the checked ``chat``, ``grafana`` and ``graph`` mappings.

        Raises:
            ConfigError: a room names a Grafana that is not there, or a URL can't be used.
        """
        servers = {
            name: _server(f"chat.grafanas.{name}", settings)
            for name, settings in chat.get("grafanas", {}).items()
        }
        if grafana and grafana.get("url"):
            own = {"default": _server("grafana", grafana)}
            servers = {**own, **servers}
        look = Look().but(graph or {}).but(chat)
        rooms = {
            room_key(name): _room(name, settings, look, servers)
            for name, settings in chat.get("rooms", {}).items()
        }
        plain = {key: chat[key] for key in ("limit", "timeout", "renders", "rate") if key in chat}
        return cls(
            grafanas=servers,
            rooms=rooms,
            users=frozenset(map(str, chat.get("users", ()))),
            aliases={name.lower(): text for name, text in chat.get("aliases", {}).items()},
            names=tuple(chat.get("names", cls.names)),
            look=look,
            slack=SlackSettings(**chat.get("slack", {})),
            hipchat_token=chat.get("hipchat", {}).get("token", ""),
            query_token=chat.get("query", {}).get("token", ""),
            **plain,
        )


def room_key(name: str) -> str:
    """Return the one spelling of a room's *name* or id: ``#Ops`` and ``ops`` are the same."""
    return name.strip().lstrip("#").lower()


def _room(
    name: str, settings: Mapping[str, Any], look: Look, servers: Mapping[str, Server]
) -> Room:
    named = settings.get("grafana", ())
    grafanas = (named,) if isinstance(named, str) else tuple(named)
    for grafana in grafanas:
        if grafana not in servers:
            raise ConfigError(f"chat.rooms.{name}.grafana: there is no Grafana {grafana!r}")
    return Room(grafanas, look.but(settings))


def _server(key: str, settings: Mapping[str, Any]) -> Server:
    url = str(settings.get("url", "")).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or "@" in parts.netloc:
        raise ConfigError(f"{key}.url: expected http(s)://host[:port][/path] without a password")
    return Server(
        url, settings.get("token", ""), settings.get("org_id"), settings.get("ca_file", "")
    )
