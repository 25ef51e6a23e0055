"""What pages show of alerts, deliveries and events. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from grafherald.history import CODES
from grafherald.history.acts import Act, What
from grafherald.history.measured import Measured
from grafherald.history.read import Alert
from grafherald.history.standing import OPEN, Standing
from grafherald.notification import is_web_url, span
from grafherald.text import one_line, plain, shorten

STATES = {code: state.value for state, code in CODES.items()}
SHORT = {"critical": "crit", "warning": "warn", "unknown": "unkn", "ok": "ok"}
_HOST = re.compile(r"https?://(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?")
_PREFIX = re.compile(r"(?:[\w./-]+ ){0,2}(?:OK|WARNING|CRITICAL|UNKNOWN)\b(?: ?[:-])? +(?=\S)")
_WIDTH = 1000  # of a timeline, in its own units
_TEXT = 240  # characters of an output in a list
_SPARK = (60, 16)  # width and height of a sparkline, in its own units


@dataclass(frozen=True)
class Row:
    """An alert in a list.

    Attributes:
        state: as it is now; *severity* is the worst it was.
        text: its output on one line.
        value: what was measured last, with its unit, or "".
        spark: the points of the line of what was measured, for ``<polyline>``, or "".
        picture: its URL, or "" when there is none that a page can load.
        live: the URL of its small live graph, or "" where there is none.
        lasted: how long it lasted, until now when it is open.
        shared: the end of the host's name that all hosts of the list have, see `shared_domain`.
    """

    alert: Alert
    severity: str
    state: str
    text: str
    picture: str
    panel: str
    lasted: str
    value: str = ""
    spark: str = ""
    live: str = ""
    kind: str = OPEN
    act: Act | None = None
    owner: str = ""
    is_new: bool = False
    shared: str = ""

    @property
    def host(self) -> tuple[str, str, str]:
        """The host's name, its domain, and the part of that which all of the list share."""
        name, domain = host_parts(plain(self.alert.entity))
        own = domain.removesuffix(self.shared)
        return name, own, domain[len(own) :]

    @property
    def since(self) -> datetime:
        """When it began."""
        return self.alert.started


def row(alert: Alert, now: datetime) -> Row:
    """Prepare an alert for a list: clean, cut, and with links alone that are safe."""
    length = (alert.ended or now) - alert.started
    return Row(
        alert,
        STATES[alert.severity],
        STATES[alert.state],
        shorten(gist(one_line(plain(alert.output[: 4 * _TEXT]))), _TEXT),
        alert.picture if origin(alert.picture) else "",
        alert.panel if is_web_url(alert.panel) else "",
        span(max(length, timedelta())),
    )


def gist(output: str) -> str:
    """Leave out of an output's line the plugin's name and the state, which the row shows anyway.

    ``CheckCPU WARNING: 79.9 % used`` becomes ``79.9 % used``.
    """
    return _PREFIX.sub("", output, count=1) if _PREFIX.match(output) else output


def host_parts(name: str) -> tuple[str, str]:
    """Split a host's name from its domain, which lists show fainter; an address is whole."""
    short, dot, domain = name.partition(".")
    return (name, "") if not short or short.isdigit() else (short, dot + domain)


def shared_domain(names: Iterable[str]) -> str:
    """Find the end that the hosts' names have in common, from a dot on, for lists to leave out.

    It is "" where fewer than two hosts have one, and where a name would be taken for another's.
    """
    known = {plain(name) for name in names}
    domains = [domain.split(".") for _, domain in map(host_parts, known) if domain]
    if len(domains) < 2:
        return ""
    common: list[str] = []
    for parts in zip(*(reversed(one) for one in domains), strict=False):
        if len(set(parts)) > 1 or not parts[0]:
            break
        common.insert(0, parts[0])
    found = f".{'.'.join(common)}" if common else ""
    is_clear = len({name.removesuffix(found) for name in known}) == len(known)
    return found if is_clear else ""


