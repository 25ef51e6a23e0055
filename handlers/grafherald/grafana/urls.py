"""Render URLs and the links that people follow. Text in, text out; nothing is fetched.

The shapes: ``/render/d-solo/<uid>/<slug>?panelId=N`` since Grafana 5, ``/render/dashboard-solo/db/
<slug>?panelId=N`` before, ``/render/d/<uid>`` for a whole dashboard.
https://grafana.com/docs/grafana/latest/dashboards/share-dashboards-panels/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import quote, unquote, urlsplit

_KEPT_IN_LINKS = ("orgId", "from", "to", "tz", "timezone")
_RELATIVE = re.compile(r"now(?P<offsets>(?:[+-]\d+[smhdwMy])*)(?:/(?P<unit>[smhdwMy]))?")
_LOGIN = re.compile(r"(^[^:/?#]*://)[^/?#]*@")
_OFFSET = re.compile(r"([+-])(\d+)([smhdwMy])")
UNFILLED = r"\{\{.*?\}\}|:::.*?:::|\$[A-Za-z_][\w.:]*\$"  # Sensu Go, Core; Nagios, Icinga
_IN_UNFILLED = ("{{", ":::", "$")  # most URLs have none, and to compile the pattern takes time
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def is_render_url(url: str) -> bool:
    """Tell whether *url* is an http(s) URL below some ``/render/``."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and "/render/" in parts.path


def render_url(graph_image: str, start: str, end: str) -> str:
    """Fix the time that *graph_image* shows: ``from=<start>&to=<end>`` is appended.

    What the URL already has stays, byte for byte, also its own from or to; a fragment such as
    ``#sensu.io.graphic`` goes.
    """
    url = graph_image.strip().partition("#")[0]
    present = {name for name, _ in _parameters(url)}
    missing = [
        f"{name}={quote(value, safe='/:-')}"
        for name, value in (("from", start), ("to", end))
        if name not in present
    ]
    if not missing:
        return url
    joint = "" if url.endswith(("?", "&")) else "&" if "?" in url else "?"
    return url + joint + "&".join(missing)


def unfilled(url: str) -> str:
    """The first token in *url* that was to be filled in and was not: ``:::name:::``; "" for none.

    The picture would be one of no host, or of all.
    """
    found = re.search(UNFILLED, url) if any(sign in url for sign in _IN_UNFILLED) else None
    return unquote(found[0]) if found else ""


def panel(dashboard: str, panel_id: str, variables: Iterable[tuple[str, str]]) -> str:
    """The render path of a panel, which `absolute` puts behind Grafana's URL.

    Args:
        dashboard: ``uid`` or ``uid/slug``; ``db/slug`` for Grafana 4 and before.
        panel_id: "" for the whole dashboard.
        variables: names, with ``var-`` or without, and values.
    """
    solo = "-solo" if panel_id else ""
    kind = f"dashboard{solo}" if dashboard.startswith("db/") else f"d{solo}"
    query = [f"panelId={quote(panel_id)}"] if panel_id else []
    for name, value in variables:
        query.append(f"var-{quote(name.removeprefix('var-'))}={quote(value, safe='$')}")
    return _page(f"/render/{kind}/{quote(dashboard)}", query)


def explored(expression: str, datasource: str = "") -> str:
    """Make a render path for a Prometheus *expression* that no dashboard has.

    It is that of Grafana's Explore, whose picture is of no use beside an alert: it is for those
    who draw. ``left`` is Explore's own form, which newer versions still take.

    Args:
        datasource: its uid or name; "" for Grafana's first Prometheus.
    """
    return f"/render/explore?left={_left(expression, datasource)}"


def is_explored(url: str) -> bool:
    """Tell whether a render URL is that of an expression, see `explored`."""
    return url.partition("?")[0].endswith("/render/explore")


def _left(expression: str, datasource: str, **more: object) -> str:
    queries = [{"refId": "A", "expr": expression}]
    left = {"datasource": datasource, "queries": queries, **more}
    return quote(json.dumps(left, separators=(",", ":"), ensure_ascii=False), safe="")


def absolute(graph_image: str, grafana_url: str) -> str:
    """Make *graph_image* a whole URL: one that is only a path is put behind *grafana_url*."""
    if not graph_image.startswith("/render/"):
        return graph_image
    return grafana_url.rstrip("/") + graph_image


