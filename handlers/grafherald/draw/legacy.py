"""Panels of before 8 in the modern vocabulary: one way of saying a thing for all that draw.

Grafana does the same when it opens an old dashboard; the type stays as it was, since an old panel
also looks old. Sources: the migrations of graph, singlestat, gauge, table and piechart in
https://github.com/grafana/grafana/tree/main/public/app/plugins/panel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from grafherald.draw.numbers import to_number

_TRANSLATED = "translated"  # marks a panel that has been through here


def modern(panel: Mapping[str, Any]) -> Mapping[str, Any]:
    """The panel with ``fieldConfig`` and ``options`` in the modern form; twice is once."""
    if panel.get(_TRANSLATED):
        return panel
    kind = panel.get("type")
    change = {
        "graph": _graph,
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
    options = _mapping(panel.get("options"))
    old = _mapping(options.get("fieldOptions"))
    if not old:
        return panel
    defaults = dict(_mapping(old.get("defaults")))
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


# --- graph

_LEGEND_CALCS = (
    ("min", "min"),
    ("max", "max"),
    ("avg", "mean"),
    ("current", "lastNotNull"),
    ("total", "sum"),
)


def _graph(panel: Mapping[str, Any]) -> Mapping[str, Any]:
    left, right = _axes(panel)
    defaults = dict(_mapping(_mapping(panel.get("fieldConfig")).get("defaults")))
    defaults.update(_axis_config(panel, left))
    defaults["color"] = {"mode": "palette-classic"}
    defaults["custom"] = {**_line(panel), **_axis_custom(left, "left")}
    overrides = [
        *_alias_colors(panel.get("aliasColors")),
        *_series_overrides(panel, right),
    ]
    if panel.get("hiddenSeries") is True:
        defaults["custom"]["hideFrom"] = {"viz": True}
    return {
        **panel,
        "fieldConfig": {"defaults": defaults, "overrides": overrides},
        "options": {**_mapping(panel.get("options")), "legend": _legend(panel)},
    }


def _axes(panel: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    axes = panel.get("yaxes")
    found = [_mapping(each) for each in axes[:2]] if isinstance(axes, list) else []
    found += [{"format": "short"}] * (2 - len(found))
    return found[0], found[1]


def _axis_config(panel: Mapping[str, Any], axis: Mapping[str, Any]) -> dict[str, Any]:
    """A number in the legend has one decimal more than its axis."""
    config: dict[str, Any] = {"unit": axis.get("format") or "short"}
    for name in ("min", "max"):
        if (limit := to_number(axis.get(name))) is not None:
            config[name] = limit
    decimals, ticks = to_number(panel.get("decimals")), to_number(axis.get("decimals"))
    if decimals is not None or ticks is not None:
        config["decimals"] = decimals if decimals is not None else (ticks or 0) + 1
    return config


def _axis_custom(axis: Mapping[str, Any], placement: str) -> dict[str, Any]:
    custom: dict[str, Any] = {
        "axisPlacement": placement if axis.get("show", True) else "hidden",
        "axisSide": placement,
        "axisLabel": str(axis.get("label") or ""),
        "axisColorMode": "text",
    }
    base = to_number(axis.get("logBase"))
    if base is not None and base > 1:
        custom["scaleDistribution"] = {"type": "log", "log": base}
    if (decimals := to_number(axis.get("decimals"))) is not None:
        custom["axisDecimals"] = decimals
    return custom


def _line(panel: Mapping[str, Any]) -> dict[str, Any]:
    """The look of all series; see `_style` for what one may change."""
    settings = {
        "bars": False,
        "lines": True,
        "points": False,
        "fill": 1,
        "linewidth": 1,
        "steppedLine": False,
        "nullPointMode": "null",
    }
    settings.update({key: panel[key] for key in _STYLE if panel.get(key) is not None})
    settings.update(dashes=panel.get("dashes"), fillGradient=panel.get("fillGradient"))
    custom = dict(_style(settings, panel))
    mode = "percent" if panel.get("percentage") else "normal"
    custom["stacking"] = {"mode": mode if panel.get("stack") else "none", "group": "A"}
    return custom


_STYLE = (
    *("bars", "lines", "points", "fill", "fillGradient", "linewidth", "steppedLine"),
    *("nullPointMode", "pointradius", "dashes"),
)


def _style(settings: Mapping[str, Any], panel: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The modern names of what a graph, or one override of it, says of its lines."""
    if any(key in settings for key in ("bars", "lines", "points")):
        merged = {**{key: panel.get(key) for key in ("bars", "points")}, **settings}
        lines = merged.get("lines", panel.get("lines", True))
        # Flot draws bars under lines and lines under points; ours says what else there is.
        bars, points = bool(merged.get("bars")), bool(merged.get("points"))
        yield "drawStyle", "bars" if bars and not lines else "line" if lines else "points"
        yield "withBars", bars and bool(lines)
        yield "showPoints", "always" if points else "never"
        if not (bars or lines or points):
            yield "hideFrom", {"viz": True}
    if (fill := to_number(settings.get("fill"))) is not None:
        yield "fillOpacity", min(100.0, max(0.0, fill * 10))
    if (gradient := to_number(settings.get("fillGradient"))) is not None:
        yield "gradientMode", "opacity" if gradient > 0 else "none"
        yield "fillGradient", gradient
    if (width := to_number(settings.get("linewidth"))) is not None:
        yield "lineWidth", width
    if "steppedLine" in settings:
        yield "lineInterpolation", "stepAfter" if settings["steppedLine"] else "linear"
    if "nullPointMode" in settings:
        yield "spanNulls", settings["nullPointMode"] == "connected"
        yield "nullAsZero", settings["nullPointMode"] == "null as zero"
    if (radius := to_number(settings.get("pointradius"))) is not None:
        yield "pointSize", radius * 2
    if settings.get("dashes") is not None:
        dash = [
            to_number(settings.get(name)) or to_number(panel.get(name)) or 10
            for name in ("dashLength", "spaceLength")
        ]
        fill_of = "dash" if settings["dashes"] else "solid"
        yield "lineStyle", {"fill": fill_of, **({"dash": dash} if settings["dashes"] else {})}


