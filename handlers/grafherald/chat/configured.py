"""From the settings to the bot."""

from __future__ import annotations

from collections.abc import Mapping

from grafherald.chat.bot import Bot
from grafherald.chat.settings import BotSettings
from grafherald.grafana.api import Server
from grafherald.images.client import Here, Pictures, Service
from grafherald.images.configured import publisher
from grafherald.images.fetch import Grafanas
from grafherald.settings import Settings


def bot(settings: Settings) -> Bot:
    """Make what answers by the settings ``chat``, ``grafana``, ``graph`` and ``images``.

    Raises:
        ConfigError: a setting can't be used; the text names it.
    """
    own = BotSettings.of(settings)
    return Bot(own, _pictures(settings, own.grafanas))


def _pictures(settings: Settings, servers: Mapping[str, Server]) -> Mapping[str, Pictures]:
    """Return what publishes each Grafana's pictures; nothing when the settings name no place."""
    service, place = settings.images.service, publisher(settings)
    made: dict[str, Pictures] = {}
    for name, server in servers.items():
        grafanas = Grafanas([server.url], server.ca_file)
        if service:
            made[name] = Service(service, grafanas, server.token, server.ca_file)
        elif place:
            made[name] = Here(grafanas, server.token, place)
    return made
