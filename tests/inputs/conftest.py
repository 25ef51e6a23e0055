"""Events as files, changed in one place, read."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from grafherald.event import Event
from grafherald.inputs.sensu import document as sensu

EVENTS = Path(__file__).resolve().parent.parent / "events"
NOW = datetime(2026, 11, 21, 3, 15, tzinfo=timezone.utc)


@pytest.fixture
def read_file() -> Callable[..., Event]:
    """Read ``tests/events/<name>.json``; a change is a dotted place and its new value.

    The value `...` takes away what is there.
    """

    def read(name: str, changes: dict[str, Any] | None = None) -> Event:
        document = copy.deepcopy(json.loads((EVENTS / f"{name}.json").read_text()))
        for place, value in (changes or {}).items():
            *way, last = place.split(".")
            node = document
            for key in way:
                node = node[key]
            if value is ...:
                del node[last]
            else:
                node[last] = value
        (event,) = sensu.read(json.dumps(document).encode(), now=NOW)
        return event

    return read
