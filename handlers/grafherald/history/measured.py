"""What a check measured while its alert lasted, from the events that were kept."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from grafherald.notification.perfdata import Metric, parse
from grafherald.store import Database

_POINTS = 16


@dataclass(frozen=True)
class Measured:
    """The first value that a check reports.

    Attributes:
        last: as its last event had it.
        values: the last few, oldest first; at least one.
    """

    last: Metric
    values: tuple[float, ...]


def measured(database: Database, alerts: Iterable[int]) -> dict[int, Measured]:
    """What the check measured last, by alert; one without performance data is not in it."""
    rows = database.rows(
        "SELECT n.alert_id, n.event FROM (SELECT e.alert_id, e.event, e.id, ROW_NUMBER() OVER"
        " (PARTITION BY e.alert_id ORDER BY e.id DESC) AS place FROM events e"
        f" WHERE e.alert_id IN {database.numbers}) n WHERE n.place <= ? ORDER BY n.id",
        (json.dumps(list(alerts)), _POINTS),
    )
    found: dict[int, list[Metric]] = defaultdict(list)
    for alert, event in rows:
        metric = next(iter(parse(str(json.loads(event).get("perfdata", ""))[:500])), None)
        if metric and metric.value is not None:
            same = [m for m in found[alert] if m.label == metric.label]
            found[alert] = [*same, metric]
    return {
        alert: Measured(metrics[-1], tuple(m.value for m in metrics if m.value is not None))
        for alert, metrics in found.items()
        if metrics
    }
