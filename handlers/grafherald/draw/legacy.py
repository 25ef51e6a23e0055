"""Panels of before 8 in the modern vocabulary: one way of saying a thing for all that draw.

Grafana does the same when it opens an old dashboard; the type stays as it was, since an old panel
also looks old. Sources: the migrations of graph, singlestat, gauge, table and piechart in
https://github.com/grafana/grafana/tree/main/public/app/plugins/panel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from grafherald.draw.frames.numbers import to_number
from grafherald.draw.oldgraph import alias_colors, mapping, modern_graph, override

_TRANSLATED = "translated"  # marks a panel that has been through here


def modern(panel: Mapping[str, Any]) -> Mapping[str, Any]:
    """The panel with ``fieldConfig`` and ``options`` in the modern form; twice is once."""
    if panel.get(_TRANSLATED):
        return panel
    kind = panel.get("type")
    change = {
        "graph": modern_graph,
        "singlestat": _singlestat,
        "table-old": _table,
        "grafana-piechart-panel": _pie,
        "grafana-singlestat-panel": _singlestat,
    }.get(str(kind))
    if kind == "table" and "styles" in panel and not panel.get("fieldConfig"):
        change = _table
    changed = dict(change(panel)) if change else dict(_field_options(panel))
    return {**changed, _TRANSLATED: True}


# --- gauge, bargauge and stat of 6.x


def _field_options(panel: Mapping[str, Any]) -> Mapping[str, Any]:
    """6.x kept a gauge's field config under ``options.fieldOptions``."""
    options = mapping(panel.get("options"))
    old = mapping(options.get("fieldOptions"))
    if not old:
        return panel
    defaults = dict(mapping(old.get("defaults")))
    for name in ("mappings", "thresholds"):
        if old.get(name) and name not in defaults:
            defaults[name] = old[name]
    if isinstance(defaults.get("thresholds"), list):
        defaults["thresholds"] = {"mode": "absolute", "steps": defaults["thresholds"]}
    if "title" in defaults:
        defaults["displayName"] = defaults.pop("title")
    defaults.setdefault("color", {"mode": "thresholds"})
    reduce = {
        "calcs": old.get("calcs") or ["mean"],
        "values": bool(old.get("values")),
        "fields": "",
    }
    return {
        **panel,
        "options": {**options, "reduceOptions": reduce},
        "fieldConfig": {"defaults": defaults, "overrides": old.get("overrides") or []},
    }


# --- singlestat

STATS = {  # what panels of before 7 call the reducers
    "avg": "mean",
    "current": "lastNotNull",
    "total": "sum",
    "first": "firstNotNull",
    "delta": "delta",
    "diff": "diff",
    "range": "range",
    "min": "min",
    "max": "max",
    "count": "count",
    "last_time": "lastNotNull",
}


def _singlestat(panel: Mapping[str, Any]) -> Mapping[str, Any]:
    """Becomes a stat, or a gauge where the old one showed itself as a gauge."""
    gauge = mapping(panel.get("gauge"))
    as_gauge = bool(gauge.get("show"))
    defaults: dict[str, Any] = {
        "unit": panel.get("format") or "none",
        "mappings": list(_old_mappings(panel)),
        "color": {"mode": "thresholds"},
        "thresholds": {"mode": "absolute", "steps": list(_old_steps(panel))},
        "noValue": panel.get("nullText"),
    }
    if (decimals := to_number(panel.get("decimals"))) is not None:
        defaults["decimals"] = decimals
    if as_gauge:
        defaults["min"] = to_number(gauge.get("minValue")) or 0
        highest = to_number(gauge.get("maxValue"))
        defaults["max"] = 100 if highest is None else highest
    prefix, postfix = str(panel.get("prefix") or ""), str(panel.get("postfix") or "")
    name = str(panel.get("valueName") or "avg")
    column = panel.get("tableColumn")
    options: dict[str, Any] = {
        "reduceOptions": {
            "calcs": [STATS.get(name, "mean")],
            "values": False,
            "fields": f"/^{re.escape(column)}$/" if isinstance(column, str) and column else "",
        },
        "orientation": "horizontal",
        "colorMode": _old_color_mode(panel),
        "graphMode": "area" if mapping(panel.get("sparkline")).get("show") else "none",
        "justifyMode": "auto",
        "textMode": "name" if name == "name" else "value",
        "prefix": prefix,
        "postfix": postfix,
        "showThresholdMarkers": bool(gauge.get("thresholdMarkers", True)),
        "showThresholdLabels": bool(gauge.get("thresholdLabels")),
    }
    return {
        **panel,
        "type": "gauge" if as_gauge else "stat",
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": options,
    }


