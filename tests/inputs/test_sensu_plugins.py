"""What annotations tell Sensu's own handlers is meant here too, but for secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grafherald.channels import email, slack
from grafherald.event import Event
from grafherald.notification import Notification
from grafherald.notification.templates import Templates

ReadFile = Callable[..., Event]
HOOK = "https://hooks.slack.com/services/T0/B0/s3cret"


@pytest.fixture
def told(read_file: ReadFile) -> Callable[..., Event]:
    def read(check: dict[str, str], entity: dict[str, str] | None = None) -> Event:
        def notes(given: dict[str, str]) -> dict[str, str]:
            return {f"sensu.io/plugins/{name}": text for name, text in given.items()}

        changes: dict[str, Any] = {"check.metadata.annotations": notes(check)}
        changes["entity.metadata.annotations"] = notes(entity or {})
        return read_file("sensu-go", changes)

    return read


def body(event: Event) -> dict[str, Any]:
    settings = {"webhook_url": HOOK, "channel": "#all", "username": "herald"}
    templates = Templates(None, pytest.fail)
    [channel] = slack.open_channels("chat", settings, event, templates)
    return dict(channel.payload(Notification(event)))


def test_slacks_annotations_are_meant(told: Callable[..., Event]) -> None:
    event = told(
        {
            "slack/config/channel": "#team-a",
            "slack/config/icon-url": "https://example.com/a.png",
            "slack/config/alert-on-critical": "true",
            "slack/config/description-template": "{{ .Check.Name }} of {{.Entity.Name}} fails",
        },
        {"slack/config/channel": "#team-b", "slack/config/username": "sensu"},
    )
    shown = body(event)
    assert (shown["channel"], shown["username"]) == ("#team-a", "sensu")
    assert shown["icon_url"] == "https://example.com/a.png"
    assert "<!channel>" in repr(shown["blocks"])
    assert Notification(event).text == "cpu of web01 fails"


def test_emails_annotations_are_meant(told: Callable[..., Event]) -> None:
    subject = "{{ .Entity.Namespace }}: {{ .Check.Name }} is {{.Check.State}} ({{ .Check.Status }})"
    event = told(
        {
            "email/config/toEmail": "a@example.com, b@example.com",
            "email/config/subjectTemplate": subject,
        }
    )
    settings = {"smtp": "smtp://localhost", "from": "x@example.com", "to": "all@example.com"}
    one, two = email.open_channels("oncall", settings, event, Templates(None, pytest.fail))
    assert (one.recipient, two.recipient) == ("a@example.com", "b@example.com")
    assert "Subject: default: cpu is failing (2)\r\n" in one.payload(Notification(event))


def test_our_own_annotations_go_before_theirs(told: Callable[..., Event]) -> None:
    event = told({"slack/config/channel": "#theirs", "grafherald/config/channel": "#ours"})
    assert body(event)["channel"] == "#ours"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("slack/config/webhook-url", HOOK),
        ("email/config/smtpPassword", "pa55word"),
        ("email/config/smtpHost", "mail.evil.example"),
        ("email/config/subjectTemplate", "{{ range .Check.Hooks }}x{{ end }}"),
    ],
)
def test_what_is_not_taken_is_said_without_what_it_holds(
    told: Callable[..., Event], name: str, text: str
) -> None:
    event = told({name: text})
    assert name in dict(event.details)["Not used"]
    assert text not in repr(event)


def test_our_own_annotation_that_means_nothing_is_said(told: Callable[..., Event]) -> None:
    event = told({"grafherald/config/chanels": "ops", "grafherald/config/grafana.url": HOOK})
    said = dict(event.details)["Not used"]
    assert "no chanels (channels?), grafana.url" in said
    assert HOOK not in repr(event)


def test_what_a_notification_shows_may_stand_below_our_prefix(told: Callable[..., Event]) -> None:
    event = told({"grafherald/config/graph_image": HOOK, "grafherald/config/slack_channel": "#x"})
    assert (event.attribute("graph_image"), event.attribute("slack_channel")) == (HOOK, "#x")
    assert "Not used" not in dict(event.details)
