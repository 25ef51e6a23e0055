"""Any program, by HTTP: the notification as JSON, signed, with its pictures as URL or bytes.

docs/webhook.md has the document; its keys only ever get more.
"""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

from grafherald.channels import ChannelType, Receipt, identity
from grafherald.channels._service import Hook, client
from grafherald.errors import PermanentError
from grafherald.net.response import secrets_of
from grafherald.notification import Graph, Notification
from grafherald.notification.presentation import Budget, cleaned, view
from grafherald.settings import schema

if TYPE_CHECKING:
    from grafherald.net.client import Client

_BUDGET = Budget(200_000, 100_000, 20, lines=5000)


class Webhook(Hook):
    """One URL. See `Channel`."""

    type = "webhook"

    @property
    def wants(self) -> str:
        """Bytes where the document shall hold them."""
        return "bytes" if self.settings.get("pictures") in ("bytes", "both") else "url"

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Write the document; where a template makes the body, that as ``body``."""
        document = _document(notification, str(self.settings.get("pictures", "url")))
        name = self.settings.get("body")
        if not name:
            return document
        seen = view(cleaned(notification), _source, _BUDGET)
        return {"body": self.templates.render(str(name), **seen.values(), document=document)}

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`."""
        payload, name = self.payload(notification), str(self.settings.get("body", ""))
        body = (payload["body"] if name else json.dumps(payload)).encode()
        if not body.strip() or (name.endswith(".json") and not _is_json(body)):
            raise PermanentError(f"template {name}: what it makes is empty or no JSON")
        with self.client() as http:
            answer = http.post(self.url, data=body, headers=self._headers(notification, body))
        answer.check()
        return Receipt(answer.excerpt() or str(answer.status))

    def client(self) -> Client:
        """Open a client whose messages don't hold what the settings have of secrets either."""
        named = (str(self.settings.get(key, "")) for key in ("token", "secret"))
        return client(self.settings, *secrets_of(self.url), *filter(None, named))

    def _headers(self, notification: Notification, body: bytes) -> dict[str, str]:
        """Say who sends it and what it is, signed where the settings have a secret.

        The signature is HMAC-SHA256 of the time, a dot and the body, in hex: a receiver refuses
        what is old, so that nobody can send it again.
        """
        kind = str(self.settings.get("content_type", "application/json"))
        headers = {"Content-Type": kind, "Idempotency-Key": identity(notification.event)}
        if token := self.settings.get("token"):
            headers["Authorization"] = f"Bearer {token}"
        if secret := self.settings.get("secret"):
            at = str(int(time.time()))
            signed = hmac.new(str(secret).encode(), at.encode() + b"." + body, "sha256")
            headers["X-Grafherald-Timestamp"] = at
            headers["X-Grafherald-Signature"] = f"sha256={signed.hexdigest()}"
        return headers


def _document(notification: Notification, pictures: str) -> dict[str, Any]:
    shown = cleaned(notification)
    event = shown.event
    return {
        "version": 1,
        "id": identity(event),
        "kind": event.kind.value,
        "state": event.state.value,
        "status": event.status,
        "word": shown.word,
        "tone": shown.tone,
        "headline": shown.headline,
        "text": shown.text,
        "source": event.source,
        "namespace": event.namespace,
        "entity": event.entity,
        "check": event.check,
        "incident": event.incident,
        "occurrences": event.occurrences,
        "occurred_at": event.occurred_at.isoformat(),
        "since": event.since.isoformat() if event.since else None,
        "author": event.author,
        "comment": event.comment,
        "labels": dict(event.labels),
        "facts": [{"label": label, "text": text} for label, text in shown.facts],
        "links": [{"label": label, "url": url} for label, url in shown.links],
        "graphs": [_graph(graph, pictures) for graph in shown.graphs],
        "may_repeat": shown.may_repeat,
    }


def _graph(graph: Graph, pictures: str) -> dict[str, Any]:
    found = {"link": graph.link, "url": graph.image_url, "problem": graph.problem}
    if pictures in ("bytes", "both") and graph.png:
        found["png"] = base64.b64encode(graph.png).decode()
    return found if pictures != "none" else {"link": graph.link}


def _source(_number: int, graph: Graph) -> str:
    return graph.image_url


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


TYPE = ChannelType(
    name="webhook",
    open=Webhook.open,
    schema=schema.load("channel-webhook"),
    sample={"webhook_url": "https://example.com/hooks/-"},
    replaces=True,  # a repeat has the same id and Idempotency-Key
    pictures="as URL, as bytes (base64), or both",
    resolves="as a document of kind resolve, with the problem's incident",
    limits="none of ours",
)
