"""Input that is no event, kept for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from grafherald.store import Database, milliseconds, moment, text


@dataclass(frozen=True)
class Rejected:
    """One input, the bytes as they came, and why it is no event."""

    id: int
    received: datetime
    source: str
    raw: bytes
    reason: str


def reject(database: Database, raw: bytes, source: str, reason: str, now: datetime) -> int:
    """Keep *raw* and return its id."""
    return database.insert(
        "INSERT INTO rejected (received, source, raw, reason) VALUES (?, ?, ?, ?)",
        (milliseconds(now), text(source, 100), raw, text(reason, 1000)),
    )


def rejected(database: Database, limit: int) -> list[Rejected]:
    """Return at most *limit* inputs, the newest first."""
    rows = database.rows(
        "SELECT id, received, source, raw, reason FROM rejected ORDER BY id DESC LIMIT ?", (limit,)
    )
    return [Rejected(row[0], moment(row[1]), row[2], bytes(row[3]), row[4]) for row in rows]
