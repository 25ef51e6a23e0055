"""A panel's field config on its data: defaults, then each override that means the field.

https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/field/fieldOverrides.ts
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grafherald.draw.frames.frame import Field, Frame
from grafherald.draw.frames.matchers import Matches, matcher
from grafherald.draw.frames.names import Naming, filled
from grafherald.draw.frames.numbers import to_number
from grafherald.draw.frames.reducers import numbers, reduce
from grafherald.draw.values.colormode import color_mode
from grafherald.draw.values.display import Display
from grafherald.draw.values.mappings import mapper
from grafherald.draw.values.theme import Theme, theme_of
from grafherald.draw.values.thresholds import thresholds_of
from grafherald.draw.values.units import Manner

Version = tuple[int, int, int]


@dataclass(frozen=True)
class Column:
    """A field as the panel shows it.

    Attributes:
        config: unit, decimals, min, max, noValue, links ... after defaults and overrides.
        custom: the panel type's own settings, as drawStyle or cellOptions.
        place: which series of the panel it is, from 0; time fields don't count.
        color: hex of the field as a whole.
    """

    field: Field
    frame: Frame
    name: str
    config: Mapping[str, Any]
    custom: Mapping[str, Any]
    display: Display
    place: int
    color: str


def columns_of(
    panel: Mapping[str, Any], frames: Sequence[Frame], theme: str, manner: Manner
) -> list[list[Column]]:
    """Apply the field config of a panel in the modern form (see `legacy.modern`): by frame."""
    return _Panel(panel, frames, theme, manner).columns()


def left_out(panel: Mapping[str, Any]) -> list[str]:
    """A note for each kind of override that we can't apply."""
    overrides = _mapping(panel.get("fieldConfig")).get("overrides")
    notes = []
    for rule in overrides if isinstance(overrides, list) else ():
        wanted = _mapping(_mapping(rule).get("matcher")).get("id")
        if wanted and matcher(_mapping(rule).get("matcher")) is None:
            notes.append(f'overrides by "{str(wanted)[:60]}" are not applied')
    return list(dict.fromkeys(notes))


