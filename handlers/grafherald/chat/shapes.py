"""JSON of unknown shape: what is not what we look for is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def mapping(value: Any) -> Mapping[str, Any]:
    """Take *value* for an object; what is none counts as an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """Keep the objects among the items of *value*; none if it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
