"""What Grafana says: is it there, who are we, does it render, and which panel could be rendered.

https://grafana.com/docs/grafana/latest/developers/http_api/
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from grafherald.doctor.findings import Finding, failed, ok, skipped, warning
from grafherald.errors import GrafanaError, GrafheraldError, GraphError, excerpt
from grafherald.grafana.api import Grafana, GrafanaServer
from grafherald.grafana.installed import Installed
from grafherald.grafana.panels import panel_address, panels
from grafherald.images.fetch import answering
from grafherald.net.address import base
from grafherald.net.client import Client
from grafherald.notification import span
from grafherald.settings import Settings

_SECONDS = 10.0  # for each conversation
_SKEW = 60  # seconds between two clocks that nobody notices
_DASHBOARDS = 10  # that are looked through for a panel
_NO_PICTURE = ("row", "text", "news", "dashlist", "alertlist", "welcome", "gettingstarted")
_TOKEN_ADVICE = "Make a service account with the role Viewer, and put its token into token_file."  # noqa: S105


def reach(config: Settings, now: datetime) -> Iterator[Finding]:
    """Ask whether Grafana is there, as for a picture, and whether its clock is ours."""
    try:
        grafana = base(config.grafana.url)
        health = grafana.at(f"{grafana.target}/api/health")
        with (
            Client(
                timeout=_SECONDS,
                proxy=config.grafana.proxy,
                ca_file=config.grafana.ca_file,
                setting="grafana.ca_file",
            ) as client,
            answering(client, "GET", health, {"Accept": "application/json"}) as answer,
        ):
            status, date = answer.status, answer.headers.get("date", "")
            body = answer.read(1 << 16)
    except GraphError as error:
        advice = error.hint or "Is Grafana running, and is grafana.url right?"
        yield failed("grafana", _sentence(error), advice)
        return
    except GrafheraldError as error:
        yield failed("grafana", f"{error}.", "Correct grafana in the settings.")
        return
    version = _health(body)
    if status != 200 or version is None:
        yield failed(
            "grafana",
            f"{grafana.place} answered {status}, and not as Grafana's /api/health does.",
            "Set grafana.url to the whole address that people open, its path included.",
        )
        return
    yield ok("grafana", f"{grafana.place} is Grafana{f' {version}' if version else ''}.")
    yield from _skew(date, now)


def _health(body: bytes) -> str | None:
    """Read the version in Grafana's ``{"database": "ok", "version": ...}``, "" where it hides it.

    None where the body is none of it.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or "database" not in found:
        return None
    version = found.get("version")
    return excerpt(version, 20)[1:-1] if isinstance(version, str) else ""


def _skew(date: str, now: datetime) -> Iterator[Finding]:
    try:
        theirs = parsedate_to_datetime(date).astimezone(timezone.utc)
    except (ValueError, TypeError, IndexError, OverflowError):
        return
    ahead = now - theirs
    if abs(ahead.total_seconds()) > _SKEW:
        way = "ahead of" if ahead.total_seconds() > 0 else "behind"
        yield warning(
            "clock",
            f"This machine's clock is {span(abs(ahead))} {way} Grafana's.",
            "Let an NTP client keep both: else graphs show another time than the alert's.",
        )


def conversation(config: Settings) -> Grafana:
    """Begin a conversation with the Grafana of the settings."""
    server = GrafanaServer(
        url=config.grafana.url.rstrip("/"),
        token=config.grafana.token,
        org_id=config.grafana.org_id,
        ca_file=config.grafana.ca_file,
        proxy=config.grafana.proxy,
    )
    return Grafana(server, _SECONDS)


def account(grafana: Grafana) -> Finding:
    """Ask Grafana who the token is.

    Grafana knows an API key, and a service account before version 11, as no user: 404 or 403.
    """
    if not grafana.server.token:
        text = "There is none: Grafana shows us what it shows everybody."
        return warning("token", text, _TOKEN_ADVICE)
    try:
        user = _object(grafana.get("user"))
    except GrafanaError as error:
        if error.status in (403, 404):
            return _organisation(grafana, "an API key or service account")
        return failed("token", str(error), error.hint)
    name = excerpt(str(user.get("login") or user.get("name") or ""))
    if user.get("isGrafanaAdmin") is True:
        text = f"It is {name}, an administrator of the whole server."
        return warning("token", text, _TOKEN_ADVICE)
    return _organisation(grafana, name)


def _organisation(grafana: Grafana, who: str) -> Finding:
    try:
        org = _object(grafana.get("org"))
    except GrafanaError as error:
        if error.status != 403:
            return failed("token", str(error), error.hint)
        return ok("token", f"It is {who}.")
    return ok("token", f"It is {who} of the organisation {excerpt(str(org.get('name', '')))}.")


def renderer(grafana: Grafana) -> Finding:
    """Ask Grafana whether it can render pictures."""
    try:
        settings = _object(grafana.get("frontend/settings"))
    except GrafanaError as error:
        return skipped("renderer", f"Grafana does not tell: {error}", error.hint)
    available = settings.get("rendererAvailable")
    if available is False:
        return failed(
            "renderer",
            "Grafana has no image renderer.",
            "Install grafana-image-renderer, as a service of its own or as a plugin.",
        )
    if available is not True:
        return skipped("renderer", "This Grafana does not tell; the picture below will.")
    version = settings.get("rendererVersion")
    shown = f", version {excerpt(version, 20)[1:-1]}" if isinstance(version, str) else ""
    return ok("renderer", f"Grafana has an image renderer{shown}.")


def panel(grafana: Grafana) -> str:
    """Find a render URL of some panel that the token may see, "" when there is none.

    Raises:
        GrafanaError: it can't be looked for.
    """
    hits = grafana.get("search", [("type", "dash-db"), ("limit", str(_DASHBOARDS))])
    for hit in hits if isinstance(hits, list) else ():
        uid = _object(hit).get("uid")
        if not isinstance(uid, str) or not uid:
            continue
        found = _object(grafana.get(f"dashboards/uid/{quote(uid, safe='')}"))
        for number in _panels(_object(found.get("dashboard"))):
            address = f"{grafana.server.url}/render/d-solo/{quote(uid, safe='')}/check"
            return f"{address}?panelId={number}&width=1000&height=500"
    return ""


def _panels(dashboard: dict[str, Any]) -> Iterator[int]:
    for found in panels(dashboard):
        if found.get("type") not in _NO_PICTURE:
            yield found["id"]


def needs(server: GrafanaServer, url: str) -> Iterator[Finding]:
    """Find what a panel needs and Grafana does not have: it would be a picture of an error."""
    address = panel_address(url)
    if address is None:
        return
    try:
        problem = Installed(server, _SECONDS).problem(address)
    except GrafanaError as error:
        yield skipped("panel", f"Grafana does not tell: {error}", error.hint)
        return
    if problem:
        advice = "Correct the graph_image of the check, or the dashboard."
        yield failed("panel", f"{problem[:1].upper()}{problem[1:]}.", advice)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
