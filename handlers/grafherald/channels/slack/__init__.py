"""Slack: by incoming webhook, or by a bot's token with pictures that it uploads itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from grafherald.channels import ChannelType, Rate, overridden, required, web_address
from grafherald.errors import ConfigError
from grafherald.event import Event
from grafherald.notification.templates import Templates
from grafherald.settings import schema

if TYPE_CHECKING:
    from grafherald.channels.slack.bot import Bot
    from grafherald.channels.slack.webhook import Webhook


def open_channels(
    name: str, settings: Mapping[str, Any], event: Event, templates: Templates
) -> list[Bot] | list[Webhook]:
    """Open each of Slack's channels. See `grafherald.channels.Open`.

    Raises:
        ConfigError: a setting is missing or wrong.
    """
    wanted = TYPE.recipients(event, settings)
    settings = overridden(settings, event, "slack", ("username", "icon_url"))
    if called := event.overrides.get("slack.alert_on_critical"):
        settings = {**settings, "alert_on_critical": called.lower() == "true"}
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