class _Panel:
    def __init__(
        self, panel: Mapping[str, Any], frames: Sequence[Frame], theme: str, manner: Manner
    ) -> None:
        config = _mapping(panel.get("fieldConfig"))
        self.kind = panel.get("type")
        self.frames = frames
        self.manner = manner
        self.theme: Theme = theme_of(theme, _three(manner.version))
        self.defaults = _mapping(config.get("defaults"))
        self.overrides = list(_rules(config.get("overrides")))
        self.naming = Naming(frames)
        # The old graph panel kept its palette; since 11 Grafana draws it as a time series.
        old = panel.get("type") == "graph" and manner.version < (11, 0)
        self.palette = theme_of(theme, (7, 5, 0)).palette if old else self.theme.palette
        # Up to 8.0 the counter was one ahead everywhere but in time graphs.
        ahead = manner.version < (8, 1) and panel.get("type") not in ("timeseries", "graph")
        self.first = 1 if ahead else 0
        # Where only lines are drawn nobody asks where in a range a value lies.
        self.ranged = panel.get("type") not in ("timeseries", "graph")
        self.range: tuple[float, float] | None = None

    def columns(self) -> list[list[Column]]:
        place = self.first
        found = []
        for frame in self.frames:
            row = []
            for field in frame.fields:
                row.append(self._column(field, frame, place))
                place += field.kind != "time"
            found.append(row)
        return found

    def _column(self, field: Field, frame: Frame, place: int) -> Column:
        before = self.naming.name(field, frame)
        config, custom = self._config(field, frame, before)
        own = config.get("displayName")
        name = filled(own, field, frame, lambda: before) if isinstance(own, str) and own else before
        display = self._display(field, config, place, name)
        return Column(field, frame, name, config, custom, display, place, _color(field, display))

    def _config(
        self, field: Field, frame: Frame, name_before: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        name = name_before
        config = {key: value for key, value in self.defaults.items() if value is not None}
        # What the datasource says comes before the panel's defaults.
        config.update({key: value for key, value in field.config.items() if value is not None})
        custom = dict(_mapping(self.defaults.get("custom")))
        own = config.get("displayName")
        if isinstance(own, str) and own and self.manner.version >= (11, 0):
            name = filled(own, field, frame, lambda: name_before)  # overrides mean the new name
        for matches, properties in self.overrides:
            if matches(field, frame, name):
                for path, value in properties:
                    if path.startswith("custom."):
                        _put(custom, path[7:], value)
                    else:
                        _put(config, path, value)
        if self.manner.version < (8, 0) and self.kind != "graph":
            _imply_range(config)
        low, high = to_number(config.get("min")), to_number(config.get("max"))
        if low is not None and high is not None and low > high:
            config["min"], config["max"] = config["max"], config["min"]
        config.pop("custom", None)
        return config, custom

    def _display(self, field: Field, config: Mapping[str, Any], place: int, name: str) -> Display:
        thresholds = thresholds_of(config.get("thresholds"))
        decimals = to_number(config.get("decimals"))
        colors = color_mode(config.get("color"), self.theme, thresholds, self.palette)
        colors = replace(colors, place=place, name=name)
        wanted = self.ranged or colors.by_value or thresholds.percentage
        low, high = self._range(field, config) if wanted else (0.0, 100.0)
        by_threshold = None
        if self.manner.version >= (8, 0):
            by_threshold = lambda number: thresholds.color(number, 0.0)  # noqa: E731 - its other form is longer
        return Display(
            kind=field.kind,
            unit=str(config.get("unit") or ""),
            decimals=None if decimals is None else int(max(0, min(decimals, 20))),
            colors=colors,
            manner=self.manner,
            mapper=mapper(
                config.get("mappings"),
                by_threshold if thresholds.steps else None,
                self.manner.version,
            ),
            low=low,
            high=high,
            no_value=str(config.get("noValue") or ""),
        )

    def _range(self, field: Field, config: Mapping[str, Any]) -> tuple[float, float]:
        low, high = to_number(config.get("min")), to_number(config.get("max"))
        if field.kind != "number":
            return (0.0, 100.0)
        if low is None or high is None:
            least, most = _span([field]) if config.get("fieldMinMax") else self._whole_range()
            low = least if low is None else low
            high = most if high is None else high
        return low, high

    def _whole_range(self) -> tuple[float, float]:
        """Of all numbers of the panel: shares are of that unless a field has its own limits."""
        if self.range is None:
            self.range = _span([field for frame in self.frames for field in frame.fields])
        return self.range


def _span(fields: Sequence[Field]) -> tuple[float, float]:
    columns = [numbers(field.values) for field in fields if field.kind == "number"]
    known = [column for column in columns if column]
    if not known:
        return 0.0, 100.0
    return min(map(min, known)), max(map(max, known))


def _color(field: Field, display: Display) -> str:
    """Of the line as a whole: where colours go by value, that of its last, lowest or highest."""
    if not display.colors.by_value:
        return display.colors.series_color()
    by = {"last": "last", "min": "min", "max": "max"}.get(display.colors.series_by, "last")
    number = to_number(reduce(by, field.values)) if field.kind == "number" else 0.0
    number = 0.0 if number is None else number
    return display.colors.color(number, display.share(number))


def _rules(overrides: Any) -> Iterator[tuple[Matches, list[tuple[str, Any]]]]:
    for rule in overrides if isinstance(overrides, list) else ():
        matches = matcher(rule.get("matcher")) if isinstance(rule, Mapping) else None
        if matches is None:
            continue
        properties = rule.get("properties")
        yield (
            matches,
            [
                (str(each.get("id")), each.get("value"))
                for each in (properties if isinstance(properties, list) else ())
                if isinstance(each, Mapping)
            ],
        )


def _put(config: dict[str, Any], path: str, value: Any) -> None:
    """Set "stacking.mode" and the like; an override without a value takes the setting away."""
    *parents, last = path.split(".")
    for parent in parents:
        inner = config.get(parent)
        config[parent] = inner = dict(inner) if isinstance(inner, Mapping) else {}
        config = inner
    if value is None:
        config.pop(last, None)
    else:
        config[last] = value


def _imply_range(config: dict[str, Any]) -> None:
    """7.x: percentages go from nothing to all unless the panel says otherwise."""
    most = {"percent": 100, "percentunit": 1}.get(str(config.get("unit")))
    if most is not None:
        if to_number(config.get("min")) is None:
            config["min"] = 0
        if to_number(config.get("max")) is None:
            config["max"] = most


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _three(version: Sequence[int]) -> Version:
    padded = (*version, 0, 0, 0)
    return padded[0], padded[1], padded[2]
