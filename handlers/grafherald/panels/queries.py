"""A panel's targets as bodies for ``POST /api/ds/query``, with what Grafana's frontend adds.

Traps of 7.5 (found by asking one): a request is for one datasource; Graphite and InfluxDB answer
one target a request, under "A"; Prometheus takes its step from the query's own ``interval``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafherald.draw.frames.decode import CannotRead
from grafherald.draw.page.look import TimeRange
from grafherald.draw.values.moments import at
from grafherald.errors import excerpt
from grafherald.panels import interval
from grafherald.panels.dashboard import Datasource, DatasourceList, targets_of
from grafherald.panels.formats import of_datasource
from grafherald.panels.interpolation import Scope, matching_all

Version = tuple[int, int, int]

# Their queries run in Grafana itself, in every version that we know.
_BACKENDS = (
    *("prometheus", "graphite", "influxdb", "elasticsearch", "loki", "opentsdb", "cloudwatch"),
    *("stackdriver", "mysql", "postgres", "grafana-postgresql-datasource", "mssql"),
    *("testdata", "grafana-testdata-datasource", "grafana-azure-monitor-datasource", "tempo"),
)
_ALONE = ("graphite", "influxdb")
_EXPRESSION = "__expr__"
_MIXED, _DASHBOARD = "-- Mixed --", "-- Dashboard --"
_MOST_TARGETS = 100
_QUERIES_NAME_THEIRS = (8, 3, 0)  # where the panel itself names no datasource


@dataclass(frozen=True)
class PanelQuery:
    """All that one panel's queries are made of, the targets aside.

    Attributes:
        points: how many samples a series may have: the panel's pixels.
    """

    datasources: DatasourceList
    scope: Scope
    span: TimeRange
    version: Version
    points: int
    timezone: str
    unknown: str = ""


@dataclass(frozen=True)
class QueryCall:
    """One call.

    Attributes:
        refs: the refIds that the panel shows, in its order.
        renamed: the refId of the only target, where the answer calls it "A" whatever it is.
        step: milliseconds between two samples, where the answer doesn't say so itself.
    """

    body: Mapping[str, Any]
    refs: tuple[str, ...]
    renamed: str = ""
    step: float | None = None


def requests_of(panel: Mapping[str, Any], question: PanelQuery) -> list[QueryCall]:
    """The calls that a panel needs; hidden targets are asked for only where others need them.

    Raises:
        CannotRead: there is nothing to ask, or a datasource is gone, or has no backend.
    """
    targets = [_with_ref(each, n) for n, each in enumerate(targets_of(panel)[:_MOST_TARGETS])]
    visible = [each for each in targets if not each.get("hide")]
    if not visible:
        raise CannotRead("the panel has no query")
    asked = targets if any(_is_expression(each) for each in visible) else visible
    queries = [_query(each, panel, targets, question) for each in asked]
    together = any(query.datasource is None for query in queries)
    shown = {each["refId"] for each in visible}
    return [_request(group, shown) for group in _groups(queries, question, together)]


def _with_ref(target: Mapping[str, Any], place: int) -> dict[str, Any]:
    letter = chr(ord("A") + place % 26) * (place // 26 + 1)
    return {**target, "refId": str(target.get("refId") or letter)}


@dataclass(frozen=True)
class _Query:
    """A target ready to be sent; ``datasource`` is None for an expression."""

    json: Mapping[str, Any]
    datasource: Datasource | None
    span: TimeRange
    step: float | None


def _query(
    target: Mapping[str, Any],
    panel: Mapping[str, Any],
    targets: Sequence[Mapping[str, Any]],
    question: PanelQuery,
) -> _Query:
    if _is_expression(target):
        reference = {"datasourceId": -100, "datasource": {"type": _EXPRESSION, "uid": _EXPRESSION}}
        filled = question.scope.fill_all(target, lambda values, _: ",".join(values))
        return _Query({**filled, **reference}, None, question.span, None)
    datasource = _datasource_of(target, panel, question)
    span = question.span.end - question.span.start
    floor = question.scope.title(str(panel.get("interval") or "")) or datasource.interval
    step = interval.interval(span, question.points, floor)
    if "prometheus" in datasource.type:
        return _prometheus(target, datasource, step, question)
    json = dict(_filled(target, datasource, _scope(question, step), question))
    if datasource.type == "graphite":
        texts = {str(each["refId"]): str(each.get("target") or "") for each in targets}
        scope = _scope(question, step)
        full = scope.fill(_expanded(json["refId"], texts), of_datasource("graphite"))
        json["targetFull"] = matching_all(full, "graphite", question.unknown)
    json.update(datasource.reference)
    json.update(intervalMs=_whole(step), maxDataPoints=question.points)
    return _Query(json, datasource, question.span, None)


def _prometheus(
    target: Mapping[str, Any], datasource: Datasource, asked: float, question: PanelQuery
) -> _Query:
    """Step, scrape and range as Grafana's frontend works them out; the range begins on a step."""
    scope, span = question.scope, question.span
    least = scope.title(str(target.get("interval") or ""))
    factor = target.get("intervalFactor")
    step = interval.prometheus_step(
        asked,
        span.end - span.start,
        interval.milliseconds(least) or 0,
        factor if isinstance(factor, int) else 1,
    )
    step = max(1000.0, step) if step > 1000 else step
    scrape = interval.milliseconds(least) or interval.milliseconds(datasource.interval) or 15_000
    scope = _scope(question, step).with_builtin(
        __rate_interval=_exact(interval.rate_interval(step, scrape))
    )
    json = dict(_filled(target, datasource, scope, question))
    json.update(datasource.reference)
    json.update(
        interval=_exact(step),
        intervalFactor=1,
        intervalMs=_whole(step),
        maxDataPoints=question.points,
        exemplar=False,
    )
    return _Query(json, datasource, _aligned(span, step, question.timezone), step)


