"""A target with its range, and what its graphs and tables have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grafherald.datasource.json_format import Number, dense, quantile
from grafherald.datasource.target import Target
from grafherald.history import rank
from grafherald.history.buckets import Buckets
from grafherald.history.conditions import Condition
from grafherald.history.select import Selection

ROWS = 1000  # of a table
QUANTILES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


@dataclass(frozen=True)
class TargetQuery:
    """What is asked, and when.

    Attributes:
        filters: the dashboard's own conditions.
        when: the buckets of a graph.
        start, end, now: in milliseconds; nothing is known of what comes after *now*.
    """

    target: Target
    filters: tuple[Condition, ...]
    when: Buckets
    start: int
    end: int
    now: int

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions, the target's and the dashboard's."""
        return self.target.conditions + self.filters

    @property
    def range(self) -> Buckets:
        """The range as it is, one bucket: what a table is about."""
        return Buckets(self.start, self.end, max(self.end - self.start, 1))

    def dense(self, found: Mapping[int, Number], empty: Number = 0) -> list[Number]:
        """See `json_format.dense`."""
        return dense(found, self.when, self.now, empty)


def worst_first(chosen: Selection) -> list[int]:
    """Order the codes of the chosen severities for a panel: the worst first."""
    return sorted(chosen.severities, key=rank, reverse=True)


def quantiles(counted: Mapping[int, int]) -> list[float | None]:
    """Take all QUANTILES of counted milliseconds, in seconds."""
    return [quantile(counted, share) for _, share in QUANTILES]
