"""No panel and no data, however odd, crash a drawing, make it slow, or get into the picture."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grafherald.draw import CannotDraw, Drawing, Field, Frame, Line, Look, Marks, draw, png
from grafherald.draw.kinds import refusal

from .drawn import END, SEVEN, SPAN, START, TEN

KINDS = (
    "table-old",
    *("timeseries", "graph", "stat", "singlestat", "gauge", "bargauge", "table", "piechart"),
    *("state-timeline", "status-history", "heatmap", "barchart"),
)
_ELEMENTS = {
    *("svg", "defs", "g", "rect", "line", "path", "circle", "polygon", "text", "tspan"),
    *("clipPath", "linearGradient", "radialGradient", "stop"),
}
MOST_SECONDS = 10.0  # of the processor; two on a usual one, by benchmarks/draw.py
MOST_MEMORY = 200_000_000

hostile = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "",
            "x" * 10_000,
            '"><image href="/etc/passwd"/>',
            "</text><script>alert(1)</script>",
            "\x00\x08\x1b[31m\ud800\uffff\u202e",
            "${__field.labels.host}",
            "/(a+)+$/",
            "Zeit \U0001f525 \u30db\u30b9\u30c8",
            "url(#g0)",
            "NaN",
        ]
    ),
)
numbers = st.one_of(
    st.none(),
    st.integers(-5, 100),
    st.floats(),
    st.sampled_from([math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, 0.0, 10**30]),
)
junk = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, hostile),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(hostile, inner, max_size=3)
    ),
    max_leaves=5,
)


def choice(*values: Any) -> st.SearchStrategy[Any]:
    """Mostly what Grafana writes, now and then something else."""
    return st.one_of(*[st.just(value) for value in values], numbers, junk)


def mapping(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=values)


COLORS = choice("green", "red", "#E24D42", "rgba(237, 129, 40, 0.89)", "transparent", "super")
STEP = mapping(value=numbers, color=COLORS)
OLD_MAPPING = mapping(type=choice(1, 2), value=choice("0", "null"), text=hostile)
NEW_MAPPING = st.fixed_dictionaries(
    {
        "type": choice("value", "range", "regex", "special"),
        "options": mapping(
            **{"0": mapping(text=hostile, color=COLORS), "from": numbers, "to": numbers},
            pattern=choice("^a", "(", "(a+)+$"),
            match=choice("null", "nan", "empty"),
            result=mapping(text=hostile, color=COLORS),
        ),
    }
)
CUSTOM = mapping(
    drawStyle=choice("line", "bars", "points"),
    lineInterpolation=choice("linear", "smooth", "stepBefore", "stepAfter"),
    lineWidth=choice(0, 1, 5),
    fillOpacity=choice(0, 10, 100),
    gradientMode=choice("none", "opacity", "hue", "scheme"),
    spanNulls=choice(True, False, 60_000),
    showPoints=choice("auto", "never", "always"),
    pointSize=choice(5),
    stacking=mapping(mode=choice("none", "normal", "percent"), group=choice("A", "B")),
    axisPlacement=choice("auto", "left", "right", "hidden"),
    axisLabel=hostile,
    axisSoftMin=numbers,
    axisSoftMax=numbers,
    scaleDistribution=mapping(type=choice("linear", "log"), log=choice(2, 10)),
    thresholdsStyle=mapping(mode=choice("off", "line", "area", "dashed", "line+area")),
    lineStyle=mapping(fill=choice("solid", "dash", "dot"), dash=choice([10, 10], [])),
    fillBelowTo=hostile,
    transform=choice("negative-Y", "constant"),
    hideFrom=mapping(viz=choice(True), legend=choice(True)),
    displayMode=choice("color-background", "color-text", "lcd-gauge", "gradient-gauge", "basic"),
    cellOptions=mapping(type=choice("gauge", "color-background"), mode=choice("lcd", "basic")),
    width=numbers,
    minWidth=numbers,
    align=choice("left", "center", "right"),
    hidden=choice(True),
)
DEFAULTS = mapping(
    unit=choice("short", "bytes", "percent", "percentunit", "s", "dateTimeAsIso", "bool", "xyz"),
    decimals=numbers,
    min=numbers,
    max=numbers,
    noValue=hostile,
    displayName=hostile,
    color=mapping(
        mode=choice("thresholds", "palette-classic", "fixed", "shades", "continuous-GrYlRd"),
        fixedColor=COLORS,
        seriesBy=choice("last", "min", "max"),
    ),
    thresholds=mapping(
        mode=choice("absolute", "percentage"), steps=st.one_of(st.lists(STEP, max_size=4), junk)
    ),
    mappings=st.lists(st.one_of(OLD_MAPPING, NEW_MAPPING, junk), max_size=3),
    custom=CUSTOM,
)
PROPERTY = mapping(
    id=choice("unit", "color", "custom.axisPlacement", "custom.stacking", "displayName", "min"),
    value=choice("right", {"mode": "fixed", "fixedColor": "red"}, "bytes"),
)
OVERRIDE = mapping(
    matcher=mapping(
        id=choice("byName", "byRegexp", "byType", "byFrameRefID", "byNames", "byValue"),
        options=choice("web01", "/web.*/", "number", "A", {"names": ["web01"]}),
    ),
    properties=st.one_of(st.lists(PROPERTY, max_size=3), junk),
)
OPTIONS = mapping(
    reduceOptions=mapping(
        calcs=choice(["lastNotNull"], ["min", "max"], ["p95"], []),
        fields=choice("", "/.*/", "/^host$/"),
        values=choice(True, False),
        limit=numbers,
    ),
    orientation=choice("auto", "horizontal", "vertical"),
    textMode=choice("auto", "value", "value_and_name", "name", "none"),
    colorMode=choice("value", "background", "background_solid", "none"),
    graphMode=choice("area", "none"),
    justifyMode=choice("auto", "center"),
    text=mapping(titleSize=numbers, valueSize=numbers),
    displayMode=choice("gradient", "lcd", "basic"),
    showUnfilled=choice(True, False),
    showThresholdLabels=choice(True, False),
    showThresholdMarkers=choice(True, False),
    namePlacement=choice("auto", "top", "left", "hidden"),
    valueMode=choice("color", "text", "hidden"),
    legend=mapping(
        showLegend=choice(True, False),
        displayMode=choice("list", "table", "hidden"),
        placement=choice("bottom", "right"),
        calcs=choice(["min", "max", "mean"], ["nonsense"]),
        values=choice(["value", "percent"]),
        sortBy=choice("Max"),
        width=numbers,
    ),
    pieType=choice("pie", "donut"),
    displayLabels=choice(["name", "value", "percent"]),
    showHeader=choice(True, False),
    sortBy=choice([{"displayName": "web01", "desc": True}]),
    footer=mapping(show=choice(True), reducer=choice(["sum"]), countRows=choice(True)),
    frameIndex=numbers,
    mergeValues=choice(True, False),
    showValue=choice("auto", "always", "never"),
    alignValue=choice("left", "center", "right"),
    rowHeight=numbers,
    colWidth=numbers,
    calculate=choice(True, False),
    calculation=mapping(
        xBuckets=mapping(mode=choice("size", "count"), value=choice("10m", "20")),
        yBuckets=mapping(
            mode=choice("size", "count"),
            value=choice("5"),
            scale=mapping(type=choice("linear", "log"), log=choice(2, 10)),
        ),
    ),
    yAxis=mapping(unit=choice("s"), min=numbers, max=numbers, decimals=numbers),
    color=mapping(mode=choice("scheme", "opacity"), scheme=choice("Oranges"), exponent=numbers),
    cellGap=numbers,
    stacking=choice("none", "normal", "percent"),
    groupWidth=numbers,
    barWidth=numbers,
    barRadius=numbers,
    xField=choice("host", "Time"),
    colorByField=choice("Value"),
    xTickLabelRotation=choice(45, -90),
    xTickLabelMaxLength=numbers,
    xTickLabelSpacing=numbers,
)
OLD = mapping(
    yaxes=st.lists(
        mapping(format=choice("bytes"), logBase=choice(1, 2, 10), min=numbers, max=numbers),
        max_size=3,
    ),
    seriesOverrides=st.lists(
        mapping(alias=choice("web01", "/web/"), yaxis=choice(2), transform=choice("negative-Y")),
        max_size=2,
    ),
    thresholds=choice([{"value": 5, "op": "gt", "colorMode": "critical", "fill": True}], "5,7"),
    stack=choice(True),
    percentage=choice(True),
    bars=choice(True),
    lines=choice(True, False),
    points=choice(True),
    fill=numbers,
    linewidth=numbers,
    xaxis=mapping(
        mode=choice("time", "series", "histogram"),
        values=choice(["current"], ["total"]),
        buckets=numbers,
        min=numbers,
        max=numbers,
    ),
    nullPointMode=choice("null", "connected", "null as zero"),
    aliasColors=choice({"web01": "#E24D42"}),
    dataFormat=choice("timeseries", "tsbuckets"),
    yAxis=mapping(format=choice("s"), logBase=choice(1, 2, 10), min=numbers, max=numbers),
    xBucketSize=choice("10m"),
    yBucketSize=numbers,
    xBucketNumber=numbers,
    cards=mapping(cardPadding=numbers),
    gauge=mapping(show=choice(True), minValue=numbers, maxValue=numbers),
    valueName=choice("avg", "current"),
    colors=choice(["red", "green", "blue"]),
    styles=choice([{"pattern": "/.*/", "type": "number", "unit": "bytes", "colorMode": "cell"}]),
    targets=choice(
        [{"refId": "A", "expr": "x", "format": "table", "instant": True}],
        [{"refId": "A", "expr": "x", "format": "heatmap"}],
    ),
    transformations=choice(
        [{"id": "merge"}],
        [{"id": "reduce", "options": {"reducers": ["max"]}}],
        [{"id": "organize", "options": {"renameByName": {"Value": "x"}}}],
    ),
)


@st.composite
def panels(make: st.DrawFn) -> dict[str, Any]:
    panel: dict[str, Any] = {
        "type": make(st.sampled_from(KINDS)),
        "options": make(st.one_of(OPTIONS, junk)),
        "fieldConfig": make(
            st.one_of(mapping(defaults=DEFAULTS, overrides=st.lists(OVERRIDE, max_size=2)), junk)
        ),
    }
    return {**panel, **make(OLD)}


@st.composite
def fields(make: st.DrawFn, length: int) -> Field:
    kind = make(
        st.sampled_from(["number", "number", "number", "string", "boolean", "time", "other"])
    )
    values = {
        "number": numbers,
        "string": st.one_of(st.none(), hostile),
        "boolean": st.one_of(st.none(), st.booleans()),
        "time": st.one_of(st.none(), st.integers(START - 10**7, END + 10**7)),
        "other": junk,
    }[kind]
    return Field(
        make(hostile),
        kind,  # type: ignore[arg-type]
        make(st.lists(values, min_size=length, max_size=length)),
        make(st.dictionaries(hostile, hostile, max_size=2)),
        make(mapping(displayNameFromDS=hostile, interval=numbers, unit=choice("s"))),
    )


@st.composite
def frames(make: st.DrawFn) -> list[Frame]:
    found = []
    for _ in range(make(st.integers(0, 4))):
        length = make(st.integers(0, 12))
        parts = [make(fields(length)) for _ in range(make(st.integers(0, 3)))]
        if make(st.booleans()):
            step = (END - START) // max(1, length)
            times = [START + at * step for at in range(length)]
            parts.insert(0, Field("Time", "time", times))
        found.append(Frame(tuple(parts), make(hostile), make(st.sampled_from("AB"))))
    return found


@st.composite
def all_marks(make: st.DrawFn) -> Marks:
    moment = st.one_of(st.none(), st.integers(START - 10**7, END + 10**7))
    return Marks(
        alert=make(moment),
        alert_label=make(hostile),
        since=make(moment),
        until=make(moment),
        lines=tuple(
            Line(make(st.floats()), make(hostile), make(hostile))
            for _ in range(make(st.integers(0, 2)))
        ),
        earlier=tuple(make(st.lists(st.integers(START, END), max_size=3))),
        strong=make(st.dictionaries(hostile, hostile, max_size=2)),
    )


LOOKS = st.builds(
    Look,
    theme=st.sampled_from(["dark", "light"]),
    width=st.sampled_from([1000, 1000, 200, 40, 3000]),
    height=st.sampled_from([500, 500, 120, 30, 2000]),
    timezone=st.sampled_from(["utc", "Europe/Berlin", "America/Sao_Paulo"]),
    version=st.sampled_from([SEVEN, TEN, (13, 2, 3)]),
    title=hostile,
    notes=st.tuples(hostile),
)


def check(drawing: Drawing) -> None:
    """A picture is XML of our elements alone, and refers to nothing outside of itself."""
    root = ElementTree.fromstring(drawing.svg)
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        assert name in _ELEMENTS, name
        for key, value in element.attrib.items():
            assert "href" not in key
            assert not key.startswith("on")
            assert "url(" not in value or value.startswith("url(#")
    assert len(drawing.svg) < 20_000_000


def drawn_or_refused(
    panel: dict[str, Any], data: list[Frame], look: Look, marks: Marks
) -> Drawing | None:
    begin = time.process_time()
    refused, drawing = "", None
    try:
        drawing = draw(panel, data, SPAN, look, marks)
    except CannotDraw as reason:
        refused = str(reason)
    assert time.process_time() - begin < MOST_SECONDS
    if drawing is None:
        assert 0 < len(refused) < 500
        assert "\n" not in refused
        return None
    check(drawing)
    return drawing


_LENIENT = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)


@settings(max_examples=100, suppress_health_check=_LENIENT)
@given(panels(), frames(), LOOKS, all_marks())
def test_any_panel_is_drawn_or_refused(
    panel: dict[str, Any], data: list[Frame], look: Look, marks: Marks
) -> None:
    drawn_or_refused(panel, data, look, marks)


@pytest.mark.slow
@settings(max_examples=2000, suppress_health_check=_LENIENT)
@given(panels(), frames(), LOOKS, all_marks(), st.integers(0, 19))
def test_two_thousand_panels_are_drawn_or_refused(
    panel: dict[str, Any], data: list[Frame], look: Look, marks: Marks, turn: int
) -> None:
    drawing = drawn_or_refused(panel, data, look, marks)
    if drawing is not None and turn == 0:
        assert png(drawing.svg, look.width, look.height).startswith(b"\x89PNG")


def test_every_kind_is_among_those_that_are_tried() -> None:
    assert [refusal({"type": kind}) for kind in KINDS] == [None] * len(KINDS)


_MANY = """
import json, resource, sys, time
sys.path.insert(0, {path!r})
from grafherald.draw import CannotDraw, Field, Frame, Look, TimeRange, draw, png
span = TimeRange({start}, {end})
panel = json.loads({panel!r})
names = ["x" * 10_000 + str(n) for n in range({series})]
step = (span.end - span.start) // {points}
times = [span.start + n * step for n in range({points})]
frames = [
    Frame((Field("Time", "time", times),
           Field("Value", "number", [float((n * 7 + at * 13) % 100) for at in range({points})],
                 {{"host": str(n)}}, {{"displayNameFromDS": name}})), name=name)
    for n, name in enumerate(names)
]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
begin = time.process_time()
try:
    drawing = draw(panel, frames, span, Look())
    png(drawing.svg, 1000, 500)
    notes = list(drawing.notes)
except CannotDraw as reason:
    notes = [str(reason)]
took = time.process_time() - begin
print(json.dumps([took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before, notes]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("series", "points"), [(10_000, 12), (100, 3000)])
def test_ten_thousand_series_take_seconds_and_200_mb_at_most(
    kind: str, series: int, points: int
) -> None:
    panel = {
        "type": kind,
        "options": {"graphMode": "area", "legend": {"displayMode": "table", "calcs": ["max"]}},
    }
    script = _MANY.format(
        path=next(each for each in sys.path if each.endswith("handlers")),
        start=START,
        end=END,
        panel=json.dumps(panel),
        series=series,
        points=points,
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    took, memory, notes = json.loads(done.stdout)
    assert took < MOST_SECONDS
    assert memory < MOST_MEMORY
    if series > 1000:
        assert notes, "what was left out is not said"
