"""Performance data of Nagios plugins: text in, metrics out. Pure.

``'label'=value[unit];[warn];[crit];[min];[max]``, blanks between them; warn and crit are ranges.
https://www.monitoring-plugins.org/doc/guidelines.html#AEN200
https://www.monitoring-plugins.org/doc/guidelines.html#THRESHOLDFORMAT
"""

from __future__ import annotations

import re
from math import inf
from typing import NamedTuple

from grafherald.event import State

_QUOTED = re.compile(r"'((?:[^']|''){1,200})'=")
_WORD = re.compile(r"\S*")
_VALUE = re.compile(r"([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,3})?)(.{0,20})")
_MOST = 200  # metrics; a plugin that writes more is not read by people


class Range(NamedTuple):
    """A threshold. It alerts outside ``low..high``, or inside when it was written with ``@``."""

    low: float
    high: float
    inside: bool
    text: str

    def alerts(self, value: float) -> bool:
        """Tell whether *value* is one to alert for."""
        return (self.low <= value <= self.high) is self.inside


class Metric(NamedTuple):
    """One measured value.

    Attributes:
        label: what was measured.
        value: None when the plugin could not tell (``U``).
        unit: as the plugin wrote it: ``ms``, ``%``, ``MB``, ``c`` (a counter), or "".
        warn: where a warning begins, as a range with a ``text``, or None.
        crit: the same for critical.
        low: the least that the value can be, or None.
        high: the most, or None.
    """

    label: str
    value: float | None
    unit: str = ""
    warn: Range | None = None
    crit: Range | None = None
    low: float | None = None
    high: float | None = None

    @property
    def shown(self) -> str:
        """The value with its unit, for people: ``2,643 MB``, ``97.2 %``, ``unknown``."""
        if self.value is None:
            return "unknown"
        return with_unit(self.value, self.unit)

    @property
    def whole(self) -> str:
        """The most that the value can be, with its unit; "" where unknown, and for a percentage."""
        return "" if self.high is None or self.unit == "%" else with_unit(self.high, self.unit)

    @property
    def percent(self) -> int | None:
        """How full it is, 0 to 100: of a disk from min and max, of a percentage itself."""
        low, high = self.low or 0.0, 100.0 if self.unit == "%" else self.high
        if self.value is None or high is None or high <= low:
            return None
        return round(100 * min(max((self.value - low) / (high - low), 0.0), 1.0))

    @property
    def state(self) -> State:
        """What its own thresholds say; without any it is ok."""
        if self.value is None:
            return State.UNKNOWN
        if self.crit and self.crit.alerts(self.value):
            return State.CRITICAL
        return State.WARNING if self.warn and self.warn.alerts(self.value) else State.OK

    @property
    def bar(self) -> str:
        """`percent` drawn with ten letters: ``████████░░``; "" where it is not known."""
        if self.percent is None:
            return ""
        full = min(max(round(self.percent / 10), self.percent > 0), 10 - (self.percent < 100))
        return "█" * full + "░" * (10 - full)


def parse(text: str) -> tuple[Metric, ...]:
    """Read what a plugin measured, in the order of *text*; what is no metric is passed over.

    A label with blanks that lost its quotes, as on a command line of Nagios, is put together again.
    """
    metrics: list[Metric] = []
    at = 0
    while len(metrics) < _MOST:
        while text[at : at + 1].isspace():
            at += 1
        quoted = _QUOTED.match(text, at)
        equals = quoted.end() - 1 if quoted else text.find("=", at)
        if equals < 0:
            break
        label = quoted[1].replace("''", "'") if quoted else text[at:equals].strip()
        word = next(_WORD.finditer(text, equals + 1))
        at = word.end()
        metric = _metric(label, word[0])
        if metric is not None:
            metrics.append(metric)
    return tuple(metrics)


def split(output: str) -> tuple[str, str]:
    """Take a plugin's *output* apart: what it says, and its performance data.

    They stand behind a ``|``, on any line, and behind that of the long output to the end: text
    that holds one, as tables do, is no metrics.
    https://www.monitoring-plugins.org/doc/guidelines.html#PLUGOUTPUT
    """
    lines: list[str] = []
    found: list[str] = []
    goes_on = False
    for line in output.split("\n"):
        said, bar, data = line.partition("|")
        if goes_on and not bar:
            data = line
        is_data = bool(bar or goes_on) and _is_data(data)
        goes_on = is_data and bool(lines)
        if is_data:
            found.append(data.strip())
        if bar or not is_data:
            lines.append(said.rstrip() if is_data else line)
    return "\n".join(lines).rstrip(), " ".join(found)


def _is_data(text: str) -> bool:
    """Tell whether *text* holds metrics and nothing else."""
    words = _QUOTED.sub("quoted=", text).split()
    return bool(words) and len(parse(text)) == len(words) and all("=" in word for word in words)


def with_unit(number: float, unit: str) -> str:
    """Write a number for people, with at most four digits of precision: ``1,234.5 ms``."""
    digits = 0 if abs(number) >= 1000 or number == int(number) else 4
    text = f"{number:,.0f}" if digits == 0 else f"{number:.{digits}g}"
    return f"{text} {unit}".strip() if unit != "c" else text


def _metric(label: str, text: str) -> Metric | None:
    value, *rest = text.split(";")
    match = _VALUE.fullmatch(value)
    if not label or (match is None and value.rstrip("%") != "U"):
        return None
    warn, crit, low, high = (*rest, "", "", "", "")[:4]
    return Metric(
        label=label,
        value=_number(match[1]) if match else None,
        unit=match[2] if match else "",
        warn=_range(warn),
        crit=_range(crit),
        low=_number(low),
        high=_number(high),
    )


def _number(text: str) -> float | None:
    """Read the number that *text* starts with; a decimal comma is one too."""
    match = _VALUE.match(text)
    number = float(match[1].replace(",", ".")) if match else inf
    return number if abs(number) < 1e300 else None


def _range(text: str) -> Range | None:
    """Read ``10``, ``10:``, ``~:10``, ``10:20`` or ``@10:20``; None when it is none of them."""
    inside = text.startswith("@")
    start, colon, end = text.removeprefix("@").partition(":")
    if not colon:
        start, end = "0", start
    low = -inf if start == "~" else _number(start or "0")
    high = inf if not end else _number(end)
    if low is None or high is None or not (colon or end):
        return None
    return Range(low, high, inside, text)
