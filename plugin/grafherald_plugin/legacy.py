"""The gRPC service that Grafana before 8 calls (protocol 1, package ``models``).

It has no frames, no null and no error source: points without a value are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import repeat
from typing import TYPE_CHECKING, Any

from grafherald_plugin.datasource import Datasources, QueryOutcome
from grafherald_plugin.errors import FrameError
from grafherald_plugin.frames import DataFrame, FieldType, FrameField
from grafherald_plugin.query import ApiQuery, read_query
from grafherald_plugin.services import unary
from grafherald_plugin.settings import read_settings
from grafherald_plugin.wire import models_pb2 as wire

if TYPE_CHECKING:
    from grpclib.const import Handler


class LegacyService:
    """DatasourcePlugin, over the JSON API that the request's settings name."""

    def __init__(self, datasources: Datasources) -> None:
        self._datasources = datasources

    def __mapping__(self) -> Mapping[str, Handler]:
        return {
            "/models.DatasourcePlugin/Query": unary(
                self.query, wire.DatasourceRequest, wire.DatasourceResponse
            )
        }

    async def query(self, request: wire.DatasourceRequest) -> wire.DatasourceResponse:
        """Answer every refId: series and tables, or an error."""
        source = request.data_source
        try:
            settings = read_settings(
                source.url, json_data=source.json_data, secrets=source.secure_json_data
            )
            api = self._datasources.api((source.org_id, source.id), settings)
            queries = [
                read_query(message, request.time_range, for_alert=False)
                for message in request.queries
            ]
            answers = await self._datasources.query(api, queries, _result)
        except FrameError as error:
            answers = [QueryOutcome(error=error)] * len(request.queries)
        results = [
            answer.result or wire.QueryResult(ref_id=message.ref_id, error=str(answer.error))
            for message, answer in zip(request.queries, answers, strict=True)
        ]
        return wire.DatasourceResponse(results=results)


def _result(frames: Iterable[DataFrame], query: ApiQuery) -> wire.QueryResult:
    result = wire.QueryResult(ref_id=query.ref_id)
    for frame in frames:
        if frame.kind:
            times, *columns = frame.fields
            result.series.extend(_series(times, column) for column in columns)
        else:
            result.tables.append(_table(frame))
    return result


def _series(times: FrameField, column: FrameField) -> wire.TimeSeries:
    points = [
        wire.Point(timestamp=at // 1_000_000, value=value)
        for at, value in zip(times.values, column.values, strict=True)
        if isinstance(value, (int, float))
    ]
    return wire.TimeSeries(name=column.name, tags=column.labels, points=points)


def _table(frame: DataFrame) -> wire.Table:
    rows = zip(
        *(map(_value, repeat(column.type), column.values) for column in frame.fields), strict=True
    )
    return wire.Table(
        columns=[wire.Column(name=column.name) for column in frame.fields],
        rows=[wire.Row(values=cells) for cells in rows],
    )


def _value(kind: FieldType, value: Any) -> wire.Value:
    if value is None:
        return wire.Value()
    if kind is FieldType.TIME:
        return wire.Value(kind=wire.Value.INT64, int64_value=value // 1_000_000)
    if kind is FieldType.BOOLEAN:
        return wire.Value(kind=wire.Value.BOOL, bool_value=value)
    if kind is FieldType.NUMBER:
        return wire.Value(kind=wire.Value.DOUBLE, double_value=value)
    return wire.Value(kind=wire.Value.STRING, string_value=value)
