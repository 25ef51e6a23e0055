"""A panel that was read, and what an alert adds to it, as a PNG. Pure, and the CPU's part."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grafherald.draw import Drawing, Look, Marks, draw, png
from grafherald.draw.frames.frame import Frame
from grafherald.draw.graph.plotted import matches
from grafherald.draw.graph.series import Series, series_of
from grafherald.drawing.fitting import Fitted, fitted
from grafherald.drawing.scene import Scene
from grafherald.panels import interval
from grafherald.panels.reader import PanelData

_TIMED = ("graph", "timeseries")
_STALE = 300_000  # milliseconds after which a value is no longer "now", and three steps at least
_LATE = 120_000  # milliseconds that an alert may be newer than the data beside it


@dataclass(frozen=True)
class Drawn:
    """A picture of ours.

    Attributes:
        picture: PNG, or SVG where the task wants that.
        last: what the alert is about, as "now 97.2 %, limit 90 %", or "". Of a series that has
            ended it says when: "3h ago 97.2 %".
        notes: what the picture leaves out, a few words each.
    """

    picture: bytes
    last: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """All that a picture needs.

    Attributes:
        before: the panel's frames of an earlier range, for `Scene.compare`.
        as_svg: the picture is for a browser.
    """

    data: PanelData
    scene: Scene
    before: tuple[Frame, ...] | None = None
    as_svg: bool = False


def paint(task: Task) -> Drawn:
    """Make the picture.

    Raises:
        CannotDraw: it would come out wrong.
    """
    drawing, last = sketch(task)
    if task.as_svg:
        return Drawn(drawing.svg.encode(), last, drawing.notes)
    picture = png(drawing.svg, task.data.width, task.data.height)
    return Drawn(picture, last, drawing.notes)


def sketch(task: Task) -> tuple[Drawing, str]:
    """Make the picture's SVG, and see what its last value is. Raises as `paint` does."""
    data = task.data
    look = Look(
        theme=data.theme,
        width=data.width,
        height=data.height,
        timezone=data.timezone,
        version=data.version,
        title=data.title,
        notes=data.notes,
        period=data.period,
    )
    marks, last = Marks(), "" if any(map(len, data.frames)) else "no data"
    if not last and task.scene != Scene() and data.panel.get("type") in _TIMED:
        marks, last = _marks(task)
    drawing = draw(data.panel, data.frames, data.span, look, marks)
    return replace(drawing, notes=tuple(dict.fromkeys((*data.notes, *drawing.notes)))), last


def _marks(task: Task) -> tuple[Marks, str]:
    data, scene = task.data, task.scene
    series = series_of(data.panel, data.frames, data.theme, data.version, data.timezone)
    found = fitted(data.panel, series, scene.limits)
    strong = named(series, scene.context)
    marks = Marks(
        alert=_within(scene.alert, data.span.end),
        alert_label=scene.label,
        since=scene.since,
        until=_within(scene.until, data.span.end),
        lines=found.lines,
        earlier=scene.earlier,
        strong=strong if scene.strong else {},
        compare=task.before,
        compare_shift=scene.compare,
        compare_text=scene.compare_text,
    )
    return marks, _last(series, found, strong, data.span.end)


def _within(moment: int | None, end: int) -> int | None:
    """An alert that is seconds newer than its data stands at the data's end."""
    return end if moment is not None and end < moment <= end + _LATE else moment


def named(series: Sequence[Series], context: Mapping[str, str]) -> Mapping[str, str]:
    """Find the labels by which an alert's *context* names some of a panel's series, not all.

    A label counts where alert and series both have it; a host's name counts whatever the label is
    called, and with a port behind it: ``web01`` means ``instance="web01:9100"``.
    """
    host = context.get("entity", "")
    found: dict[str, str] = {}
    for name in dict.fromkeys(key for each in series for key in each.labels):
        values = {each.labels[name] for each in series if name in each.labels}
        wanted = {context[name]} if name in context else set()
        wanted |= {host} if host else set()
        hits = {value for value in values if value in wanted or _host(value) in wanted}
        if len(hits) == 1 and len(values) > 1:
            found[name] = hits.pop()
    if not found and host and any(_host(each.name) == host for each in series):
        return {"entity": host}  # a series without labels is known by its name
    return found


def _host(value: str) -> str:
    name, colon, port = value.rpartition(":")
    return name if colon and port.isdigit() else value


def _last(series: Sequence[Series], found: Fitted, strong: Mapping[str, str], end: float) -> str:
    """Say the last value of the one series that the alert is about, where it is one."""
    seen = [each for each in series if not each.hidden]
    meant = [each for each in seen if strong and matches(each.labels, each.name, strong)]
    one = found.series or (meant[0] if len(meant) == 1 else seen[0] if len(seen) == 1 else None)
    if one is None:
        return ""
    value = one.reduce("lastNotNull")
    if not isinstance(value, int | float):
        return ""
    limit = "" if found.crossed is None else f", limit {one.display.text(found.crossed)}"
    ended = _ended(one, end)
    when = f"{interval.text(ended)} ago" if ended else "now"
    return f"{when} {one.display.text(value)}{limit}"


def _ended(series: Series, end: float) -> float:
    """How long before *end* a series has its last sample, where it should have had more; else 0."""
    last = next(
        (
            time
            for time, value in zip(reversed(series.times), reversed(series.values), strict=True)
            if value is not None
        ),
        end,
    )
    patience = max(_STALE, 3 * (series.step or math.inf))
    return end - last if end - last > patience else 0.0
