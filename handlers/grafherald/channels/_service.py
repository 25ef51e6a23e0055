"""What channels of an HTTP service are made of; what is left to each is its wording and answers.

They are plain classes, since a process starts per event and a dataclass takes 0.8 ms to make.

There are two kinds. A `Hook` posts to one URL that holds its own secret; an `Account` has a token,
and a recipient that the settings or the event name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from grafherald.channels import find, required, web_address
from grafherald.errors import PermanentError
from grafherald.event import Event
from grafherald.net.response import Response, secrets_of
from grafherald.notification import Graph, Notification
from grafherald.notification.presentation import Budget, safe_link
from grafherald.notification.templates import Templates

if TYPE_CHECKING:
    from typing_extensions import Self

    from grafherald.net.client import Client
    from grafherald.net.deadline import Deadline


class Hook:
    """A webhook. See `Channel`.

    Attributes:
        to: whom the settings or the event name, where the webhook lets them; else "".
    """

    type = ""

    def __init__(
        self, name: str, to: str, url: str, settings: Mapping[str, Any], templates: Templates
    ) -> None:
        self.name = name
        self.to = to
        self.url = url
        self.settings = settings
        self.templates = templates

    def __repr__(self) -> str:
        """Show what is no secret."""
        return f"{type(self).__name__}({self.name!r}, {self.recipient!r})"

    @property
    def wants(self) -> str:
        """Its body is short, and the picture is elsewhere."""
        return "url"

    @classmethod
    def open(
        cls,
        name: str,
        settings: Mapping[str, Any],
        event: Event,
        templates: Templates,
        /,
    ) -> Sequence[Self]:
        """See `grafherald.channels.Open`.

        Raises:
            ConfigError: the URL is missing or none.
        """
        url = required(name, settings, "webhook_url")
        web_address(name, "webhook_url", url)
        wanted = find(cls.type).recipients(event, settings) or ("",)
        return [cls(name, to, url, settings, templates) for to in wanted]

    @property
    def recipient(self) -> str:
        """Who is named, else the host: all else of the URL is its secret."""
        return self.to or str(urlsplit(self.url).hostname)

    def client(self) -> Client:
        """Open a client whose messages don't hold the URL's secret."""
        return client(self.settings, *secrets_of(self.url))

    def post(
        self, body: Mapping[str, Any], query: str = "", headers: Mapping[str, str] | None = None
    ) -> Response:
        """Send *body* as JSON, once; return the answer when it was taken.

        Args:
            query: is added to the URL's own.
        """
        joint = ("&" if "?" in self.url else "?") if query else ""
        with self.client() as http:
            answer = http.post(f"{self.url}{joint}{query}", json=body, headers=headers)
        answer.check()
        return answer

    def probe(self) -> str:
        """See `Probe`; whatever a webhook is sent, it may show."""
        with self.client() as http:
            return reached(self.url, http)


class Account:
    """A recipient that is reached with a token. See `Channel`.

    Attributes:
        recipient: whom the settings or the event name, "" for nobody; where only the token says
            whom it is for, the host.
        URL: where the service is when the settings don't say.
        KEY: the key of the settings that the token stands in.
        NEEDS_TOKEN: nobody is let in without one.
    """

    type = ""
    wants = "either"
    URL = ""
    KEY = "token"
    NEEDS_TOKEN = True

    def __init__(  # noqa: PLR0913, PLR0917 - what `open` reads of the settings
        self,
        name: str,
        recipient: str,
        url: str,
        token: str,
        settings: Mapping[str, Any],
        templates: Templates,
    ) -> None:
        self.name = name
        self.recipient = recipient
        self.url = url
        self.token = token
        self.settings = settings
        self.templates = templates

    def __repr__(self) -> str:
        """Show what is no secret."""
        return f"{type(self).__name__}({self.name!r}, {self.recipient!r}, {self.url!r})"

    @classmethod
    def open(
        cls,
        name: str,
        settings: Mapping[str, Any],
        event: Event,
        templates: Templates,
        /,
    ) -> Sequence[Self]:
        """See `grafherald.channels.Open`.

        Raises:
            ConfigError: a setting is missing or wrong.
        """
        url = web_address(name, "url", required(name, {"url": cls.URL, **settings}, "url"))
        token = ""
        if cls.NEEDS_TOKEN or settings.get(cls.KEY):
            token = required(name, settings, cls.KEY)
        kind = find(cls.type)
        nobody = "" if kind.setting else str(urlsplit(url).hostname)
        wanted = kind.recipients(event, settings) or (nobody,)
        return [cls(name, to, url, token, settings, templates) for to in wanted]

    @property
    def host(self) -> str:
        """Who answers, for messages."""
        return str(urlsplit(self.url).hostname)

    @property
    def bearer(self) -> dict[str, str]:
        """The header that the token goes in, where there is one."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def client(self, timeout: float = 10) -> Client:
        """Open a client whose messages don't hold the token. *timeout*: seconds, by default."""
        return client(self.settings, *filter(None, (self.token,)), timeout=timeout)

    def require_recipient(self) -> None:
        """Refuse to send to nobody.

        Raises:
            PermanentError: nobody is named.
        """
        if not self.recipient:
            what = find(self.type).setting
            raise PermanentError(f"no {what}: neither the settings nor the event name one")


def client(settings: Mapping[str, Any], *secrets: str, timeout: float | Deadline = 10) -> Client:
    """Open an HTTP client as a channel's settings want it.

    Args:
        secrets: what no message of its may hold.
        timeout: seconds, where the settings don't say; or the deadline that it is a part of.
    """
    from grafherald.net import client as http

    if isinstance(timeout, (int, float)):
        timeout = float(settings.get("timeout", timeout))
    return http.Client(
        timeout=timeout,
        proxy=str(settings.get("proxy", "")),
        ca_file=str(settings.get("ca_file", "")),
        secrets=secrets,
    )


def reached(url: str, http: Client) -> str:
    """Probe a service that only a message makes say more: tell that something answers there."""
    parts = urlsplit(url)
    host = http.get(f"{parts.scheme}://{parts.netloc}/").host
    return f"{host} answers; whether it takes messages only a message tells"


def fitting(
    budgets: Sequence[Budget], make: Callable[[Budget], dict[str, Any]], largest: int
) -> dict[str, Any]:
    """Make the fullest message whose JSON has at most *largest* bytes; the shortest if none has.

    Args:
        budgets: the most generous first.
    """
    message: dict[str, Any] = {}
    for budget in budgets:
        message = make(budget)
        if len(json.dumps(message).encode()) <= largest:
            break
    return message


def https_picture(_number: int, graph: Graph) -> str:
    """The public URL of a picture for a service that fetches over TLS alone, or ""."""
    return safe_link(graph.image_url) if graph.image_url.startswith("https://") else ""


def without_pictures(notification: Notification, problem: str) -> Notification:
    """Say of each graph why it is not shown: a picture that a service refuses costs no alert."""
    graphs = (g._replace(png=None, image_url="", problem=problem) for g in notification.graphs)
    return notification._replace(graphs=tuple(graphs))


def first_png(notification: Notification, largest: int) -> bytes:
    """The one picture for a service that takes one: at most *largest* bytes, else b""."""
    png = notification.graphs[0].png if notification.graphs else None
    return png if png and len(png) <= largest else b""
