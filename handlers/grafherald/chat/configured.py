"""From the settings to the bot."""

from __future__ import annotations

from collections.abc import Mapping

from grafherald.chat.bot import Bot
from grafherald.chat.settings import ChatSettings
from grafherald.grafana.api import Server
from grafherald.images.client import Here, Pictures, Service
from grafherald.images.configured import publisher
from grafherald.images.fetch import Grafanas
from grafherald.settings import Config


def bot(config: Config) -> Bot:
    """Return what answers by the settings ``chat``, ``grafana``, ``graph`` and ``images``.

    Raises:
        ConfigError: a setting can't be used; the text names it.
    """
    settings = ChatSettings.read(config.get("chat", {}), config.get("grafana"), config.get("graph"))
    return Bot(settings, _pictures(config, settings.grafanas))


def _pictures(config: Config, servers: Mapping[str, Server]) -> Mapping[str, Pictures]:
    """Return what publishes each Grafana's pictures; nothing when the settings name no place."""
    service, place = config.get("images.service"), publisher(config)
    made: dict[str, Pictures] = {}
    for name, server in servers.items():
        grafanas = Grafanas([server.url], server.ca_file)
        if service:
            made[name] = Service(service, grafanas, server.token, server.ca_file)
        elif place:
            made[name] = Here(grafanas, server.token, place)
    return made
