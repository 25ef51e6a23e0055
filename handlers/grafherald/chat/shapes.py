"""JSON of unknown shape: what is not what we look for is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def mapping(value: Any) -> Mapping[str, Any]:
    """Return *value* if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects among the items of *value*, if it is a list at all."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
