"""Alerts: what was wrong, from when to when, per entity and check.

`record` writes it as events come; `read` has the questions that a page or a graph asks.
"""

from __future__ import annotations

from grafherald.event import State

CODES = {State.OK: 0, State.WARNING: 1, State.CRITICAL: 2, State.UNKNOWN: 3}
_BADNESS = (0, 1, 3, 2)  # by code: unknown is worse than a warning, critical is the worst
SLOT = 300_000  # milliseconds that `alert_counts` adds up in one row


def rank(code: int) -> int:
    """Return how bad a state's code is: 0 ok, 1 warning, 2 unknown, 3 critical."""
    return _BADNESS[code]


def worse(one: int, other: int) -> int:
    """Return the worse of two state codes (0 ok, 1 warning, 2 critical, 3 unknown)."""
    return max(one, other, key=_BADNESS.__getitem__)


def reach(length: int) -> int:
    """Return the power of two of seconds that an alert of *length* milliseconds fits in."""
    return (max(length, 0) // 1000).bit_length()
