"""What a render URL shows, as data: the panel, its frames and everything a drawing needs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from grafherald.draw.frames.decode import CannotRead, QueryFailed, frames_of, one_line
from grafherald.draw.frames.frame import Frame
from grafherald.draw.page.look import TimeRange
from grafherald.panels import expression
from grafherald.panels.dashboard import (
    DatasourceList,
    PanelUrl,
    address_of,
    find_panel,
    library_panel,
    targets_of,
    with_model,
)
from grafherald.panels.interpolation import Scope, names_in
from grafherald.panels.kept import TimedCache
from grafherald.panels.lookup import Ask, Lookups
from grafherald.panels.queries import PanelQuery, QueryCall, other_panel, requests_of
from grafherald.panels.repeats import cloned, first_of, repeated_by
from grafherald.panels.timerange import Asked, asked_range, panels_range
from grafherald.panels.variables import Resolved, Sources, resolve

__all__ = ["Ask", "CannotRead", "PanelData", "Reader"]

Version = tuple[int, int, int]

_NO_DATA_BESIDE = ("text", "dashlist", "alertlist", "news", "row", "welcome", "gettingstarted")
_LEAST, _MOST = 10, 4000  # pixels of a picture
_POINTS = {"singlestat": 100}  # samples of a series, where it is not one a pixel


@dataclass(frozen=True)
class PanelData:
    """A panel ready to be drawn.

    Attributes:
        panel: its JSON with variables filled in; its targets as the dashboard has them.
        frames: the data of its visible queries, in their order; none at all is no error.
        span: what the time axis shows.
        notes: what the reader of the picture must know, as "all instances".
        period: those of them that say how the range differs from the dashboard's.
    """

    panel: Mapping[str, Any]
    frames: tuple[Frame, ...]
    span: TimeRange
    title: str
    version: Version
    theme: str
    timezone: str
    width: int
    height: int
    notes: tuple[str, ...] = ()
    period: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reader:
    """Reads panels of one Grafana.

    Attributes:
        ask: Grafana's API; deadline, size limits and the token are its matter, not ours.
        theme, timezone: where the URL, and for the zone the dashboard, says nothing.
        variables: which of the alert's labels and names a variable takes
            (``graph.variables``), as ``{"instance": "entity"}``.
        refusal: one sentence why a panel can't be drawn, before its data is asked for.
        kept: dashboards and settings, for a minute.
    """

    ask: Ask
    theme: str = "dark"
    timezone: str = "utc"
    variables: Mapping[str, str] = field(default_factory=dict)
    refusal: Callable[[Mapping[str, Any]], str | None] = lambda _panel: None
    kept: TimedCache[Any] = field(default_factory=TimedCache)

    def read(
        self, url: str, now: int, context: Mapping[str, str] | None = None, earlier: int = 0
    ) -> PanelData:
        """Read the panel that *url* means.

        Args:
            url: a render URL, or a panel's address in the browser.
            now: epoch milliseconds; "now" in the URL is that.
            context: labels and names of the alert: variables of these names take them.
            earlier: read the range that lies so many milliseconds before, to compare.

        Raises:
            CannotRead: one sentence says why.
        """
        address = address_of(url)
        settings = self.kept_json("/api/frontend/settings", now, "its settings")
        dashboard = self._dashboard(address, settings, now)
        reading = _Reading(self, address, settings, dashboard, now, earlier)
        found, guessed = reading.panel(context or {})
        if guessed and not any(len(frame) for frame in found.frames):
            # The alert's "web01" may be no value of this variable at all: then it says nothing.
            found, _ = reading.panel({})
        return found

    def _dashboard(
        self, address: PanelUrl, settings: Mapping[str, Any], now: int
    ) -> Mapping[str, Any]:
        if not address.path:
            return expression.dashboard_of(address.asked, DatasourceList(settings))
        answer = self.kept_json(address.path, now, "the dashboard of this panel")
        dashboard = answer.get("dashboard")
        if not isinstance(dashboard, Mapping):
            raise CannotRead("Grafana's answer holds no dashboard")
        return dashboard

    def kept_json(self, path: str, now: int, what: str) -> Mapping[str, Any]:
        """An answer of Grafana that is kept for a minute; *what* it is, for a refusal."""
        found: Mapping[str, Any] = self.kept.get(path, now, lambda: self._fetched(path, what))
        return found

    def _fetched(self, path: str, what: str) -> Mapping[str, Any]:
        status, answer = self.ask("GET", path, None)
        if status != 200:
            raise CannotRead(_refused(status, answer, what))
        if not isinstance(answer, Mapping):
            raise CannotRead(f"Grafana's answer for {what} is no object")
        return answer


class _Reading:
    """One panel on its way, its dashboard and Grafana's settings known."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of one reading, put together in one place
        self,
        reader: Reader,
        address: PanelUrl,
        settings: Mapping[str, Any],
        dashboard: Mapping[str, Any],
        now: int,
        earlier: int,
    ) -> None:
        self.reader = reader
        self.address = address
        self.dashboard = dashboard
        self.datasources = DatasourceList(settings)
        self.version = _version(settings)
        self.now = now
        self.timezone = self._timezone()
        self.width = _pixels(address.one("width"), 1000)
        self.height = _pixels(address.one("height"), 500)
        self.asked = self._range(earlier)

    def panel(self, context: Mapping[str, str]) -> tuple[PanelData, bool]:
        """Read it; the second is whether a value of the alert was taken without being sure."""
        panel = self._found(self.address.panel)
        kind = str(panel.get("type") or "")
        if kind in _NO_DATA_BESIDE:
            raise CannotRead(f"a {kind} panel cannot be put beside data")
        if why := self.reader.refusal(panel):
            raise CannotRead(why)
        source = self._source(panel)
        if any(name.partition(".")[0] == "__user" for name in names_in(source.get("targets"))):
            raise CannotRead("the panel's data depends on who looks at it ($__user)")
        resolved = self._resolved({"panel": panel, "source": source}, panel, context)
        scope = resolved.scope
        filled = _filled(panel, scope)
        span, range_notes = panels_range(filled, self.asked, self.now, self.timezone)
        frames = self._frames(source, self._question(source, resolved, span))
        return (
            PanelData(
                panel=filled,
                frames=frames,
                span=span,
                title=str(filled.get("title") or ""),
                version=self.version,
                theme=self._theme(),
                timezone=self.timezone,
                width=self.width,
                height=self.height,
                notes=(*range_notes, *(_all_of(name) for name in resolved.unknown)),
                period=range_notes,
            ),
            resolved.guessed,
        )

    def _found(self, number: int) -> Mapping[str, Any]:
        """A panel of the dashboard; what stands in Grafana's library is asked for."""
        panel = find_panel(self.dashboard, number)
        uid = library_panel(panel)
        if not uid:
            return panel
        path = f"/api/library-elements/{quote(uid, safe='')}"
        return with_model(panel, self.reader.kept_json(path, self.now, "this library panel"))

    def _source(self, panel: Mapping[str, Any]) -> Mapping[str, Any]:
        """The panel whose queries are asked: this one, or the one whose result it shows."""
        number = other_panel(panel)
        if number is None:
            return panel
        source = self._found(number)
        if other_panel(source) is not None:
            raise CannotRead("the panel shows the result of a panel that shows that of another")
        return source

    def _resolved(
        self, used: Mapping[str, Any], panel: Mapping[str, Any], context: Mapping[str, str]
    ) -> Resolved:
        sources = Sources(
            url=self.address.asked,
            context=context,
            renamed=self.reader.variables,
            datasources=self.datasources,
            lookup=Lookups(self.reader.ask, self.asked.span, self.version),
            span=self.asked.span,
        )
        repeats = repeated_by(self.dashboard, panel)
        used = {**used, "repeat": [f"${name}" for name in repeats]}
        found = resolve(self.dashboard, used, sources)
        asked = {name.removeprefix("var-") for name in self.address.asked}
        values = cloned(panel, first_of(repeats, found.scope.variables), asked)
        return replace(found, scope=Scope(values, self._builtin()))

    def _builtin(self) -> Mapping[str, str]:
        uid, title = str(self.dashboard.get("uid") or ""), str(self.dashboard.get("title") or "")
        return {
            "__dashboard": title,
            "__dashboard.uid": uid,
            "__dashboard.name": title,
            "__org": self.address.one("orgId", "1"),
            "__org.id": self.address.one("orgId", "1"),
            "__timezone": self.timezone,
        }

    def _question(
        self, panel: Mapping[str, Any], resolved: Resolved, span: TimeRange
    ) -> PanelQuery:
        default = _POINTS.get(str(panel.get("type")), self.width)
        points = panel.get("maxDataPoints")
        try:
            wanted = int(float(str(points))) if points else default
        except (ValueError, OverflowError):
            wanted = default
        return PanelQuery(
            datasources=self.datasources,
            scope=resolved.scope,
            span=span,
            version=self.version,
            points=max(1, min(wanted, _MOST)),
            timezone=self.timezone,
            unknown=", ".join(f'"{name}"' for name in resolved.unknown),
        )

    def _frames(self, panel: Mapping[str, Any], question: PanelQuery) -> tuple[Frame, ...]:
        found: list[Frame] = []
        order: list[str] = []
        requests = requests_of(panel, question)
        for request in requests:
            try:
                found += self._answered(request)
            except QueryFailed as error:
                # others may do; and what is filled in here may be a mistake of ours
                if len(requests) > 1 or _asks_by_variables(panel):
                    raise CannotRead(str(error)) from None
                raise
            order += request.refs
        places = _places(panel, order)
        return tuple(sorted(found, key=lambda frame: places.get(frame.ref_id, len(places))))

    def _answered(self, request: QueryCall) -> Sequence[Frame]:
        # /api/ds/query came with 6.7 or so; /api/tsdb/query went with 9.
        path = "/api/tsdb/query" if self.version < (7, 0, 0) else "/api/ds/query"
        status, answer = self.reader.ask("POST", path, request.body)
        results = answer.get("results") if isinstance(answer, Mapping) else None
        if status not in (200, 207) and not results:
            raise CannotRead(_refused(status, answer, "the data of this panel"))
        frames = frames_of(answer, request.refs)
        if status not in (200, 207):
            raise CannotRead(_refused(status, answer, "the data of this panel"))
        if request.renamed:
            frames = [replace(frame, ref_id=request.renamed) for frame in frames]
        frames = [frame for frame in frames if frame.ref_id in request.refs]
        return [_stepped(frame, request.step) for frame in frames]

    def _range(self, earlier: int) -> Asked:
        stored = self.dashboard.get("time")
        stored = stored if isinstance(stored, Mapping) else {}
        asked = asked_range(
            self.address.one("from") or str(stored.get("from") or "now-6h"),
            self.address.one("to") or str(stored.get("to") or "now"),
            self.now,
            self.timezone,
        )
        self.now -= earlier
        span = TimeRange(asked.span.start - earlier, asked.span.end - earlier)
        return replace(asked, span=span)

    def _timezone(self) -> str:
        """The URL's, the dashboard's, the settings': in that order."""
        for name in (self.address.one("tz"), str(self.dashboard.get("timezone") or "")):
            if name and name.lower() not in ("browser", "default"):
                return name
        return self.reader.timezone

    def _theme(self) -> str:
        theme = self.address.one("theme") or self.reader.theme
        return "light" if theme == "light" else "dark"