def _old_color_mode(panel: Mapping[str, Any]) -> str:
    if panel.get("colorBackground"):
        return "background"
    return "value" if panel.get("colorValue") else "none"


_OLD_COLORS = ("#299c46", "rgba(237, 129, 40, 0.89)", "#d44a3a")


def _old_steps(panel: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """``thresholds: "70,90"`` beside ``colors: [below 70, from 70, from 90]``."""
    colors = panel.get("colors")
    colors = colors if isinstance(colors, list) and colors else list(_OLD_COLORS)
    limits = [to_number(each) for each in str(panel.get("thresholds") or "").split(",")]
    yield {"value": None, "color": str(colors[0])}
    for limit, color in zip(
        [each for each in limits if each is not None], colors[1:], strict=False
    ):
        yield {"value": limit, "color": str(color)}


def _old_mappings(panel: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    kind = to_number(panel.get("mappingType"))
    maps = panel.get("rangeMaps" if kind == 2 else "valueMaps")
    for each in maps if isinstance(maps, list) else ():
        if isinstance(each, Mapping):
            yield {**each, "type": 2 if kind == 2 else 1}


# --- table and pie


def _table(panel: Mapping[str, Any]) -> Mapping[str, Any]:
    """The table of before 7: ``styles`` by column pattern, ``columns`` and ``transform``."""
    overrides = []
    styles = panel.get("styles")
    for style in styles if isinstance(styles, list) else ():
        if isinstance(style, Mapping) and isinstance(style.get("pattern"), str):
            overrides.append(override(style["pattern"], dict(_table_style(style))))
    return {
        **panel,
        "type": "table",
        # The first style that meets a column is its; here the last one wins.
        "fieldConfig": {"defaults": {"custom": {}}, "overrides": overrides[::-1]},
        "options": {"showHeader": bool(panel.get("showHeader", True))},
        "transformations": panel.get("transformations") or list(_table_transformations(panel)),
    }


def _table_style(style: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    kind = style.get("type")
    if style.get("alias"):
        yield "displayName", style["alias"]
    if kind == "hidden":
        yield "custom.hidden", True
        return
    if kind == "date":
        yield "unit", f"time:{style.get('dateFormat') or 'YYYY-MM-DD HH:mm:ss'}"
    if kind == "number":
        yield "unit", style.get("unit") or "short"
        yield "decimals", to_number(style.get("decimals"))
    if isinstance(style.get("align"), str):
        yield "custom.align", style["align"]
    if kind == "string":
        yield "mappings", list(_old_mappings(style))
    mode = {"cell": "color-background", "row": "color-background", "value": "color-text"}.get(
        str(style.get("colorMode"))
    )
    if mode:
        yield "custom.displayMode", mode
        limits = style.get("thresholds")
        joined = ",".join(map(str, limits)) if isinstance(limits, list) else ""
        steps = list(_old_steps({"thresholds": joined, "colors": style.get("colors")}))
        yield "thresholds", {"mode": "absolute", "steps": steps}


def _table_transformations(panel: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    transform = panel.get("transform")
    if transform == "timeseries_aggregations":
        columns = panel.get("columns")
        calcs = [
            STATS.get(str(mapping(each).get("value")), "mean")
            for each in (columns if isinstance(columns, list) else ())
        ]
        yield {"id": "reduce", "options": {"reducers": calcs or ["mean"]}}
    elif transform == "timeseries_to_columns":
        yield {"id": "seriesToColumns", "options": {}}
    elif transform == "timeseries_to_rows":
        yield {"id": "seriesToRows", "options": {}}
    elif transform == "table":
        yield {"id": "merge", "options": {}}


def _pie(panel: Mapping[str, Any]) -> Mapping[str, Any]:
    legend = mapping(panel.get("legend"))
    shown = [
        name for name, key in (("value", "values"), ("percent", "percentage")) if legend.get(key)
    ]
    defaults = {
        "unit": panel.get("format") or "short",
        "color": {"mode": "palette-classic"},
        "decimals": to_number(panel.get("decimals")),
    }
    return {
        **panel,
        "type": "piechart",
        "fieldConfig": {
            "defaults": defaults,
            "overrides": list(alias_colors(panel.get("aliasColors"))),
        },
        "options": {
            "pieType": "donut" if panel.get("pieType") == "donut" else "pie",
            "reduceOptions": {
                "calcs": [STATS.get(str(panel.get("valueName") or "current"), "lastNotNull")],
                "values": False,
                "fields": "",
            },
            "legend": {
                "showLegend": bool(legend.get("show", True)),
                "placement": "right" if panel.get("legendType") == "Right side" else "bottom",
                "displayMode": "table" if shown else "list",
                "values": shown,
            },
        },
    }
