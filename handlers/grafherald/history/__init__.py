"""Alerts: what was wrong, from when to when, per entity and check.

`record` writes it as events come; `read` has the questions that a page or a graph asks.
"""

from __future__ import annotations

from grafherald.event import State

CODES = {State.OK: 0, State.WARNING: 1, State.CRITICAL: 2, State.UNKNOWN: 3}
_BADNESS = (0, 1, 3, 2)  # by code: unknown is worse than a warning, critical is the worst
SLOT = 300_000  # milliseconds that `alert_counts` adds up in one row


def rank(code: int) -> int:
    """Tell how bad a state's code is, to sort by: 0 ok, 1 warning, 2 unknown, 3 critical."""
    return _BADNESS[code]


def worse(one: int, other: int) -> int:
    """Choose the worse of two state codes (0 ok, 1 warning, 2 critical, 3 unknown)."""
    return max(one, other, key=_BADNESS.__getitem__)


def reach(length: int) -> int:
    """Class an alert by its *length* in milliseconds: it is shorter than 2**N seconds.

    The database finds alerts that were open at a time by that: see `read.lasting`.
    """
    return (max(length, 0) // 1000).bit_length()
