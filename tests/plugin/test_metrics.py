from __future__ import annotations

from grafherald_plugin.metrics import PluginMetrics


def test_queries_are_counted_by_outcome_with_their_time():
    metrics = PluginMetrics()
    for seconds, failed in ((0.5, False), (0.25, False), (1.0, True)):
        metrics.count(seconds, failed=failed)
    lines = metrics.exposition().splitlines()
    assert 'grafherald_plugin_queries_total{outcome="ok"} 2' in lines
    assert 'grafherald_plugin_queries_total{outcome="error"} 1' in lines
    assert "grafherald_plugin_query_seconds_sum 1.750000" in lines
    assert "grafherald_plugin_query_seconds_count 3" in lines
