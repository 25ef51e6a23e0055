"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from grafherald.event import Event, Kind, State

from .world import World, running

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def make_event() -> Callable[..., Event]:
    """A critical problem of web01/cpu; keywords change what a test is about."""

    def make(**changes: Any) -> Event:
        values: dict[str, Any] = {
            "source": "sensu-go",
            "kind": Kind.PROBLEM,
            "state": State.CRITICAL,
            "status": 2,
            "entity": "web01",
            "check": "cpu",
            "output": "CheckCPU CRITICAL: 97 % used",
            "occurred_at": datetime(2026, 11, 21, 3, 12, 5, tzinfo=timezone.utc),
        }
        return Event(**{**values, **changes})

    return make


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Grafana, HipChat, Slack and a mail server as stand-ins, and the handler."""
    with running(tmp_path) as started:
        yield started


@pytest.fixture
def shared() -> Path:
    """The folder of samples beside the checkout; a test that needs it skips where it is absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no samples beside this checkout")
    return folder
