"""Variables filled into texts: ``$x``, ``${x}``, ``${x:format}``, ``${x.field}`` and ``[[x]]``.

https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from grafherald.draw.frames.decode import CannotRead
from grafherald.panels.formats import Written, formatted

_VARIABLE = re.compile(
    r"\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:}^]+))?(?::([^}]+))?\}"
)
ANYTHING = "\ue000anything\ue000"
"""Stands in a query where a variable's value isn't known, until `matching_all` widens the query."""

_LONGEST = 200_000  # characters
_DEEPEST = 5  # an allValue may hold variables, and those hold others


@dataclass(frozen=True)
class VariableValue:
    """What a variable is in this picture.

    Attributes:
        values: as queries want them; texts: as a title says them.
        several: the variable may have several values, which changes how one is written.
        raw: an allValue: it is not escaped, and may hold variables itself.
        unknown: nobody could say the values: queries match all.
    """

    values: tuple[str, ...]
    texts: tuple[str, ...] = ()
    several: bool = False
    raw: bool = False
    unknown: bool = False

    @property
    def said(self) -> tuple[str, ...]:
        return self.texts or self.values


@dataclass(frozen=True)
class Scope:
    """Everything that may be filled in: the dashboard's variables and Grafana's own."""

    variables: Mapping[str, VariableValue]
    builtin: Mapping[str, str] = field(default_factory=dict)

    def with_builtin(self, **more: str) -> Scope:
        return Scope(self.variables, {**self.builtin, **more})

    def fill(self, text: str, written: Written, depth: int = 0) -> str:
        """Fill in; what no variable is called stays as it stands, as ``$__timeFilter`` must.

        Raises:
            CannotRead: the variables hold each other, or too much.
        """
        if "$" not in text and "[[" not in text:
            return text

        def replaced(found: re.Match[str]) -> str:
            name = found[1] or found[2] or found[4]
            form = found[3] or found[6]
            value = self.variables.get(name)
            if value is not None:
                return self._written(name, value, form, written, depth)
            plain = self.builtin.get(f"{name}.{found[5]}" if found[5] else name)
            if plain is None:
                return found[0]
            return formatted(name, form, [plain], [plain]) if form else plain

        filled = _VARIABLE.sub(replaced, text)
        if len(filled) > _LONGEST:
            raise CannotRead("a query of the panel is too long with its variables filled in")
        return filled

    def _written(
        self, name: str, value: VariableValue, form: str | None, written: Written, depth: int
    ) -> str:
        if value.unknown:
            return ANYTHING
        if value.raw:
            if depth >= _DEEPEST:
                raise CannotRead(f'the variable "{name}" holds itself')
            return self.fill(value.values[0], written, depth + 1)
        if form:
            return formatted(name, form, value.values, value.said)
        return written(value.values, value.several)

    def fill_all(self, value: Any, written: Written) -> Any:
        """The same for every text in JSON."""
        if isinstance(value, str):
            return self.fill(value, written)
        if isinstance(value, list):
            return [self.fill_all(each, written) for each in value]
        if isinstance(value, Mapping):
            return {key: self.fill_all(each, written) for key, each in value.items()}
        return value

    def title(self, text: str) -> str:
        """A text for people: "All", or "web01 + db01"."""
        said = {
            name: VariableValue((" + ".join(value.said),)) for name, value in self.variables.items()
        }
        return Scope(said, self.builtin).fill(text, lambda values, _: values[0])


def names_in(value: Any) -> Iterator[str]:
    """The names of all variables that JSON mentions."""
    if isinstance(value, str):
        for found in _VARIABLE.finditer(value):
            yield found[1] or found[2] or found[4]
    elif isinstance(value, list):
        for each in value:
            yield from names_in(each)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from names_in(each)


_LABEL_MATCHER = re.compile(rf'(=~|!~|!=|=)(\s*)"([^"]*{ANYTHING}[^"]*)"')
_INFLUX_STRING = re.compile(rf"(=~|!~|!=|=)(\s*)'{ANYTHING}'")


def matching_all(query: Any, kind: str, names: str) -> Any:
    """Widen a query so that it matches all, where the value of a variable isn't known.

    Raises:
        CannotRead: it stands where nothing stands for all, as in the name of a metric.
    """
    if isinstance(query, Mapping):
        return {key: matching_all(each, kind, names) for key, each in query.items()}
    if isinstance(query, list):
        return [matching_all(each, kind, names) for each in query]
    if not isinstance(query, str) or ANYTHING not in query:
        return query
    if "prometheus" in kind or kind == "loki":
        query = _LABEL_MATCHER.sub(_widened, query)
    elif kind == "influxdb":
        query = _INFLUX_STRING.sub(r"=~\g<2>/.*/", query)
        query = query.replace(ANYTHING, ".*")
    elif kind in ("graphite", "elasticsearch", "opentsdb", "cloudwatch"):
        query = query.replace(ANYTHING, "*")
    if ANYTHING in query:
        raise CannotRead(
            f"the value of {names} is not known", hint="Put it into the URL, as var-name=value."
        )
    return query


def _widened(found: re.Match[str]) -> str:
    sign, space, inside = found.groups()
    if sign.startswith("!"):
        return found[0]
    return f'=~{space}"{inside.replace(ANYTHING, ".*")}"'
