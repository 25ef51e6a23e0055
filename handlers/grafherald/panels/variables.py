"""What a dashboard's variables are: from the URL, the alert, what is stored, or asked for.

Provisioned dashboards store no values, so the order matters: the URL's ``var-*``; the alert's own
labels and names; the stored value; all, where the variable may be all; its first option; what the
datasource says; else the query matches all, and the picture says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafherald.draw.frames.decode import CannotRead
from grafherald.draw.frames.regexes import compiled
from grafherald.draw.page.look import TimeRange
from grafherald.panels import interval
from grafherald.panels.dashboard import Datasource, DatasourceList
from grafherald.panels.formats import of_datasource
from grafherald.panels.interpolation import Scope, VariableValue, names_in
from grafherald.panels.variablequery import Found

_ALL = ("$__all", "All")
_MOST_VALUES = 1000

Lookup = Callable[[Datasource, Any], Found | None]
"""(datasource, a variable's query filled in) -> its options; None when they can't be asked for"""


@dataclass(frozen=True)
class Sources:
    """Where values come from, the dashboard itself aside.

    Attributes:
        url: the parameters of the URL.
        context: labels and names of the alert, as ``{"instance": "web01"}``.
        renamed: which of the context a variable takes, as ``{"node": "entity"}``.
    """

    url: Mapping[str, list[str]]
    context: Mapping[str, str]
    renamed: Mapping[str, str]
    datasources: DatasourceList
    lookup: Lookup
    span: TimeRange


@dataclass(frozen=True)
class Resolved:
    """``unknown`` are the names of variables that match all; ``guessed``: a value of the alert was
    taken without anybody saying that it is one of the variable's."""

    scope: Scope
    unknown: tuple[str, ...]
    guessed: bool


def resolve(dashboard: Mapping[str, Any], panel: Mapping[str, Any], sources: Sources) -> Resolved:
    """Find the values of all variables that *panel* needs, and of those that they need.

    Raises:
        CannotRead: the panel is filtered ad hoc.
    """
    variables = _variables_of(dashboard)
    needed = _needed(variables, panel)
    values: dict[str, VariableValue] = {}
    guessed = False
    for variable in variables:
        name = str(variable["name"])
        if variable.get("type") == "adhoc":
            _refuse_filters(variable, sources)
        elif name in needed:
            one = _One(variable, sources, Scope(values))
            values[name] = one.value()
            guessed = guessed or one.guessed
    unknown = tuple(name for name, value in values.items() if value.unknown)
    return Resolved(Scope(values), unknown, guessed)


def needed_by(dashboard: Mapping[str, Any], panel: Mapping[str, Any]) -> set[str]:
    """The names of the variables that a panel needs, and of those that they need."""
    return _needed(_variables_of(dashboard), panel)


def _variables_of(dashboard: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    templating = dashboard.get("templating")
    listed = templating.get("list") if isinstance(templating, Mapping) else None
    return [each for each in listed or () if isinstance(each, Mapping) and each.get("name")]


def _needed(variables: Iterable[Mapping[str, Any]], panel: Mapping[str, Any]) -> set[str]:
    by_name = {str(each["name"]): each for each in variables}
    needed: set[str] = set()
    waiting = [*names_in(panel), str(panel.get("repeat") or "")]
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in needed:
            needed.add(name)
            variable = by_name[name]
            keys = ("query", "definition", "allValue", "datasource", "regex")
            waiting += names_in([variable.get(key) for key in keys])
    return needed


def _refuse_filters(variable: Mapping[str, Any], sources: Sources) -> None:
    """Ad hoc filters change every query of a datasource in ways that only its frontend knows."""
    name = str(variable["name"])
    if sources.url.get(f"var-{name}") or variable.get("filters"):
        raise CannotRead(f'the panel is filtered ad hoc by "{name}", which only a browser can do')


class _One:
    """One variable on its way to a value."""

    def __init__(self, variable: Mapping[str, Any], sources: Sources, scope: Scope) -> None:
        self.variable = variable
        self.sources = sources
        self.scope = scope
        self.name = str(variable["name"])
        self.kind = str(variable.get("type") or "query")
        self.may_be_all = bool(variable.get("includeAll"))
        self.several = bool(variable.get("multi")) or self.may_be_all
        self.guessed = False
        self._known: Sequence[tuple[str, str]] | None = None

    def value(self) -> VariableValue:
        asked = self.sources.url.get(f"var-{self.name}")
        if asked:
            return self._taken(asked)
        if self.kind == "constant":
            return self._plain([str(self.variable.get("query") or "")])
        if self.kind == "datasource":
            return self._datasource()
        return self._of_alert() or self._stored() or self._default()

    def _taken(self, values: Sequence[str]) -> VariableValue:
        """Values that somebody gave: one, several, or all."""
        if any(value in _ALL for value in values) and self.may_be_all:
            return self._all()
        return self._plain(values)

    def _plain(self, values: Sequence[str]) -> VariableValue:
        texts = dict(self._options())
        found = tuple(self._interval(value) for value in values[:_MOST_VALUES])
        return VariableValue(found, tuple(texts.get(value, value) for value in found), self.several)

    def _interval(self, value: str) -> str:
        """An interval variable may be as long as the range needs: "auto"."""
        if self.kind != "interval" or not value.startswith("$__auto"):
            return value
        count, least = self.variable.get("auto_count"), self.variable.get("auto_min")
        steps = count if isinstance(count, int) and count > 0 else 30
        length = self.sources.span.end - self.sources.span.start
        return interval.text(interval.interval(length, steps, str(least or "")))

    def _all(self) -> VariableValue:
        given = self.variable.get("allValue")
        if isinstance(given, str) and given:
            return VariableValue((given,), ("All",), True, raw=True)
        known = [value for value, _ in self.known() or ()]
        if known:
            return VariableValue(tuple(known), ("All",), True)
        return VariableValue((), ("All",), True, unknown=True)

    def _of_alert(self) -> VariableValue | None:
        wanted = self.sources.context.get(self.sources.renamed.get(self.name, self.name))
        if not wanted or self.kind not in ("query", "custom", "textbox"):
            return None
        if self.kind == "textbox":
            return self._plain([wanted])
        known = self.known()
        if known is None:
            self.guessed = True
            return self._plain([wanted])
        found = [value for value, text in known if wanted in (value, text)]
        # An alert says "web01" where Prometheus says "web01:9100" or "web01.example.com:9100".
        found = found or [value for value, _ in known if value.partition(":")[0] == wanted]
        found = found or [value for value, _ in known if _host(value) == _host(wanted)]
        if not found:
            return None
        return self._plain(found if self.several else found[:1])

    def _stored(self) -> VariableValue | None:
        current = self.variable.get("current")
        stored = current.get("value") if isinstance(current, Mapping) else None
        values = [str(each) for each in (stored if isinstance(stored, list) else [stored])
                  if isinstance(each, str | int | float)]  # fmt: skip
        values = [value for value in values if value]
        return self._taken(values) if values else None

    def _default(self) -> VariableValue:
        if self.kind == "textbox":
            return self._plain([str(self.variable.get("query") or "")])
        if self.may_be_all:
            return self._all()
        known = self.known()
        if known:
            return self._plain([known[0][0]])
        return VariableValue((), ("All",), True, unknown=True)

    def known(self) -> Sequence[tuple[str, str]] | None:
        """All values with their texts, from the dashboard or from the datasource."""
        if self._known is None:
            self._known = self._options() or self._looked_up() or ()
        return self._known or None

    def _options(self) -> list[tuple[str, str]]:
        options = self.variable.get("options")
        found = [
            (str(each.get("value")), str(each.get("text") or each.get("value")))
            for each in (options if isinstance(options, list) else ())
            if isinstance(each, Mapping) and str(each.get("value")) not in _ALL
        ]
        if not found and self.kind in ("custom", "interval"):
            found = _written_options(str(self.variable.get("query") or ""))
        return found

    def _looked_up(self) -> list[tuple[str, str]] | None:
        if self.kind != "query":
            return None
        # "$datasource" must already be known; an unknown one is nothing to ask.
        wanted = self.scope.fill_all(self.variable.get("datasource"), lambda values, _: values[0])
        datasource = self.sources.datasources.find(wanted)
        if datasource is None:
            return None
        query = self.variable.get("query") or self.variable.get("definition")
        query = self.scope.fill_all(query, of_datasource(datasource.type))
        values = self.sources.lookup(datasource, query)
        if values is None:
            return None
        found = _filtered(values, str(self.variable.get("regex") or ""))
        return _sorted(found, self.variable.get("sort"))[:_MOST_VALUES]

    def _datasource(self) -> VariableValue:
        kind = str(self.variable.get("query") or "")
        pattern = compiled(str(self.variable.get("regex") or ""), whole=False)
        found = [
            each
            for each in self.sources.datasources.of_type(kind)
            if pattern is None or pattern.search(each.name)
        ]
        current = self.variable.get("current")
        stored = current.get("value") if isinstance(current, Mapping) else None
        stored = stored[0] if isinstance(stored, list) and stored else stored
        if isinstance(stored, str) and stored and self.sources.datasources.find(stored):
            return VariableValue((stored,))
        if not found:
            raise CannotRead(f'Grafana has no datasource of type "{kind}" for "{self.name}"')
        return VariableValue((found[0].uid or found[0].name,), (found[0].name,))


def _host(value: str) -> str:
    return value.partition(":")[0].partition(".")[0].lower()


def _written_options(query: str) -> list[tuple[str, str]]:
    """ "a,b" or "Name : value, ..."; a comma of a value is written with a backslash."""
    found = []
    for part in re.split(r"(?<!\\),", query):
        text, sign, value = part.strip().replace("\\,", ",").partition(" : ")
        if text:
            found.append((value.strip() if sign else text, text.strip()))
    return found[:_MOST_VALUES]


def _filtered(options: Found, pattern_text: str) -> list[tuple[str, str]]:
    """A variable's ``regex``: which values stay, and which part of them is value or text."""
    pattern = compiled(pattern_text, whole=False) if pattern_text else None
    found: dict[str, str] = {}
    for value, shown in options:
        hit = pattern.search(value) if pattern else None
        if pattern and not hit:
            continue
        kept, text = value, shown
        if hit and pattern and pattern.groups:
            named = hit.groupdict()
            first = next((each for each in hit.groups() if each is not None), value)
            kept = named.get("value") or named.get("text") or first
            text = named.get("text") or kept
        found.setdefault(kept, text)
    return list(found.items())


def _sorted(values: list[tuple[str, str]], order: Any) -> list[tuple[str, str]]:
    """0 as it came; then by text, by number, without case: odd upwards, even downwards."""
    number = order if isinstance(order, int) else {"": 0}.get(str(order or ""), 0)

    def key(pair: tuple[str, str]) -> Any:
        if number in (3, 4):
            found = re.search(r"\d+", pair[1])
            return int(found[0]) if found else -1
        return pair[1].lower() if number in (5, 6) else pair[1]

    return sorted(values, key=key, reverse=number % 2 == 0) if 0 < number <= 6 else values
