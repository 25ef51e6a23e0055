"""A JSON API's answer to ``/query``, as frames.

The answer is an array of series and tables, as Simple JSON and its successor read them:
https://github.com/grafana/simple-json-datasource#query-api
https://github.com/simPod/GrafanaJsonDatasource#post-query
"""

from __future__ import annotations

from typing import Any

from grafherald_plugin.errors import FrameError
from grafherald_plugin.frames import DataFrame
from grafherald_plugin.series import check_count, read_series
from grafherald_plugin.series import frames as series_frames
from grafherald_plugin.tables import as_numbers, as_points, as_series, has_time, read_table


def read_frames(answer: Any, *, for_alert: bool, numbers_at: int | None = None) -> list[DataFrame]:
    """Read the frames of *answer*, for a panel or in the forms that alert rules accept.

    All of it belongs to the one query that was asked, whatever refId it carries.

    Args:
        numbers_at: where a rule's numbers stand (nanoseconds), when it takes series only.

    Raises:
        QueryError: it is no such answer, or holds no numbers for an alert rule.
    """
    if not isinstance(answer, list):
        raise FrameError("the answer is no array of series and tables")
    check_count(len(answer))
    series, tables = [], []
    for element in answer:
        if isinstance(element, dict) and "datapoints" in element:
            series.append(read_series(element))
        elif isinstance(element, dict) and ("columns" in element or "fields" in element):
            tables.append(read_table(element))
        else:
            raise FrameError("an element of the answer has neither datapoints nor columns")
    if for_alert:
        series += [one for table in tables if has_time(table) for one in as_series(table)]
        tables = [as_numbers(table) for table in tables if not has_time(table)]
        tables = [table for table in tables if table.fields[0].values]
        if numbers_at is not None:
            series += [one for table in tables for one in as_points(table, numbers_at)]
            tables = []
    return [*series_frames(series, for_alert=for_alert), *tables]
