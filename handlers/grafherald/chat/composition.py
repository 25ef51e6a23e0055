"""From the settings to the bot."""

from __future__ import annotations

from grafherald.chat.bot import Bot
from grafherald.chat.settings import BotSettings
from grafherald.images.composition import Images
from grafherald.settings import Settings


def bot(config: Settings, images: Images | None = None) -> Bot:
    """Make what answers by the settings ``chat``, ``grafana``, ``graph`` and ``images``.

    Args:
        images: the process's pictures; default: its own.

    Raises:
        ConfigError: a setting can't be used; the text names it.
    """
    own = BotSettings.of(config)
    images = images or Images(config)
    opened = {
        name: images.public_pictures(server.url, server.token, server.ca_file)
        for name, server in own.grafanas.items()
    }
    return Bot(own, {name: pictures for name, pictures in opened.items() if pictures})
