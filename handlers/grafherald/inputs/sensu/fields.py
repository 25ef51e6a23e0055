"""Single values out of an event's JSON, where anything may be anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TypeGuard

REDACTED = "REDACTED"  # what Sensu puts in place of a secret
_EARLIEST = 1_000_000_000  # September 2001; Sensu is younger, an earlier clock was never set


def mapping(value: object) -> Mapping[str, Any]:
    """Read *value* as a JSON object; what is none counts as an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str:
    """Read a string or number as text that can be encoded; "" for all else and for REDACTED."""
    if isinstance(value, str):
        return "" if value == REDACTED else _encodable(value)
    return str(value) if _is_number(value) else ""


def texts(value: object) -> list[str]:
    """Read a list, or a single value, as texts; empty ones are left out."""
    found = [text(item) for item in (value if isinstance(value, list) else [value])]
    return [each for each in found if each.strip()]


def printed(value: object) -> str:
    """A check's output: its text without trailing blank space, or the JSON it is instead."""
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return _encodable(value).rstrip() if isinstance(value, str) else text(value)


def integer(value: object) -> int | None:
    """Read an integer or its text; None for what is none or does not fit into 64 bits."""
    if isinstance(value, str) and len(value) < 20 and value.strip().lstrip("-").isdecimal():
        value = int(value)
    if not _is_number(value) or not -(2**63) <= value < 2**63 or value != int(value):
        return None
    return int(value)


def moment(value: object) -> datetime | None:
    """Read *value* as a time in UTC; None for what can be no time of an event.

    Sensu counts seconds; milliseconds, microseconds and nanoseconds are told by their size.
    """
    if isinstance(value, str):
        value = integer(value)
    if not _is_number(value):
        return None
    for size, unit in ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3)):
        if size <= value < size * 1000:
            value = value / unit
    if not _EARLIEST <= value < 1e11:
        return None
    return datetime.fromtimestamp(value, timezone.utc)


def _is_number(value: object) -> TypeGuard[int | float]:
    if isinstance(value, float):
        return isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _encodable(value: str) -> str:
    """Take out NULs and lone halves of surrogate pairs, which nothing can store."""
    clean = value.replace("\0", "")
    try:
        clean.encode()
    except UnicodeEncodeError:
        return clean.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return clean
