"""Input that is no event, kept for a person: the newest, within a quota."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from grafherald.store import Database, Row, milliseconds, moment, text

BYTES, NUMBER = 100 << 20, 10_000  # that are kept of all inputs together, and of how many
_EXCERPT = 4096  # bytes of each that a list has
_ROOM = 0.9  # of the quota is kept when it is exceeded, so that not every input has to make room


@dataclass(frozen=True)
class Rejected:
    """One input, and why it is no event.

    Attributes:
        raw: the bytes as they came; in a list, the first few of them.
        size: how many bytes it has.
    """

    id: int
    received: datetime
    source: str
    raw: bytes
    reason: str
    size: int


def reject(database: Database, raw: bytes, source: str, reason: str, now: datetime) -> int:
    """Keep *raw* and return its id; `make_room` comes after one or many of these."""
    return database.insert(
        "INSERT INTO rejected (received, source, raw, reason) VALUES (?, ?, ?, ?)",
        (milliseconds(now), text(source, 100), raw, text(reason, 1000)),
    )


def make_room(database: Database, *, most: int = BYTES, number: int = NUMBER) -> int:
    """Delete the oldest inputs when all are more than *most* bytes or *number*; tell how many."""
    ((size, kept),) = database.rows("SELECT COALESCE(SUM(LENGTH(raw)), 0), COUNT(*) FROM rejected")
    if size <= most and kept <= number:
        return 0
    size = kept = 0
    for row, length in database.rows("SELECT id, LENGTH(raw) FROM rejected ORDER BY id DESC"):
        size, kept = size + length, kept + 1
        if kept > 1 and (size > _ROOM * most or kept > _ROOM * number):
            return database.run("DELETE FROM rejected WHERE id <= ?", (row,))
    return 0


def rejected(database: Database, limit: int) -> list[Rejected]:
    """List the inputs that were refused: at most *limit*, the newest first, each cut short."""
    find = f"{_SELECT.format(f'SUBSTR(raw, 1, {_EXCERPT})')} ORDER BY id DESC LIMIT ?"
    return [_rejected(row) for row in database.rows(find, (limit,))]


def rejected_input(database: Database, number: int) -> Rejected | None:
    """Find one refused input, whole; None where there is none."""
    rows = database.rows(f"{_SELECT.format('raw')} WHERE id = ?", (number,))
    return _rejected(rows[0]) if rows else None


_SELECT = "SELECT id, received, source, {}, reason, LENGTH(raw) FROM rejected"


def _rejected(row: Row) -> Rejected:
    return Rejected(row[0], moment(row[1]), row[2], bytes(row[3] or b""), row[4], row[5])
