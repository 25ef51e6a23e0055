"""The values of a query variable, asked of its datasource through Grafana."""

from __future__ import annotations

from typing import Any

from grafherald.draw.page.look import TimeRange
from grafherald.panels.dashboard import Datasource
from grafherald.panels.finders import FINDERS, prometheus
from grafherald.panels.variablequery import Ask, Found, VariableQuery, Version

__all__ = ["Ask", "Lookups"]


class Lookups:
    """Asks for values, for `variables.resolve`."""

    def __init__(self, ask: Ask, span: TimeRange, version: Version) -> None:
        self._ask = ask
        self._span = span
        self._version = version

    def __call__(self, datasource: Datasource, query: Any) -> Found | None:
        """The options in the order they came; None where this datasource can't be asked."""
        finder = FINDERS.get(datasource.type)
        if finder is None and "prometheus" in datasource.type:  # as Amazon's
            finder = prometheus
        if finder is None:
            return None
        return finder(VariableQuery(datasource, query, self._ask, self._span, self._version))
