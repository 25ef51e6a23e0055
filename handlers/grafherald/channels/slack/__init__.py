"""Slack: by incoming webhook, or by a bot's token with pictures that it uploads itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from grafherald.channels import recipients, required, web_address
from grafherald.errors import ConfigError
from grafherald.event import Event
from grafherald.notification.templates import Templates

if TYPE_CHECKING:
    from grafherald.channels.slack.bot import Bot
    from grafherald.channels.slack.webhook import Webhook


def open_channels(
    name: str, settings: Mapping[str, Any], event: Event, templates: Templates
) -> list[Bot] | list[Webhook]:
    """Return one channel per Slack channel. See `grafherald.channels`.

    Raises:
        ConfigError: a setting is missing or wrong.
    """
    wanted = recipients(event, "channel", "slack_channel", settings.get("channel"))
    if settings.get("webhook_url"):
        url = required(name, settings, "webhook_url")
        web_address(name, "webhook_url", url)
        from grafherald.channels.slack.webhook import Webhook

        return [Webhook(name, to, url, settings, templates) for to in wanted or ("",)]
    if not settings.get("token"):
        raise ConfigError(f"channels.{name}: needs a webhook_url, or a token and a channel")
    token = required(name, settings, "token")
    api = web_address(name, "url", str(settings.get("url") or "https://slack.com/api"))
    from grafherald.channels.slack.bot import Bot

    return [Bot(name, to, api, token, settings, templates) for to in wanted or ("",)]
