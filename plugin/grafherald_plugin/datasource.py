"""The datasources that Grafana asks about, each with its API; queries become frames."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grafherald_plugin.answers import read_frames
from grafherald_plugin.errors import FrameError
from grafherald_plugin.metrics import PluginMetrics
from grafherald_plugin.query import request_body

if TYPE_CHECKING:
    from grafherald_plugin.api import JsonApi
    from grafherald_plugin.frames import DataFrame
    from grafherald_plugin.query import ApiQuery
    from grafherald_plugin.settings import ApiSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class QueryOutcome:
    """What one query came to: *result*, or why there is none."""

    result: Any = None
    error: FrameError | None = None


class Datasources:
    """The API of every datasource that was asked about, one HTTP session each."""

    def __init__(self, metrics: PluginMetrics) -> None:
        self.metrics = metrics
        self._apis: dict[Hashable, JsonApi] = {}

    def api(self, key: Hashable, settings: ApiSettings) -> JsonApi:
        """The API of datasource *key*; a new one is made when its settings have changed."""
        from grafherald_plugin.api import JsonApi  # after the handshake: Grafana waits for that

        known = self._apis.get(key)
        if known is None or known.settings != settings:
            if known is not None:
                known.close()
            known = self._apis[key] = JsonApi(settings)
        return known

    def close(self) -> None:
        """Close every session."""
        for api in self._apis.values():
            api.close()

    async def query(
        self,
        api: JsonApi,
        queries: Sequence[ApiQuery],
        form: Callable[[list[DataFrame], ApiQuery], Any],
    ) -> list[QueryOutcome]:
        """Ask all of *queries* at the same time; each gets its own outcome, in *form*."""
        return await asyncio.gather(*(self._ask(api, query, form) for query in queries))

    async def _ask(
        self, api: JsonApi, query: ApiQuery, form: Callable[[list[DataFrame], ApiQuery], Any]
    ) -> QueryOutcome:
        begun = time.perf_counter()
        try:
            answer = QueryOutcome(await _frames(api, query, form))
        except FrameError as error:
            answer = QueryOutcome(error=error)
        except Exception:  # one query of many: the others and the process go on
            log.exception("query failed")
            answer = QueryOutcome(
                error=FrameError("the plugin failed", status=500, source="plugin")
            )
        self.metrics.count(time.perf_counter() - begun, failed=answer.error is not None)
        return answer


async def _frames(
    api: JsonApi, query: ApiQuery, form: Callable[[list[DataFrame], ApiQuery], Any]
) -> Any:
    answer = await api.post("/query", request_body(query))
    try:
        at = query.end * 1_000_000 if query.only_series else None
        return form(read_frames(answer, for_alert=query.for_alert, numbers_at=at), query)
    except OverflowError:
        raise FrameError("a time or a number in the answer is out of range") from None
