"""The pages that readers see: a notification as sent, inside what shows it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from html import escape
from typing import Any

from markupsafe import Markup

from grafherald.channels import hipchat
from grafherald.channels.email.message import Heading, compose
from grafherald.channels.slack.webhook import SlackWebhook
from grafherald.demo import slack_view
from grafherald.notification import Notification
from grafherald.notification.templates import Templates

from .cases import picture

_FRAME = Heading(
    Address("grafherald", "alerts", "example.com"),
    (Address("", "oncall", "example.com"),),
    datetime(2026, 11, 21, 3, 12, 6, tzinfo=timezone.utc),
)
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
_PICTURE = re.compile(r'src="(?:cid:|https://)[^"]+"')


def _refuse(text: str) -> None:
    raise AssertionError(text)


def _templates(notification: Notification) -> Templates:
    return Templates(None, _refuse, notification.event.attribute("template"))


def mail_html(notification: Notification) -> str:
    """Return the mail's HTML as it is sent, or its text as a reader shows it."""
    sent = compose(notification, _FRAME, _templates(notification))
    mail = message_from_bytes(sent, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(("html", "plain"))
    assert body is not None
    if body.get_content_subtype() == "html":
        return str(body.get_content())
    text = f"<pre style='white-space:pre-wrap'>{escape(body.get_content())}</pre>"
    return f"<!DOCTYPE html><meta name='color-scheme' content='light dark'>{text}"


def mail(notification: Notification) -> str:
    """A reader that keeps everything: Apple Mail."""
    return _with_pictures(mail_html(notification))


def mail_cut(notification: Notification) -> str:
    """Without a style sheet and pictures, inside the page of a web mailer."""
    html = _STYLE.sub("", mail_html(notification))
    return re.sub(r'src="cid:[^"]+"', 'src=""', html)


def _in_demo_page(name: str, message: str, **colour: Any) -> str:
    """Return the demo's page with one message, as a window of that chat alone."""
    page = Templates(None, _refuse).render(
        "demo/page.html",
        sentence="",
        hipchat={
            **{"room": "ops", "sender": "grafherald", "color": ""},
            "message": Markup(message),
            **colour,
        },
        slack={"channel": "#ops", "message": Markup(message)},
        mail=dict.fromkeys(("to", "sender", "subject", "html", "text"), ""),
        event="",
        printed="",
        others=[],
    )
    return _with_pictures(
        page.replace(
            "</style>", f"section:not(.{name}), h1, main > p, details {{ display: none }}</style>"
        )
    )


def hipchat_room(notification: Notification) -> str:
    """HipChat's window, as the demo shows it."""
    settings = {"token": "t", "room": "ops"}
    (room,) = hipchat.TYPE.open("ops", settings, notification.event, _templates(notification))
    body = room.payload(notification)
    return _in_demo_page("hipchat", body["message"], color=body["color"])


def slack(notification: Notification) -> str:
    """Slack's window, as the demo shows it."""
    hook = SlackWebhook("chat", "#ops", "https://hooks.slack.com/x", {}, _templates(notification))
    return _in_demo_page("slack", slack_view.message(hook.payload(notification)["blocks"]))


def _with_pictures(html: str) -> str:
    data = base64.b64encode(picture()).decode()
    return _PICTURE.sub(f'src="data:image/png;base64,{data}"', html)


READERS: Mapping[str, Callable[[Notification], str]] = {
    "mail": mail,
    "mail-cut": mail_cut,
    "hipchat": hipchat_room,
    "slack": slack,
}
