"""A dashboard's panels as people count them: rows opened, repeats unrolled.

The JSON is Grafana's: ``panels`` since 5 (a ``row`` panel holds its panels while it is collapsed,
else those that follow belong to it), ``rows`` with ``panels`` before.
https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafherald.chat.query import PanelSelection
from grafherald.chat.shapes import mapping, mappings
from grafherald.chat.variables import Pairs, variables
from grafherald.chat.words import folded


@dataclass(frozen=True)
class DashboardPanel:
    """One picture of a dashboard.

    Attributes:
        number: its place, from 1; rows themselves do not count.
        id: Grafana's number for it; all repeats of one panel have the same.
        name: its title as it is stored, variables not yet filled in.
        title: its title as it is shown.
        scope: the variables that a repeat sets, with their value for this one.
        is_text: nothing is drawn in it.
    """

    number: int
    id: int
    name: str
    title: str
    scope: Pairs = ()
    is_text: bool = False


def is_empty(dashboard: Mapping[str, Any]) -> bool:
    """Tell whether *dashboard* has neither panels nor rows at all."""
    return dashboard.get("panels") is None and dashboard.get("rows") is None


def panels(dashboard: Mapping[str, Any], given: Pairs) -> list[DashboardPanel]:
    """Return the panels in the order of the JSON, repeats unrolled over the values of *given*.

    Repeats that are stored in the dashboard (``repeatPanelId``) stand as they are.
    """
    known = variables(dashboard)
    found: list[DashboardPanel] = []
    for panel, scope in _places(dashboard, known, given):
        name = str(panel.get("title") or mapping(panel.get("libraryPanel")).get("name") or "")
        values = {**_values(known, given), **_scoped(panel, given), **dict(scope)}
        title, is_text = titled(name, values), panel.get("type") == "text"
        found.append(DashboardPanel(len(found) + 1, panel["id"], name, title, scope, is_text))
    return found


def select(found: Sequence[DashboardPanel], selection: PanelSelection) -> list[DashboardPanel]:
    """Choose those of *found* that were asked for; all of them without the texts."""
    if selection == PanelSelection():
        return [panel for panel in found if not panel.is_text] or list(found)
    if selection.number:
        return [panel for panel in found if panel.number == selection.number]
    if selection.id:
        return [panel for panel in found if panel.id == selection.id]
    title = folded(selection.title)
    stored = [panel for panel in found if title in folded(panel.name)]
    return stored or [panel for panel in found if title in folded(panel.title)]


def titled(name: str, values: Mapping[str, str]) -> str:
    """Return *name* with each ``$variable`` that has a value filled in."""
    return re.sub(r"\$(\w+)", lambda match: values.get(match[1]) or match[0], name, flags=re.ASCII)


def _places(
    dashboard: Mapping[str, Any], known: Sequence[Mapping[str, Any]], given: Pairs
) -> Iterator[tuple[Mapping[str, Any], Pairs]]:
    rows = [(row, list(members)) for row, members in _rows(dashboard)]
    stored = [panel.get("repeatPanelId") for _, members in rows for panel in members]
    for row, members in rows:
        of_row = {} if any(panel["id"] in stored for panel in members) else row
        for outer in _scopes(of_row, known, given):
            for panel in members:
                own = {} if panel["id"] in stored else panel
                for inner in _scopes(own, known, given):
                    yield panel, outer + inner


def _rows(
    dashboard: Mapping[str, Any],
) -> Iterator[tuple[Mapping[str, Any], Iterator[Mapping[str, Any]]]]:
    """Yield each row with its panels; what stands before the first row has the row ``{}``."""
    if dashboard.get("panels") is None:
        for old in mappings(dashboard.get("rows")):
            yield old, _shown(mappings(old.get("panels")))
        return
    row: Mapping[str, Any] = {}
    members: list[Mapping[str, Any]] = []
    for panel in mappings(dashboard.get("panels")):
        if panel.get("type") == "row":
            yield row, _shown(members)
            row, members = panel, mappings(panel.get("panels"))
        else:
            members.append(panel)
    yield row, _shown(members)


def _shown(members: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    return (p for p in members if p.get("type") != "row" and isinstance(p.get("id"), int))


def _scopes(
    holder: Mapping[str, Any], known: Sequence[Mapping[str, Any]], given: Pairs
) -> list[Pairs]:
    """Return what each repeat of a panel or row sets: nothing when it is shown once."""
    name = holder.get("repeat")
    if not isinstance(name, str) or not name:
        return [()]
    values = _repeated(name, known, given)
    return [((name, value),) for value in values] if len(values) > 1 else [()]


def _repeated(name: str, known: Sequence[Mapping[str, Any]], given: Pairs) -> list[str]:
    variable = next((v for v in known if v.get("name") == name), {})
    current = mapping(variable.get("current")).get("value")
    asked = [value for key, value in given if key == name and value]
    values = asked or [str(v) for v in (current if isinstance(current, list) else [current])]
    if "$__all" in values or "All" in asked:
        options = [str(option.get("value")) for option in mappings(variable.get("options"))]
        values = [value for value in options if value != "$__all"]
    return list(dict.fromkeys(values))


def _values(known: Sequence[Mapping[str, Any]], given: Pairs) -> dict[str, str]:
    """Return each variable's text: the first that was given, up to a ``=``, else its current."""
    asked = {
        name: "All" if value == "$__all" else value.partition("=")[0]
        for name, value in reversed(given)
    }
    return {
        str(variable.get("name")): asked.get(
            str(variable.get("name")), _text(mapping(variable["current"]).get("text"))
        )
        for variable in known
        if variable.get("current") is not None
    }


def _scoped(panel: Mapping[str, Any], given: Pairs) -> dict[str, str]:
    """Return what a stored repeat was made for, but for what was asked otherwise."""
    asked = {name for name, _ in given}
    scoped = mapping(panel.get("scopedVars")).items()
    texts = {name: _text(mapping(value).get("text")) for name, value in scoped}
    return {name: text for name, text in texts.items() if text and name not in asked}


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value or "")
