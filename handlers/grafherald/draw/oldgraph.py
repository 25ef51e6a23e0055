"""The graph panel of before 8 in the vocabulary of timeseries. See `legacy`.

https://grafana.com/docs/grafana/v7.5/panels/visualizations/graph-panel/ has what its options mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from grafherald.draw.frames.numbers import to_number

# All that it takes of its fields' options; their unit goes before that of the axis.
# https://github.com/grafana/grafana/blob/v7.5.5/public/app/plugins/panel/graph/module.ts
_OWN = ("displayName", "unit")
_LEGEND_CALCS = (
    ("min", "min"),
    ("max", "max"),
    ("avg", "mean"),
    ("current", "lastNotNull"),
    ("total", "sum"),
)


def modern_graph(panel: Mapping[str, Any]) -> Mapping[str, Any]:
    """The panel with ``fieldConfig`` and ``options`` of a timeseries; its type stays."""
    left, right = _axes(panel)
    own = mapping(panel.get("fieldConfig"))
    defaults = {key: value for key, value in mapping(own.get("defaults")).items() if key in _OWN}
    defaults.update(_axis_config(panel, left))
    defaults["color"] = {"mode": "palette-classic"}
    defaults["custom"] = {**_line(panel), **_axis_custom(left, "left")}
    overrides = [
        *_own_overrides(own.get("overrides")),
        *alias_colors(panel.get("aliasColors")),
        *_series_overrides(panel, right),
    ]
    if panel.get("hiddenSeries") is True:
        defaults["custom"]["hideFrom"] = {"viz": True}
    return {
        **panel,
        "fieldConfig": {"defaults": defaults, "overrides": overrides},
        "options": {**mapping(panel.get("options")), "legend": _legend(panel)},
    }


def _own_overrides(rules: Any) -> Iterator[dict[str, Any]]:
    for rule in rules if isinstance(rules, list) else ():
        properties = mapping(rule).get("properties")
        kept = [
            each
            for each in (properties if isinstance(properties, list) else ())
            if mapping(each).get("id") in _OWN
        ]
        if kept:
            yield {**rule, "properties": kept}


def _axes(panel: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    axes = panel.get("yaxes")
    found = [mapping(each) for each in axes[:2]] if isinstance(axes, list) else []
    found += [{"format": "short"}] * (2 - len(found))
    return found[0], found[1]


def _axis_config(panel: Mapping[str, Any], axis: Mapping[str, Any]) -> dict[str, Any]:
    """A number in the legend has one decimal more than its axis."""
    fields = mapping(mapping(panel.get("fieldConfig")).get("defaults"))
    config: dict[str, Any] = {"unit": fields.get("unit") or axis.get("format") or "short"}
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
    custom["stacking"] = {"mode": mode if panel.get("stack") else "none", "group": ""}
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
        alone = "bars" if bars else "points" if points else "none"
        yield "drawStyle", "line" if lines else alone
        yield "withBars", bars and bool(lines)
        yield "showPoints", "always" if points else "never"
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
        yield "pointSize", radius * 2 + 2  # its line is 2 pixels wide
    if settings.get("dashes") is not None:
        dash = [
            to_number(settings.get(name)) or to_number(panel.get(name)) or 10
            for name in ("dashLength", "spaceLength")
        ]
        fill_of = "dash" if settings["dashes"] else "solid"
        yield "lineStyle", {"fill": fill_of, **({"dash": dash} if settings["dashes"] else {})}


def alias_colors(colors: Any) -> Iterator[dict[str, Any]]:
    """Overrides that give series their colours by name."""
    for name, color in mapping(colors).items():
        if isinstance(color, str) and color:
            yield override(name, {"color": {"mode": "fixed", "fixedColor": color}}, exact=True)


def _series_overrides(
    panel: Mapping[str, Any], right: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    rules = panel.get("seriesOverrides")
    for rule in rules if isinstance(rules, list) else ():
        if isinstance(rule, Mapping) and isinstance(rule.get("alias"), str):
            yield override(rule["alias"], dict(_series_override(rule, panel, right)))


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
    """true, false, or the letter of a stack of its own, apart from the panel's."""
    mode = "percent" if panel.get("percentage") else "normal"
    if isinstance(stack, str) and stack not in ("true", "false"):
        return {"mode": mode, "group": stack}
    return {"mode": mode if stack in (True, "true") else "none", "group": ""}


def override(name: str, properties: Mapping[str, Any], exact: bool = False) -> dict[str, Any]:
    """A field override; a name between slashes is a regular expression, unless *exact*."""
    pattern = not exact and bool(re.fullmatch(r"/.*/[a-z]*", name, re.DOTALL))
    return {
        "matcher": {"id": "byRegexp" if pattern else "byName", "options": name},
        "properties": [{"id": key, "value": value} for key, value in properties.items()],
    }


def _legend(panel: Mapping[str, Any]) -> dict[str, Any]:
    legend = mapping(panel.get("legend"))
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


def mapping(value: Any) -> Mapping[str, Any]:
    """An object of the panel's JSON; empty where it is none."""
    return value if isinstance(value, Mapping) else {}
