"""A Prometheus alert's expression as a panel of its own: what to draw, its limit, its unit.

An alert that names no dashboard still says what it is about: ``node_load1 > 4`` is the graph of
``node_load1`` with a line at 4. What a part of an expression means is guessed from the names that
Prometheus wants metrics to have: https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from grafherald.draw.frames.decode import CannotRead
from grafherald.panels.dashboard import Datasource, DatasourceList

_LONGEST = 4000  # characters of an expression
_TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|(?P<open>[({\[])|(?P<close>[)}\]])"""
    r"|(?P<compare>[<>=!]=|[<>])|(?P<word>[A-Za-z_:][\w:]*)|(?P<other>.)",
    re.DOTALL,
)
_NUMBER = re.compile(r"[+-]?\s*(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_QUIET = re.compile(
    r"""\{[^}]*\}|\[[^\]]*\]|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`"""
    r"|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)",
)
_METRIC = re.compile(r"\b[A-Za-z_:][\w:]*\b(?!\s*\()")
_RATE = re.compile(r"\b(?:i?rate|deriv)\s*\(")
_COUNT = re.compile(r"\s*(?:count|count_values|absent|changes|resets|sum\s*\(\s*changes)\s*\(")
_WORDS = ("and", "or", "unless", "bool", "offset", "inf", "nan")
_PERCENT = re.compile(r"\*\s*100\b|\b100\s*[*-]")

_UNITS = {
    "bytes": ("bytes", "binBps"),
    "bits": ("bits", "bps"),
    "seconds": ("s", "short"),
    "milliseconds": ("ms", "short"),
    "ratio": ("percentunit", "short"),
    "percent": ("percent", "short"),
    "percentage": ("percent", "short"),
    "celsius": ("celsius", "short"),
    "volts": ("volt", "short"),
    "amperes": ("amp", "short"),
    "watts": ("watt", "short"),
    "joules": ("joule", "watt"),
    "hertz": ("hertz", "short"),
    "requests": ("short", "reqps"),
    "": ("short", "cps"),
}
"""Grafana's units of a metric whose name ends so, and of its rate."""


class Expression(NamedTuple):
    """What is to be drawn.

    Attributes:
        drawn: the expression without its comparison, which would hide all that is well.
        limit: what it is compared with, None where that is no number.
    """

    drawn: str
    limit: float | None = None


def split(text: str) -> Expression:
    """Take an alert's expression apart at its one comparison with a number."""
    places = list(_comparisons(text))
    if len(places) == 1 and places[0] is not None:
        begin, end = places[0]
        left, right = text[:begin].strip(), text[end:].strip()
        right = re.sub(r"^bool\b\s*", "", right)
        for drawn, limit in ((left, right), (right, left)):
            if drawn and _NUMBER.fullmatch(limit) and not _NUMBER.fullmatch(drawn):
                return Expression(drawn, float(limit.replace(" ", "")))
    return Expression(text.strip())


def _comparisons(text: str) -> Iterator[tuple[int, int] | None]:
    """Where comparisons are outside of all brackets; None for an ``and``, ``or`` or ``unless``."""
    depth = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        depth += (kind == "open") - (kind == "close")
        if depth == 0 and kind == "compare":
            yield match.span()
        elif depth == 0 and kind == "word" and match[0].lower() in ("and", "or", "unless"):
            yield None


def unit(drawn: str) -> str:
    """Guess Grafana's unit of what an expression gives; ``short`` where its names don't say."""
    quiet = _QUIET.sub(" ", drawn)
    if _COUNT.match(quiet):
        return "short"
    names = [name for name in _METRIC.findall(quiet) if name.lower() not in _WORDS]
    kinds = {_kind(name) for name in names}
    kind = kinds.pop() if len(kinds) == 1 else None
    rate = _RATE.search(quiet) is not None and "histogram_quantile" not in quiet
    if _PERCENT.search(quiet) and ("/" in quiet or rate or kind == "ratio"):
        return "percent"
    if "/" in quiet:
        return "percentunit" if kind is not None and len(names) > 1 else "short"
    if re.search(r"\*\s*8\b", quiet) and kind == "bytes":
        kind, quiet = "bits", quiet.replace("*", " ")
    if kind is None or "*" in quiet:
        return "short"
    return _UNITS[kind][rate]


def _kind(name: str) -> str:
    parts = name.lower().rpartition(":")[2].split("_")
    while parts and parts[-1] in ("total", "bucket", "sum", "created"):
        parts.pop()
    return parts[-1] if parts and parts[-1] in _UNITS else ""


def dashboard_of(asked: Mapping[str, list[str]], datasources: DatasourceList) -> Mapping[str, Any]:
    """Make the dashboard of one panel that shows an expression: ``left`` as Explore has it.

    ``{"datasource": "<uid or name, or nothing>", "queries": [{"refId": "A", "expr": "up == 0"}]}``

    Raises:
        CannotRead: it holds no expression, or Grafana has no Prometheus to ask.
    """
    try:
        left = json.loads((asked.get("left") or [""])[-1])
        text, wanted = left["queries"][0]["expr"], left.get("datasource") or ""
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise CannotRead("the address holds no expression") from None
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
        raise CannotRead(f"an expression has 1 to {_LONGEST} characters")
    source, found = _datasource(wanted, datasources), split(text)
    target = {"refId": "A", "expr": found.drawn, "datasource": {"uid": source.uid or source.name}}
    conditions = [{"evaluator": {"type": "gt", "params": [found.limit]}}]
    panel = {
        "id": 1,
        "type": "timeseries",
        "title": " ".join(text.split()),
        "datasource": target["datasource"],
        "targets": [target],
        "alert": {"conditions": conditions if found.limit is not None else []},
        "fieldConfig": {
            "defaults": {
                "unit": unit(found.drawn),
                "color": {"mode": "palette-classic"},
                "custom": {"fillOpacity": 8, "lineWidth": 2, "showPoints": "never"},
            },
            "overrides": [],
        },
        "options": {"legend": {"displayMode": "list", "placement": "bottom", "calcs": []}},
    }
    return {"title": "Explore", "panels": [panel], "templating": {"list": []}}


def _datasource(wanted: object, datasources: DatasourceList) -> Datasource:
    if wanted:
        found = datasources.find(wanted if isinstance(wanted, str) else "")
        if found is None:
            raise CannotRead(f"Grafana has no datasource {str(wanted)[:80]!r}")
        return found
    listed = datasources.of_type("prometheus")
    if not listed:
        raise CannotRead("Grafana has no Prometheus datasource that could show the expression")
    return listed[0]
