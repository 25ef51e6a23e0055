"""Which value of a variable a repeated panel shows: one for each is what Grafana makes of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from grafherald.draw.frames.numbers import to_number
from grafherald.panels.interpolation import VariableValue

_Values = Mapping[str, VariableValue]


def repeated_by(dashboard: Mapping[str, Any], panel: Mapping[str, Any]) -> list[str]:
    """The variables that this panel is repeated by: its own, and that of the row it stands in."""
    own, row = panel.get("repeat"), _row_of(dashboard, panel.get("id"))
    names = [own, row.get("repeat") if row else None]
    return list(dict.fromkeys(each for each in names if isinstance(each, str) and each))


def _row_of(dashboard: Mapping[str, Any], number: Any) -> Mapping[str, Any] | None:
    """The row with this panel: it holds it, or is the last one above it."""
    for row in _list(dashboard.get("rows")):
        if number in _ids(_mapping(row).get("panels")):
            return _mapping(row)
    last = None
    for panel in sorted(map(_mapping, _list(dashboard.get("panels"))), key=_place):
        if panel.get("type") == "row":
            last = panel
            if number in _ids(panel.get("panels")):
                return panel
        elif panel.get("id") == number:
            return last
    return None


def _ids(panels: Any) -> list[Any]:
    return [_mapping(each).get("id") for each in _list(panels)]


def _place(panel: Mapping[str, Any]) -> tuple[float, float]:
    """From the top, then from the left; what says no place stays where it is in the list."""
    where = _mapping(panel.get("gridPos"))
    return to_number(where.get("y")) or 0.0, to_number(where.get("x")) or 0.0


def first_of(names: Sequence[str], values: _Values) -> dict[str, VariableValue]:
    """The values with those of *names* cut to their first: what the panel itself shows."""
    found = dict(values)
    for name in names:
        value = found.get(name)
        if value is not None and not value.raw and len(value.values) > 1:
            same = len(value.texts) == len(value.values)
            texts = value.texts[:1] if same else value.values[:1]
            found[name] = replace(value, values=value.values[:1], texts=texts)
    return found


def cloned(panel: Mapping[str, Any], values: _Values, asked: Collection[str]) -> _Values:
    """The values with those of a copy that an old dashboard stored; what is *asked* for stays."""
    own = panel.get("scopedVars")
    if not isinstance(own, Mapping) or not (
        panel.get("repeatPanelId") or panel.get("repeatedByRow")
    ):
        return values
    found = dict(values)
    for name, given in own.items():
        value = given.get("value") if isinstance(given, Mapping) else None
        if name in found and name not in asked and isinstance(value, str):
            said = (str(given.get("text") or value),)
            found[name] = replace(
                found[name], values=(value,), texts=said, raw=False, unknown=False
            )
    return found


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
