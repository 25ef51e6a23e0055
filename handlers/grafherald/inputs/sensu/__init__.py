"""Sensu's events, of Core and Go: JSON on standard input, on a socket, or posted."""

from __future__ import annotations

from grafherald.inputs import InputType

TYPE_CHECKING = False  # see `grafherald.inputs`
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from grafherald.event import Event


def _parse(raw: bytes, *, now: datetime) -> list[Event]:
    from grafherald.inputs.sensu.document import read

    return read(raw, now=now)


def _links(event: Event, settings: Mapping[str, Any], /) -> tuple[str, str]:
    from grafherald.inputs.sensu.links import page

    return page(event, settings), ""


def _settle(event: Event, settings: Mapping[str, Any], /) -> Event:
    from grafherald.inputs.sensu.fatigue import quiet
    from grafherald.inputs.sensu.stashes import silence

    own = settings.get("sensu") or {}
    why = event.quiet or quiet(event, own) or silence(event, own)
    return event._replace(quiet=why) if why else event


_SAMPLE = b"""{
  "timestamp": 1795230725,
  "entity": {"entity_class": "agent", "metadata": {"name": "web01", "namespace": "default"}},
  "check": {
    "metadata": {"name": "cpu", "namespace": "default"},
    "state": "failing", "status": 2, "occurrences": 1, "history": [{"status": 2}],
    "output": "CheckCPU CRITICAL: 97 % used"
  }
}"""

TYPE = InputType(
    "sensu",
    summary="""Read one Sensu event on standard input and notify.

Examples:
  grafherald sensu < event.json
  grafherald sensu --dry-run < event.json      what would be sent, as JSON lines
  grafherald sensu --socket /run/grafherald.sock < event.json
""",
    parse=_parse,
    sample=_SAMPLE,
    links=_links,
    settle=_settle,
)
