"""Slack: by incoming webhook, or by a bot's token with pictures that it uploads itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from grafherald.channels import ChannelType, Rate, overridden
from grafherald.errors import ConfigError
from grafherald.event import Event
from grafherald.notification.templates import Templates
from grafherald.settings import schema

if TYPE_CHECKING:
    from grafherald.channels.slack.bot import SlackBot
    from grafherald.channels.slack.webhook import SlackWebhook


def open_channels(
    name: str, settings: Mapping[str, Any], event: Event, templates: Templates
) -> Sequence[SlackBot] | Sequence[SlackWebhook]:
    """Open each of Slack's channels. See `grafherald.channels.Open`.

    Raises:
        ConfigError: a setting is missing or wrong.
    """
    settings = overridden(settings, event, "slack", ("username", "icon_url"))
    if called := event.overrides.get("slack.alert_on_critical"):
        settings = {**settings, "alert_on_critical": called.lower() == "true"}
    if settings.get("webhook_url"):
        from grafherald.channels.slack.webhook import SlackWebhook

        return SlackWebhook.open(name, settings, event, templates)
    if not settings.get("token"):
        raise ConfigError(f"channels.{name}: needs a webhook_url, or a token and a channel")
    from grafherald.channels.slack.bot import SlackBot

    return SlackBot.open(name, settings, event, templates)


TYPE = ChannelType(
    name="slack",
    open=open_channels,
    schema=schema.load("channel-slack"),
    sample={"webhook_url": "https://hooks.slack.example.com/-"},
    setting="channel",
    attribute="slack_channel",
    override="channel",
    # https://docs.slack.dev/apis/web-api/rate-limits#posting-messages
    rate=Rate(timedelta(seconds=1)),
    fetches=True,
    pictures="as its public URL, else uploaded (token)",
    threads=True,
    updates=True,
    resolves="turns the message green, and in its thread (token); as a message (webhook)",
    limits="3,000 characters a block",
)
