"""Units read exactly as Grafana prints them, by version.

``units.json`` holds what npm's @grafana/data answers in Node: for every unit id that it knows and
some free ones, ten values, in four versions. The recorded cases of ../shared are tested too.
"""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.draw.values.units import Manner, format_value

HERE = Path(__file__).parent
ORACLE = json.loads((HERE / "units.json").read_text(encoding="utf-8"))
VERSIONS = [version for version in ORACLE if version != "cases"]
RECORDED = HERE.parents[2] / "shared/field/panels"


def number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_unit_reads_as_that_version_prints_it(version: str) -> None:
    wrong = []
    for unit, texts in ORACLE[version].items():
        for (value, decimals), text in zip(ORACLE["cases"], texts, strict=True):
            said = str(format_value(unit, value, decimals, Manner(number(version))))
            if said != text:
                wrong.append((unit, value, decimals, text, said))
    assert wrong == []


@pytest.mark.parametrize("version", ["7.5.5", "13.2.3"])
def test_the_recorded_cases(version: str) -> None:
    path = RECORDED / f"units-oracle-{version}.json"
    if not path.exists():
        pytest.skip("../shared is not here")
    oracle = json.loads(path.read_text(encoding="utf-8"))
    for unit, rows in oracle["out"].items():
        for value, texts in zip(oracle["V"], rows, strict=True):
            for decimals, text in zip((None, 0, 1, 2), texts, strict=True):
                said = str(format_value(unit, value, decimals, Manner(number(version))))
                assert said == text, (unit, value, decimals)


@pytest.mark.parametrize(
    ("unit", "now", "text"),
    [
        ("dateTimeFromNow", 1_600_000_300_000, "5 minutes ago"),
        ("dateTimeFromNow", 1_599_800_000_000, "in 2 days"),
        ("dateTimeFromNow", None, "2020-09-13 14:26:40"),
        ("dateTimeAsIsoNoDateIfToday", 1_600_000_300_000, "14:26:40"),
        ("dateTimeAsIsoNoDateIfToday", 1_700_000_000_000, "2020-09-13 14:26:40"),
        ("time:HH:mm Z", None, "14:26 +02:00"),
        ("time:[Week] W, L", None, "Week 37, 09/13/2020"),
    ],
)
def test_dates_are_in_the_readers_time(unit: str, now: float | None, text: str) -> None:
    manner = Manner(timezone="Europe/Warsaw", now=now)
    assert str(format_value(unit, 1_600_000_000_000, None, manner)) == text


def test_value_and_unit_come_apart_for_big_values() -> None:
    shown = format_value("reqps", 8901)
    assert (shown.prefix, shown.text, shown.suffix) == ("", "8.90", "K req/s")
    assert format_value("currencyUSD", 1500, 1).prefix == "$"


def test_nothing_reads_as_nothing() -> None:
    assert str(format_value("bytes", None)) == ""


EXTREMES = [1.7976931348623157e308, -1.7976931348623157e308, 1e25, 5e-324, -90061.5, math.inf]


@pytest.mark.parametrize("version", [(7, 5), (13, 2)])
@pytest.mark.parametrize("unit", list(ORACLE["13.2.3"]))
def test_the_largest_and_the_smallest_numbers_read_as_something_short(
    unit: str, version: tuple[int, int]
) -> None:
    for value in EXTREMES:
        for decimals in (None, 0, 400, -5):
            assert len(str(format_value(unit, value, decimals, Manner(version)))) < 1000


UNITS = st.sampled_from(list(ORACLE["13.2.3"])) | st.text(max_size=12)


@given(UNITS, st.floats(), st.none() | st.integers(-5, 400), st.sampled_from([(7, 5), (13, 2)]))
def test_any_number_in_any_unit_reads_as_something_short(
    unit: str, value: float, decimals: int | None, version: tuple[int, int]
) -> None:
    text = str(format_value(unit, value, decimals, Manner(version)))
    assert text or unit.startswith(("time:", "bool:", "dtduration")) or math.isnan(value)
    assert len(text) < 1000