def sparkline(values: Sequence[float]) -> str:
    """Trace *values* as the points of a small line; "" for fewer than two."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    width, height = _SPARK
    step, scale = width / (len(values) - 1), (height - 2) / ((high - low) or 1)
    return " ".join(
        f"{place * step:.1f},{height - 1 - (value - low) * scale:.1f}"
        for place, value in enumerate(values)
    )


def value(found: Measured | None) -> str:
    """What was measured last, short enough for a row."""
    return shorten(plain(found.last.shown), 24) if found else ""


def counted(found: Iterable[Standing]) -> dict[str, int]:
    """Count alerts by the worst state that each had; every severity is there, the worst first."""
    counts = dict.fromkeys(("critical", "unknown", "warning"), 0)
    for one in found:
        counts[STATES[one.alert.severity]] += 1
    return counts


def typical(length: timedelta) -> str:
    """Write a length that stands for many, no more exactly than that means: ``16 min``."""
    seconds = length.total_seconds()
    unit = 3600 if seconds >= 36_000 else 60 if seconds >= 600 else 1
    return span(timedelta(seconds=round(seconds / unit) * unit))


def scope_text(act: Act) -> str:
    """Say what a silence covers: ``host web01, check cpu``."""
    words = {"entity": "host"}
    return ", ".join(
        f"{words.get(key, key.removeprefix('label:'))} {value}" for key, value in act.scope
    )


_DONE = {
    What.ACKNOWLEDGE: "acknowledged",
    What.TAKE: "took",
    What.SILENCE: "silenced",
}


def act_text(act: Act) -> str:
    """Say what somebody did: ``silenced host web01 for 4 h``."""
    if act.what is What.SILENCE and act.until:
        return f"silenced {scope_text(act)} for {span(act.until - act.at)}"
    return _DONE[act.what] + (" it" if act.what is What.TAKE else "")


def origin(url: str) -> str:
    """What lets a page load a picture: ``https://host:port``; "" where the URL is odd.

    It becomes a part of the page's security policy, so nothing else may be in it.
    """
    if not is_web_url(url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    found = f"{parts.scheme}://{parts.netloc}"
    return found if _HOST.fullmatch(found) else ""


def origins(rows: Iterable[Row]) -> frozenset[str]:
    """Where the pictures of *rows* come from, for the page's security policy."""
    return frozenset(origin(one.picture) for one in rows if one.picture)


@dataclass(frozen=True)
class Span:
    """A piece of a timeline: where it lies in _WIDTH units, and the state that was in force."""

    left: float
    width: float
    state: str
    since: datetime


def timeline(changes: Sequence[tuple[datetime, int]], start: datetime, end: datetime) -> list[Span]:
    """Lay *changes* (time, state code), oldest first, on the bar from *start* to *end*."""
    pieces = []
    whole = max((end - start).total_seconds(), 1)
    following: Iterable[datetime] = [*(at for at, _ in changes[1:]), end]
    for (at, code), until in zip(changes, following, strict=True):
        left = max((at - start).total_seconds(), 0) / whole * _WIDTH
        right = max((until - start).total_seconds(), 0) / whole * _WIDTH
        pieces.append(Span(round(left, 1), round(max(right - left, 1), 1), STATES[code], at))
    return pieces


def incidents(found: Iterable[Alert], start: datetime, end: datetime) -> list[Span]:
    """Lay alerts on the bar from *start* to *end*, the oldest first, to see how often it is."""
    whole = max((end - start).total_seconds(), 1)
    pieces = []
    for one in sorted(found, key=lambda alert: alert.started):
        left = max((one.started - start).total_seconds(), 0) / whole * _WIDTH
        right = ((one.ended or end) - start).total_seconds() / whole * _WIDTH
        width = round(max(right - left, 3), 1)
        pieces.append(Span(round(left, 1), width, STATES[one.severity], one.started))
    return pieces


def labelled(labels: Mapping[str, str], limit: int = 30) -> list[tuple[str, str]]:
    """Choose the labels that a page has room for, in order."""
    return sorted(labels.items())[:limit]
