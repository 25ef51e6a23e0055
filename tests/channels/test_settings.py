"""The settings that a channel's schema takes are those that the channel reads."""

from __future__ import annotations

from typing import Any

import pytest

from grafherald.settings import schema

GOOD: list[dict[str, Any]] = [
    {"type": "hipchat", "url": "https://chat.example.com", "api": "v1", "room": "a", "token": "t"},
    {"type": "hipchat", "room": ["a", "b"], "token": "t", "colors": {"critical": "purple"}},
    {"type": "slack", "webhook_url": "https://hooks.slack.com/services/x"},
    {"type": "slack", "token": "xoxb-1", "channel": "#ops", "alert_on_critical": True},
    {"type": "email", "smtp": "smtp://mail", "from": "a@example.com", "to": ["b@example.com"]},
    {"type": "email", "smtp": "smtps://mail", "from": "a@example.com", "verify": False},
    {"type": "file", "directory": "./out"},
]
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"type": "hipchat", "token": "t", "api": "v3"}, "api"),
    ({"type": "hipchat", "room": "a"}, "token"),
    ({"type": "hipchat", "token": "t", "colour": "red"}, "colour"),
    ({"type": "hipchat", "token": "t", "room": 5}, "room"),
    ({"type": "slack", "webhook": "https://x"}, "webhook"),
    ({"type": "email", "from": "a@example.com"}, "smtp"),
    ({"type": "email", "smtp": "smtp://m", "from": "a@b", "timeout": 0}, "timeout"),
    ({"type": "file"}, "directory"),
]


@pytest.mark.parametrize("settings", GOOD)
def test_a_good_channel_has_no_problem(settings: dict[str, Any]) -> None:
    assert schema.problems(f"channel-{settings['type']}", settings) == []


@pytest.mark.parametrize(("settings", "key"), WRONG)
def test_a_wrong_channel_names_the_key(settings: dict[str, Any], key: str) -> None:
    assert key in schema.problems(f"channel-{settings['type']}", settings)[0]