def _aligned(span: TimeRange, step: float, timezone: str) -> TimeRange:
    moment = at(span.end, timezone)
    offset = moment.utcoffset() if moment else None
    shift = offset.total_seconds() * 1000 if offset else 0
    return TimeRange(
        *(
            _whole(math.floor((each + shift) / step) * step - shift)
            for each in (span.start, span.end)
        )
    )


def _scope(question: PanelQuery, step: float) -> Scope:
    span = question.span
    seconds = round((span.end - span.start) / 1000)
    return question.scope.with_builtin(
        __interval=interval.text(step),
        __interval_ms=str(_whole(step)),
        __range=f"{seconds}s",
        __range_s=str(seconds),
        __range_ms=str(span.end - span.start),
        __from=str(span.start),
        __to=str(span.end),
    )


_NAMES = ("legendFormat", "alias")  # texts for people, in a target


def _filled(
    target: Mapping[str, Any], datasource: Datasource, scope: Scope, question: PanelQuery
) -> Mapping[str, Any]:
    names = {key: scope.title(str(target[key])) for key in _NAMES if target.get(key)}
    filled = scope.fill_all(
        {key: value for key, value in target.items() if key not in ("datasource", *names)},
        of_datasource(datasource.type),
    )
    return {**matching_all(filled, datasource.type, question.unknown), **names}


def _expanded(ref: str, texts: Mapping[str, str], depth: int = 0) -> str:
    """A Graphite target with "#A" replaced by query A, and what that one holds."""
    text = texts.get(ref, "")
    if depth > 20 or len(text) > 20_000:
        return text
    return re.sub(
        r"#([A-Z])", lambda found: _expanded(found[1], texts, depth + 1) or found[0], text
    )


def _is_expression(target: Mapping[str, Any]) -> bool:
    named = target.get("datasource")
    if isinstance(named, Mapping):
        named = named.get("uid") or named.get("type")
    return named in (_EXPRESSION, "-100")


def _datasource_of(
    target: Mapping[str, Any], panel: Mapping[str, Any], question: PanelQuery
) -> Datasource:
    wanted = panel.get("datasource")
    if _uid(wanted) == _MIXED or (not wanted and question.version >= _QUERIES_NAME_THEIRS):
        wanted = target.get("datasource")
    wanted = question.scope.fill_all(wanted, lambda values, _: values[0] if values else "")
    found = question.datasources.find(wanted)
    if found is None:
        name = excerpt(str(_uid(wanted) or "default"), 80)[1:-1]
        raise CannotRead(f'the datasource "{name}" of this panel does not exist (any more)')
    if not (found.type in _BACKENDS or found.meta.get("backend") or "prometheus" in found.type):
        raise CannotRead(
            f'the datasource "{found.name}" ({found.type}) answers to browsers alone: '
            "it has no backend in Grafana"
        )
    return found


def _uid(datasource: Any) -> Any:
    return datasource.get("uid") if isinstance(datasource, Mapping) else datasource


def other_panel(panel: Mapping[str, Any]) -> int | None:
    """The panel whose result this one shows ("-- Dashboard --"); None for any other."""
    if _uid(panel.get("datasource")) != _DASHBOARD:
        return None
    for target in targets_of(panel):
        number = str(target.get("panelId"))
        if re.fullmatch(r"\d{1,9}", number):
            return int(number)
    raise CannotRead("the panel shows the result of another, but does not say of which")


def _groups(
    queries: Iterable[_Query], question: PanelQuery, together: bool
) -> Iterator[Sequence[_Query]]:
    """What can be asked in one call."""
    if together:
        yield list(queries)
        return
    groups: dict[tuple[Any, ...], list[_Query]] = {}
    for place, query in enumerate(queries):
        source = query.datasource
        alone = source and source.type in _ALONE and question.version < (8, 3, 0)
        name = source.name if source else ""
        key = (name, query.span, query.step, place if alone else -1)
        groups.setdefault(key, []).append(query)
    yield from groups.values()


def _request(queries: Sequence[_Query], shown: set[str]) -> QueryCall:
    refs = tuple(query.json["refId"] for query in queries)
    first = queries[0]
    alone = len(queries) == 1 and first.datasource is not None and first.datasource.type in _ALONE
    return QueryCall(
        body={
            # Never "now-6h": 7.5's Graphite makes nonsense of it.
            "from": str(first.span.start),
            "to": str(first.span.end),
            "queries": [query.json for query in queries],
        },
        refs=tuple(ref for ref in refs if ref in shown),
        renamed=refs[0] if alone else "",
        step=first.step,
    )


def _exact(step: float) -> str:
    """Milliseconds as Prometheus and Grafana read them, nothing rounded away."""
    return f"{_whole(step / 1000)}s" if step % 1000 == 0 else f"{_whole(step)}ms"


def _whole(number: float) -> int:
    return round(number)
