"""The long tail: whatever the apprise library knows a URL for. Needs the extra ``apprise``.

It says no more than that a notification failed, so every failure counts as one that may pass, and
a delivery is given up after three tries. https://github.com/caronc/apprise
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grafherald.channels import ChannelType, Receipt, required
from grafherald.errors import PermanentError, TemporaryError
from grafherald.event import Event
from grafherald.notification import Graph, Notification
from grafherald.notification.presentation import Budget, cleaned, view
from grafherald.notification.templates import Templates
from grafherald.settings import schema

_BUDGET = Budget(3000, 2000, 1)
_TYPES = {"critical": "failure", "warning": "warning", "unknown": "warning", "ok": "success"}


def open_channels(
    name: str,
    settings: Mapping[str, Any],
    event: Event,  # noqa: ARG001 - the shape of all channels' open_channels
    templates: Templates,
) -> list[Apprise]:
    """Open the one URL. See `grafherald.channels.Open`.

    Raises:
        ConfigError: it is missing.
    """
    return [Apprise(name, required(name, settings, "webhook_url"), templates)]


@dataclass(frozen=True)
class Apprise:
    """One of apprise's URLs. See `Channel`."""

    name: str
    url: str = field(repr=False)
    templates: Templates = field(repr=False)
    type: str = "apprise"
    wants: str = "bytes"

    @property
    def recipient(self) -> str:
        """The service: all else of the URL may be a secret."""
        return self.url.partition("://")[0]

    def payload(self, notification: Notification) -> dict[str, Any]:
        """Title and body, which Apprise turns into a service's own form. See `Channel.payload`."""
        seen = view(cleaned(notification), _source, _BUDGET)
        return {
            "title": seen.notification.headline,
            "body": self.templates.render("message.txt", **seen.values()).strip(),
            "notify_type": _TYPES.get(seen.notification.tone, "info"),
        }

    def send(self, notification: Notification) -> Receipt:
        """See `Channel.send`."""
        service = self._service()
        body = self.payload(notification)
        png = notification.graphs[0].png if notification.graphs else None
        with tempfile.NamedTemporaryFile(prefix="graph-", suffix=".png") as file:
            if png:
                file.write(png)
                file.flush()
            given = {"body_format": "text", "attach": file.name if png else None}  # not as markup
            if not service.notify(**body, **given):
                raise TemporaryError(f"apprise could not send by {self.recipient}; it says no more")
        return Receipt("sent")

    def probe(self) -> str:
        """See `Probe`; apprise can only say whether it can read the URL."""
        self._service()
        return f"apprise knows {self.recipient}; whether it sends only a message tells"

    def _service(self) -> Any:
        try:
            import apprise
        except ModuleNotFoundError:
            raise PermanentError("needs apprise; install grafherald[apprise]") from None
        logging.getLogger("apprise").disabled = True  # it logs URLs, which are secrets
        service = apprise.Apprise()
        if not service.add(self.url):
            raise PermanentError(f"apprise can't read the URL, which begins with {self.recipient}")
        return service


def _source(_number: int, graph: Graph) -> str:
    return "attachment" if graph.png else ""


TYPE = ChannelType(
    name="apprise",
    open=open_channels,
    schema=schema.load("channel-apprise"),
    sample={"webhook_url": "json://example.com/-"},
    tries=3,
    pictures="attached, where the service takes files",
    resolves="as a message",
    limits="the service's own, by apprise",
)
