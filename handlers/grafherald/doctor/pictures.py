"""One real panel: rendered, published, and fetched as any reader would."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterator

from grafherald import channels
from grafherald.delivery.recipients import open_channel
from grafherald.doctor.findings import Finding, failed, ok, warning
from grafherald.errors import ConfigError, GraphError
from grafherald.event import Event
from grafherald.grafana import urls
from grafherald.images import open_pictures
from grafherald.images.fetch import answering, received
from grafherald.net.address import Address, parse
from grafherald.net.client import Client, Stream
from grafherald.notification import Graph
from grafherald.notification.templates import Templates
from grafherald.settings import Settings

_PATIENCE = 60.0  # seconds for a render: longer than an alert waits, to tell slow from broken
_SECONDS = 10.0  # for fetching the published picture


def render(config: Settings, graph_image: str) -> tuple[list[Finding], Graph]:
    """Get the panel at the render URL *graph_image*, and see how long that takes."""
    url = urls.render_url(graph_image, config.graph.from_, config.graph.to)
    graph = Graph(url, urls.link(url))
    before = time.monotonic()
    try:
        public = bool(config.images.service or config.images.publish.url)
        got = open_pictures(config).get(url, _PATIENCE, as_bytes=not public)
    except GraphError as error:
        advice = error.hint or f"Open {graph.link} in a browser."
        return [failed("picture", _sentence(error), advice)], graph._replace(problem=str(error))
    except ConfigError as error:
        advice = "Correct it in the settings."
        return [failed("picture", f"{error}.", advice)], graph._replace(problem="no picture")
    took = time.monotonic() - before
    return [_in_time(config, took, drawn=got.drawn)], graph._replace(png=got.png, image_url=got.url)


def _in_time(config: Settings, took: float, *, drawn: bool) -> Finding:
    deadline, wait = config.deadline, config.graph.wait
    wait = min(wait, deadline / 2)
    if took > wait:
        return warning(
            "picture",
            f"It took {took:.1f} s, and an alert waits {wait:g} s.",
            f"Set graph.wait to {took * 1.5:.0f} or more and deadline to twice that, or choose"
            " panels that render faster.",
        )
    how = "drawn by ourselves" if drawn else "rendered"
    return ok("picture", f"A panel was {how} in {took:.1f} s; an alert waits {wait:g} s.")


def published(config: Settings, url: str, event: Event) -> Iterator[Finding]:
    """Try how anybody gets the published picture at *url*: without a token or a cookie.

    Args:
        event: whose channels would show it.
    """
    if not url:
        yield from _nowhere(config, event)
        return
    try:
        address = parse(url)
        with (
            Client(
                timeout=_SECONDS,
                proxy=config.grafana.proxy,
                ca_file=config.grafana.ca_file,
                setting="grafana.ca_file",
            ) as client,
            answering(client, "GET", address, {}) as answer,
        ):
            yield from _answered(answer, address)
    except (GraphError, ValueError, ConfigError) as error:
        text = f"The published picture can't be fetched: {error}."
        yield failed("published", text, "Is images.publish.url where the directory is served?")
        return
    yield from _reachable(config, address)


def _nowhere(config: Settings, event: Event) -> Iterator[Finding]:
    needs = [name for name in config.channels if _needs_public_pictures(name, config, event)]
    if needs:
        yield warning(
            "published",
            f"Pictures become public nowhere, so {', '.join(needs)} will show links alone.",
            "Set images.publish.directory and .url, or images.service.",
        )


def _needs_public_pictures(name: str, config: Settings, event: Event) -> bool:
    try:
        opened = open_channel(name, event, config, Templates(None, lambda _text: None))
    except ConfigError:
        return False  # said where the channels are tried
    return any(channel.wants == "url" for channel in opened)


def _answered(answer: Stream, address: Address) -> Iterator[Finding]:
    location = answer.headers.get("location", "")
    if answer.status in (401, 403) or "/login" in location:
        yield failed(
            "published",
            f"{address.place} asks readers of the picture for a login ({answer.status}).",
            "Let the web server show that directory to everybody; names can't be guessed with"
            " images.names: hmac.",
        )
        return
    if answer.status != 200:
        yield failed(
            "published",
            f"{address.place} answered {answer.status} instead of the picture.",
            "Is images.publish.url where the web server shows images.publish.directory?",
        )
        return
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    nosniff = answer.headers.get("x-content-type-options", "").strip().lower() == "nosniff"
    received(answer)
    if kind != "image/png":
        text = f"{address.place} serves the picture as {kind or 'nothing in particular'!r}."
        yield failed("published", text, "Let the web server send Content-Type: image/png.")
    elif not nosniff:
        text = f"{address.place} serves it to everybody, without X-Content-Type-Options."
        yield warning("published", text, "Let the web server send nosniff with it.")
    else:
        yield ok("published", f"{address.place} serves it to everybody, as image/png.")


def _reachable(config: Settings, address: Address) -> Iterator[Finding]:
    """Tell whether services that fetch pictures themselves can get at them."""
    kinds = sorted({str(settings.get("type")) for settings in config.channels.values()})
    fetching = [kind for kind in kinds if _fetches(kind)]
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError:
        return
    private = all(not ipaddress.ip_address(str(entry[4][0])).is_global for entry in found)
    if fetching and private:
        who = " and ".join(fetching)
        yield warning(
            "published",
            f"{address.host} has a private address: {who} can't fetch pictures there.",
            f"Serve them where {who} can reach them, or publish none where the channel can upload"
            " its own.",
        )


def _fetches(kind: str) -> bool:
    try:
        return channels.find(kind).fetches
    except ConfigError:
        return False  # said where the channels are tried


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
