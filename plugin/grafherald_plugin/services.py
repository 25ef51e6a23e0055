"""The gRPC services that Grafana 8 and later call (protocol 2, package ``pluginv2``)."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from grpclib.const import Cardinality, Handler

from grafherald_plugin.arrow import encode
from grafherald_plugin.datasource import Datasources, QueryOutcome
from grafherald_plugin.errors import FrameError
from grafherald_plugin.query import ApiQuery, read_query
from grafherald_plugin.settings import read_settings
from grafherald_plugin.wire import pluginv2_pb2 as wire

if TYPE_CHECKING:
    from grafherald_plugin.api import JsonApi
    from grafherald_plugin.frames import DataFrame

log = logging.getLogger(__name__)

# What the query editor may ask for; anything else of the API stays out of reach.
_ROUTES = (
    "search",
    "metrics",
    "metric-payload-options",
    "variable",
    "tag-keys",
    "tag-values",
)


def unary(call: Callable[[Any], Awaitable[Any]], request: type, answer: type) -> Handler:
    """Make *call* the handler of a method that takes one message and answers with one."""

    async def handle(stream: Any) -> None:
        await stream.send_message(await call(await stream.recv_message()))

    return Handler(handle, Cardinality.UNARY_UNARY, request, answer)


class DatasourceServices:
    """Data, Diagnostics and Resource, over the JSON API that the request's settings name."""

    def __init__(self, datasources: Datasources) -> None:
        self._datasources = datasources

    def __mapping__(self) -> Mapping[str, Handler]:
        return {
            "/pluginv2.Data/QueryData": unary(
                self.query_data, wire.QueryDataRequest, wire.QueryDataResponse
            ),
            "/pluginv2.Diagnostics/CheckHealth": unary(
                self.check_health, wire.CheckHealthRequest, wire.CheckHealthResponse
            ),
            "/pluginv2.Diagnostics/CollectMetrics": unary(
                self.collect_metrics, wire.CollectMetricsRequest, wire.CollectMetricsResponse
            ),
            "/pluginv2.Resource/CallResource": Handler(
                self._stream_resource,
                Cardinality.UNARY_STREAM,
                wire.CallResourceRequest,
                wire.CallResourceResponse,
            ),
        }

    async def query_data(self, request: wire.QueryDataRequest) -> wire.QueryDataResponse:
        """Answer every refId: frames, or an error with its status and source."""
        from_alert = {name.lower(): value for name, value in request.headers.items()}
        for_alert = from_alert.get("fromalert") == "true"
        answers: dict[str, QueryOutcome] = {}
        queries = []
        for message in request.queries:
            try:
                queries.append(read_query(message, message.time_range, for_alert=for_alert))
            except FrameError as error:
                answers[message.ref_id] = QueryOutcome(error=error)
        try:
            api = self._api(request.context)
            found = await self._datasources.query(api, queries, _arrow)
        except FrameError as error:
            found = [QueryOutcome(error=error)] * len(queries)
        answers |= {query.ref_id: answer for query, answer in zip(queries, found, strict=True)}
        return wire.QueryDataResponse(
            responses={ref_id: _response(ref_id, answer) for ref_id, answer in answers.items()}
        )

    async def check_health(self, request: wire.CheckHealthRequest) -> wire.CheckHealthResponse:
        """Ask the API for ``GET /``, as "Save & test" of the classic plugin does.

        Grafana also asks about the plugin itself, without a datasource: /api/plugins/<id>/health.
        """
        if not request.context.HasField("data_source"):
            return wire.CheckHealthResponse(
                status=wire.CheckHealthResponse.OK, message="The plugin runs."
            )
        try:
            await self._api(request.context).get("/")
        except FrameError as error:
            return wire.CheckHealthResponse(
                status=wire.CheckHealthResponse.ERROR, message=str(error)
            )
        return wire.CheckHealthResponse(
            status=wire.CheckHealthResponse.OK, message="The JSON API answers."
        )

    async def collect_metrics(self, _: wire.CollectMetricsRequest) -> wire.CollectMetricsResponse:
        """Let Prometheus read this process's counts, through Grafana."""
        text = self._datasources.metrics.exposition()
        return wire.CollectMetricsResponse(
            metrics=wire.CollectMetricsResponse.Payload(prometheus=text.encode())
        )

    async def call_resource(self, request: wire.CallResourceRequest) -> wire.CallResourceResponse:
        """Pass a look-up of the editor on; its answer is JSON, whatever the API sent."""
        route = request.path.strip("/")
        try:
            if route not in _ROUTES:
                raise FrameError(f"there is no resource {route[:50]!r}", status=404)
            if request.method != "POST":
                raise FrameError("expected POST", status=405)
            answer = await self._api(request.context).post(f"/{route}", _body(request.body))
            return _resource(200, answer)
        except FrameError as error:
            return _resource(error.status, {"error": str(error)})

    async def _stream_resource(self, stream: Any) -> None:
        await stream.send_message(await self.call_resource(await stream.recv_message()))

    def _api(self, context: wire.Context) -> JsonApi:
        source = context.data_source
        settings = read_settings(
            source.url,
            json_data=source.json_data,
            secrets=source.secure_json_data,
            basic_auth=source.basic_auth,
            basic_auth_user=source.basic_auth_user,
        )
        return self._datasources.api((context.org_id, source.id, source.uid), settings)


def _arrow(frames: list[DataFrame], query: ApiQuery) -> list[bytes]:
    return [encode(frame, query.ref_id) for frame in frames]


def _response(ref_id: str, answer: QueryOutcome) -> wire.DataResponse:
    if answer.error is None:
        return wire.DataResponse(frames=answer.result, status=200)
    log.warning("query failed: %s", answer.error, extra={"fields": {"refId": ref_id}})
    return wire.DataResponse(
        error=str(answer.error), status=answer.error.status, error_source=answer.error.source
    )


def _body(content: bytes) -> Any:
    try:
        return json.loads(content or b"{}")
    except (ValueError, RecursionError):
        raise FrameError("the request's body is no JSON", status=400) from None


def _resource(status: int, body: Any) -> wire.CallResourceResponse:
    headers = {"Content-Type": "application/json", "X-Content-Type-Options": "nosniff"}
    return wire.CallResourceResponse(
        code=status,
        headers={name: wire.StringList(values=[value]) for name, value in headers.items()},
        body=json.dumps(body).encode(),
    )