def link(render: str) -> str:
    """The page where a reader sees the panel of *render* live, with its time and variables.

    ``/d/<uid>/<slug>?viewPanel=N``, or ``/dashboard/db/<slug>?panelId=N&fullscreen`` for the
    URLs of Grafana 4 and before. What is no render URL is returned as it is. A user and password
    in it are nobody's business, and go; so does a variable with a token that nobody filled in.
    """
    render = _LOGIN.sub(r"\1", render)
    if not is_render_url(render):
        return render
    address, _, _ = render.partition("?")
    base, _, path = address.partition("/render/")
    if path == "explore":
        return _explore_page(base, render)
    kept = [
        f"{name}={value}" if value else name
        for name, value in _parameters(render)
        if name in _KEPT_IN_LINKS or (name.startswith("var-") and not unfilled(value))
    ]
    panel = [value for name, value in _parameters(render) if name == "panelId" and value]
    for old in ("dashboard-solo/", "dashboard/solo/", "dashboard/"):
        if path.startswith(old):
            shown = [f"panelId={panel[0]}", "fullscreen"] if panel else []
            return _page(f"{base}/dashboard/{path[len(old) :]}", shown + kept)
    shown = [f"viewPanel={panel[0]}"] if panel else []
    return _page(f"{base}/{re.sub('^d-solo/', 'd/', path)}", shown + kept)


def _explore_page(base: str, render: str) -> str:
    """Explore's page of an expression, with its time."""
    found = dict(_parameters(render))
    try:
        left = json.loads(unquote(found.get("left", "")))
        expression, datasource = left["queries"][0]["expr"], left["datasource"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return _page(f"{base}/explore", [])
    span = {name: unquote(found.get(name, "")) for name in ("from", "to")}
    kept = [f"orgId={found['orgId']}"] if "orgId" in found else []
    return _page(f"{base}/explore", [*kept, f"left={_left(expression, datasource, range=span)}"])


def moment(expression: str, at: datetime, *, end: bool = False) -> str:
    """Read a time *expression* of Grafana's as epoch milliseconds, seen from *at*.

    ``now-6h`` and ``now-1d/d`` are understood; rounding is down, or up to the last millisecond
    when it is the *end* of a range, as Grafana does. Anything else is absolute and stays.
    """
    match = _RELATIVE.fullmatch(expression)
    if match is None:
        return expression
    moved = at
    for sign, count, unit in _OFFSET.findall(match["offsets"]):
        moved = _shift(moved, int(count) * (1 if sign == "+" else -1), unit)
    if match["unit"]:
        start = _floor(moved, match["unit"])
        after = _shift(start, 1, match["unit"]) - timedelta(milliseconds=1)
        moved = after if end else start
    return str(round(moved.timestamp() * 1000))


def _parameters(url: str) -> list[tuple[str, str]]:
    """Read the query's names and values as they stand, not decoded."""
    query = url.partition("#")[0].partition("?")[2]
    pairs = [part.partition("=") for part in query.split("&") if part]
    return [(name, value) for name, _, value in pairs]


def _page(address: str, parameters: list[str]) -> str:
    return f"{address}?{'&'.join(parameters)}" if parameters else address


def _shift(at: datetime, count: int, unit: str) -> datetime:
    if unit in _SECONDS:
        return at + timedelta(seconds=count * _SECONDS[unit])
    months = at.year * 12 + at.month - 1 + count * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    first = at.replace(year=year, month=month + 1, day=1)
    next_month = (first + timedelta(days=32)).replace(day=1)
    return first.replace(day=min(at.day, (next_month - timedelta(days=1)).day))


def _floor(at: datetime, unit: str) -> datetime:
    fields = {"s": 0, "m": 1, "h": 2, "d": 3, "w": 3, "M": 4, "y": 5}[unit]
    zeros = [("microsecond", 0), ("second", 0), ("minute", 0), ("hour", 0), ("day", 1)]
    floored = at.replace(**dict(zeros[: fields + 1]))  # type: ignore[arg-type]  # names and ints
    if unit == "w":
        floored -= timedelta(days=floored.weekday())
    return floored.replace(month=1) if unit == "y" else floored