def _filled(panel: Mapping[str, Any], scope: Scope) -> Mapping[str, Any]:
    """Titles, names and limits that hold variables; the targets are filled in when asked."""
    return {
        key: value if key == "targets" else _texts(value, scope) for key, value in panel.items()
    }


def _texts(value: Any, scope: Scope) -> Any:
    if isinstance(value, str):
        return scope.title(value)
    if isinstance(value, list):
        return [_texts(each, scope) for each in value]
    if isinstance(value, Mapping):
        return {key: _texts(each, scope) for key, each in value.items()}
    return value


def _places(panel: Mapping[str, Any], order: Sequence[str]) -> Mapping[str, int]:
    """The order of the panel's own queries; that of the calls may differ."""
    refs = [str(each["refId"]) for each in targets_of(panel) if each.get("refId")]
    return {ref: place for place, ref in enumerate(dict.fromkeys([*refs, *order]))}


def _asks_by_variables(panel: Mapping[str, Any]) -> bool:
    """Tell whether a query holds a variable that Grafana has no value of its own for."""
    asked = json.dumps(targets_of(panel))
    return bool(re.search(r"\$(?!__)\{?(?!__)[A-Za-z]|\[\[(?!__)", asked))


def _stepped(frame: Frame, step: float | None) -> Frame:
    """Say how far apart samples are, where the answer doesn't: so that gaps are seen as gaps."""
    if step is None:
        return frame
    fields = tuple(
        replace(each, config={"interval": step, **each.config}) if each.kind == "time" else each
        for each in frame.fields
    )
    return replace(frame, fields=fields)


def _all_of(name: str) -> str:
    return f"all {name}s" if name.isalpha() and not name.endswith("s") else f"all of {name}"


def _version(settings: Mapping[str, Any]) -> Version:
    build = settings.get("buildInfo")
    text = str(build.get("version") or "") if isinstance(build, Mapping) else ""
    numbers = [int(part) for part in re.findall(r"\d{1,4}", text.split("-")[0])[:3]]
    if not numbers:
        raise CannotRead("Grafana does not say its version")
    numbers += [0] * (3 - len(numbers))
    return numbers[0], numbers[1], numbers[2]


def _pixels(text: str, default: int) -> int:
    try:
        wanted = int(text)
    except ValueError:
        return default
    return max(_LEAST, min(wanted, _MOST)) if wanted > 0 else default


def _refused(status: int, answer: Any, what: str) -> str:
    said = {
        401: f"Grafana did not take the token when asked for {what} (401)",
        403: f"the token may not see {what} (403)",
        404: f"Grafana does not know {what} (404)",
    }
    words = answer.get("message") if isinstance(answer, Mapping) else None
    words = f": {one_line(words)}" if words else ""
    return said.get(status, f"Grafana answered {status} when asked for {what}") + words
