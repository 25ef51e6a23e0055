"""Why Grafana sent no picture, as far as its answer tells.

The words are those of a Grafana 7.5.5: the status alone would mislead.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone

from grafherald.errors import GraphError
from grafherald.net.response import retry_after
from grafherald.text import one_line, plain, shorten

_TOKEN = "Check the token: Grafana does not know it."  # noqa: S105  # a sentence
_LOGIN = "Check the token: it may be wrong, expired, or of another organisation."
_RENDERER = "See the logs of Grafana and its image renderer."
_PROXY = "The proxy in front of Grafana does not reach it."
_HINTS: Mapping[int, str] = {
    400: "Open the render URL in a browser: Grafana refuses one of its parameters.",
    401: _TOKEN,
    403: "The token's account may not see this dashboard.",
    404: "Is there such a dashboard, and is grafana.url the whole address that people open?",
    408: _RENDERER,
    429: "It limits how many pictures it renders at once; try again later.",
    500: _RENDERER,
    502: _PROXY,
    503: _PROXY,
    504: "The proxy in front of Grafana has less patience than the render needs.",
}


def refusal(
    status: int, headers: Mapping[str, str], start: bytes, now: datetime | None = None
) -> GraphError:
    """Make the error of an answer that is no 200.

    Args:
        status: its status.
        headers: by lower-case name.
        start: the first bytes of its body.
        now: the time that dates in it are seen from; default: the clock's.
    """
    if 300 <= status < 400 and status != 304:
        return _redirected(status, headers.get("location", ""))
    is_busy = status in (429, 503)
    reason, hint = _reason(status, start)
    return GraphError(
        f"Grafana answered {status}{reason and ': '}{reason}",
        status={429: 503, 503: 503, 504: 504, 408: 504}.get(status, 502),
        hint=hint or _HINTS.get(status, ""),
        retry_after=retry_after(headers, now or datetime.now(timezone.utc)) if is_busy else None,
    )


def _reason(status: int, start: bytes) -> tuple[str, str]:
    """Find what the body says, and what to do about it; "" where it says nothing."""
    if status == 401 and "expired" in _message(start).lower():
        return "the token has expired", "Make a new one, and put it into grafana.token_file."
    if status == 404 and start.strip() == b"Not found":  # JSON where the dashboard is missing
        hint = "Take orgId out of the URL, or use a token of that organisation."
        return "the URL's orgId is not the token's organisation", hint
    if status == 500 and b"Rendering failed" in start:
        hint = "Its renderer failed, was too busy or took too long: see Grafana's log."
        return "rendering failed", hint
    return (_message(start), "") if status in (400, 403, 404) else ("", "")


def _message(start: bytes) -> str:
    try:
        found = json.loads(start)
    except (ValueError, RecursionError):
        return ""
    text = found.get("message") if isinstance(found, dict) else ""
    return shorten(one_line(plain(text)), 100).rstrip(".") if isinstance(text, str) else ""


def _redirected(status: int, location: str) -> GraphError:
    path = location.partition("?")[0]
    if path.endswith("/login"):
        return GraphError(f"Grafana sent us to its login page ({status})", hint=_LOGIN)
    if path == "/":
        hint = "The token's account may not see this dashboard."
        return GraphError(f"Grafana sent us to its home page ({status})", hint=hint)
    hint = "Set grafana.url to the address where Grafana answers itself."
    return GraphError(f"Grafana sent us elsewhere ({status})", hint=hint)
