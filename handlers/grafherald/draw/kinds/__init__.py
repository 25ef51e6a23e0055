"""The panel types that are drawn, each in a module of its own that is loaded when it is asked for.

A drawer is ``(panel, frames, span, look, marks) -> Drawing``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, cast

from grafherald.draw.errors import CannotDraw
from grafherald.draw.frames.frame import Frame
from grafherald.draw.page.look import Drawing, Look, Marks, TimeRange
from grafherald.draw.page.svg import clean

Drawer = Callable[[Mapping[str, Any], Sequence[Frame], TimeRange, Look, Marks], Drawing]

_MODULES = {
    "timeseries": "timegraph",
    "graph": "timegraph",
    "stat": "stat",
    "singlestat": "stat",
    "grafana-singlestat-panel": "stat",
    "gauge": "gauge",
    "bargauge": "bargauge",
    "table": "table",
    "table-old": "table",
    "piechart": "pie",
    "grafana-piechart-panel": "pie",
    "state-timeline": "state_timeline",
    "status-history": "state_timeline",
    "heatmap": "heatmap",
    "barchart": "barchart",
}


def refusal(panel: Mapping[str, Any]) -> str | None:
    """One sentence why this panel's type is not drawn; None if it is."""
    kind = panel.get("type")
    if not isinstance(kind, str) or not kind:
        return "The panel says no type"
    if kind in _MODULES:
        return None
    if kind in ("text", "row", "news", "dashlist", "alertlist", "welcome", "gettingstarted"):
        return f"A {kind} panel cannot be put beside data"
    return f'Panels of the type "{clean(kind, 60)}" are not drawn'


def drawer(panel: Mapping[str, Any]) -> Drawer:
    """The function that draws this panel.

    Raises:
        CannotDraw: nothing draws its type.
    """
    if reason := refusal(panel):
        raise CannotDraw(reason)
    name = _MODULES[panel["type"]]
    module = import_module(f"grafherald.draw.kinds.{name}")
    return cast(Drawer, getattr(module, f"draw_{name}"))