def _alias_colors(colors: Any) -> Iterator[dict[str, Any]]:
    for name, color in _mapping(colors).items():
        if isinstance(color, str) and color:
            yield _override(name, {"color": {"mode": "fixed", "fixedColor": color}}, exact=True)


def _series_overrides(
    panel: Mapping[str, Any], right: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    rules = panel.get("seriesOverrides")
    for rule in rules if isinstance(rules, list) else ():
        if isinstance(rule, Mapping) and isinstance(rule.get("alias"), str):
            yield _override(rule["alias"], dict(_series_override(rule, panel, right)))


def _series_override(
    rule: Mapping[str, Any], panel: Mapping[str, Any], right: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    for name, value in _style(rule, panel):
        yield f"custom.{name}", value
    if rule.get("yaxis") in (2, "2"):
        yield from _right_axis(panel, right)
    if isinstance(rule.get("color"), str):
        yield "color", {"mode": "fixed", "fixedColor": rule["color"]}
    if rule.get("transform") in ("negative-Y", "constant"):
        yield "custom.transform", rule["transform"]
    if "stack" in rule:
        yield "custom.stacking", _stacking(rule["stack"], panel)
    if isinstance(rule.get("fillBelowTo"), str):
        yield "custom.fillBelowTo", rule["fillBelowTo"]
        yield "custom.lineWidth", to_number(rule.get("linewidth")) or 0.0
    if (order := to_number(rule.get("zindex"))) is not None:
        yield "custom.zindex", order
    hidden = {
        "legend": rule.get("legend") is False,
        "viz": rule.get("hiddenSeries") is True,
    }
    if any(hidden.values()):
        yield "custom.hideFrom", hidden


def _right_axis(panel: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    config = _axis_config(panel, right)
    for name in ("unit", "min", "max", "decimals"):
        yield name, config.get(name)
    custom = _axis_custom(right, "right")
    for name in ("axisPlacement", "axisSide", "axisLabel", "axisDecimals", "scaleDistribution"):
        yield f"custom.{name}", custom.get(name)


def _stacking(stack: Any, panel: Mapping[str, Any]) -> dict[str, Any]:
    """true, false, or the letter of a stack of its own."""
    mode = "percent" if panel.get("percentage") else "normal"
    if isinstance(stack, str) and stack not in ("true", "false"):
        return {"mode": mode, "group": stack}
    return {"mode": mode if stack in (True, "true") else "none", "group": "A"}


def _override(name: str, properties: Mapping[str, Any], exact: bool = False) -> dict[str, Any]:
    pattern = not exact and bool(re.fullmatch(r"/.*/[a-z]*", name, re.DOTALL))
    return {
        "matcher": {"id": "byRegexp" if pattern else "byName", "options": name},
        "properties": [{"id": key, "value": value} for key, value in properties.items()],
    }


def _legend(panel: Mapping[str, Any]) -> dict[str, Any]:
    legend = _mapping(panel.get("legend"))
    values = bool(legend.get("values"))
    decimals = to_number(panel.get("decimals"))
    return {
        "showLegend": bool(legend.get("show", True)),
        "displayMode": "table" if legend.get("alignAsTable") else "list",
        "placement": "right" if legend.get("rightSide") else "bottom",
        "calcs": [new for old, new in _LEGEND_CALCS if values and legend.get(old)],
        "sortBy": dict(_LEGEND_CALCS).get(str(legend.get("sort") or "")) or None,
        "sortDesc": bool(legend.get("sortDesc")),
        "hideEmpty": bool(legend.get("hideEmpty")),
        "hideZero": bool(legend.get("hideZero")),
        "width": to_number(legend.get("sideWidth")),
        "decimals": decimals,
    }


# --- singlestat

_STATS = {
    "avg": "mean",
    "current": "lastNotNull",
    "total": "sum",
    "first": "firstNotNull",
    "delta": "delta",
    "diff": "diff",
    "range": "range",
    "min": "min",
    "max": "max",
    "last_time": "lastNotNull",
}


def _singlestat(panel: Mapping[str, Any]) -> Mapping[str, Any]:
    """Becomes a stat, or a gauge where the old one showed itself as a gauge."""
    gauge = _mapping(panel.get("gauge"))
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
            "calcs": [_STATS.get(name, "mean")],
            "values": False,
            "fields": f"/^{re.escape(column)}$/" if isinstance(column, str) and column else "",
        },
        "orientation": "horizontal",
        "colorMode": _old_color_mode(panel),
        "graphMode": "area" if _mapping(panel.get("sparkline")).get("show") else "none",
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
            overrides.append(_override(style["pattern"], dict(_table_style(style))))
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
            _STATS.get(str(_mapping(each).get("value")), "mean")
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
    legend = _mapping(panel.get("legend"))
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
            "overrides": list(_alias_colors(panel.get("aliasColors"))),
        },
        "options": {
            "pieType": "donut" if panel.get("pieType") == "donut" else "pie",
            "reduceOptions": {
                "calcs": [_STATS.get(str(panel.get("valueName") or "current"), "lastNotNull")],
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


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
