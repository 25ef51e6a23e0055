"""What an event tells about the time before it: the last results, and when the trouble began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any, NamedTuple

from grafherald.event import State
from grafherald.inputs.sensu.fields import integer, moment

_LENGTH = 21  # results that Core and Go keep


class Result(NamedTuple):
    """One result of a check; Core does not say when it was."""

    status: int
    at: datetime | None = None


def results(
    history: object, status: int, at: datetime, executed: datetime | None = None
) -> list[Result]:
    """Read *history* as results, oldest first; the last is the present one.

    Args:
        history: a list of statuses (Core: ``["0", "2"]``) or of ``{"status": 2, "executed": 1}``
            (Go); what is neither is left out.
        status: the present status.
        at: when the check ran.
        executed: when it ran by the history's clock, which may be far off.
    """
    found = [_result(item) for item in history[-100:]] if isinstance(history, list) else []
    past = [result for result in found if result is not None]
    if past and (past[-1].status == status or (executed and past[-1].at == executed)):
        past.pop()  # the present one
    return [*past, Result(status, at)]


def _result(item: object) -> Result | None:
    when = item.get("executed") if isinstance(item, dict) else None
    status = integer(item.get("status") if isinstance(item, dict) else item)
    return None if status is None else Result(status, moment(when))


class Trouble(NamedTuple):
    """The failing results that *past* ends with, or ended with before the check passed again.

    Attributes:
        run: these results, oldest first.
        whole: none is missing: the passing one before them is there, or there never was one.
        length: how many they are, as far as Sensu tells.
        over: the check passes again.
    """

    run: Sequence[Result]
    whole: bool
    length: int
    over: bool

    @classmethod
    def of(cls, past: Sequence[Result], counts: Mapping[str, Any]) -> Trouble:
        """Find it in *past*.

        *counts* has ``occurrences``, how often in a row Sensu has seen the present status, and
        ``occurrences_watermark``, the most often it has in this trouble; Core keeps both on
        resolve, Go the latter.
        """
        names = ("occurrences", "occurrences_watermark")
        occurrences = max(integer(counts.get(name)) or 1 for name in names)
        before = list(past)
        while before and before[-1].status == 0:
            before.pop()
        run = list(takewhile(lambda result: result.status != 0, reversed(before)))[::-1]
        seen_all = len(past) < _LENGTH and occurrences <= len(run)
        whole = bool(run) and (len(run) < len(before) or seen_all)
        count = len(run) if whole else max(len(run), occurrences)
        return cls(run, whole, count, over=past[-1].status == 0)

    @property
    def start(self) -> datetime | None:
        """When it began, exactly; None when the event does not tell."""
        return self.run[0].at if self.whole else None

    @property
    def states(self) -> tuple[State, ...]:
        """The states that it was in; () when the event does not tell all of them."""
        found = dict.fromkeys(State.from_status(result.status) for result in self.run)
        return tuple(found) if self.whole else ()

    def estimated_start(self, at: datetime, interval: object) -> datetime | None:
        """When it began if the check ran every *interval* seconds until *at*."""
        seconds = integer(interval) or 0
        steps = self.length if self.over else self.length - 1
        return moment(at.timestamp() - seconds * steps) if seconds > 0 else None


def incident(names: Sequence[str], start: datetime | None) -> str:
    """One text for a problem, its repeats and its resolve, as far as the event tells.

    It holds the *start* of the trouble. Once that is further back than the results that Sensu
    keeps, the names stand alone, for the repeats as for the resolve.
    """
    return "/".join(names) + (f"@{start.timestamp():.0f}" if start else "")
