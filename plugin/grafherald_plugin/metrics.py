"""What the process has done, for Grafana's ``/metrics/plugins/<id>``."""

from __future__ import annotations

from collections import Counter

_TEXT = """\
# HELP grafherald_plugin_queries_total Queries answered, by outcome.
# TYPE grafherald_plugin_queries_total counter
grafherald_plugin_queries_total{{outcome="ok"}} {ok}
grafherald_plugin_queries_total{{outcome="error"}} {error}
# HELP grafherald_plugin_query_seconds Time from a query to its answer.
# TYPE grafherald_plugin_query_seconds summary
grafherald_plugin_query_seconds_sum {seconds:.6f}
grafherald_plugin_query_seconds_count {count}
"""


class PluginMetrics:
    """Counts of this process."""

    def __init__(self) -> None:
        self._outcomes: Counter[str] = Counter()
        self._seconds = 0.0

    def count(self, seconds: float, *, failed: bool) -> None:
        """Count a query that took *seconds*."""
        self._outcomes["error" if failed else "ok"] += 1
        self._seconds += seconds

    def exposition(self) -> str:
        """Write the counts in Prometheus' text format.

        https://prometheus.io/docs/instrumenting/exposition_formats/
        """
        ok, error = self._outcomes["ok"], self._outcomes["error"]
        return _TEXT.format(ok=ok, error=error, seconds=self._seconds, count=ok + error)
