"""An incident's first message, as its receipt remembers it: where it is, and what it says. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Head:
    """One message; what has no blocks can be answered, not changed.

    Attributes:
        channel: its id.
        ts: the message's id within the channel.
    """

    channel: str
    ts: str
    blocks: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def parse(cls, reference: str) -> Head:
        """Read what `reference` wrote, or ``channel/ts`` alone."""
        place, _, said = reference.partition(" ")
        channel, _, ts = place.partition("/")
        try:
            blocks = json.loads(said or "[]")
        except ValueError:  # it was too long to be kept whole
            blocks = []
        return cls(channel, ts, blocks)

    @property
    def reference(self) -> str:
        """One line: ``C0123456789/1795230725.000100 [{"type": "header", ...}]``."""
        said = json.dumps(list(self.blocks), ensure_ascii=False, separators=(",", ":"))
        return f"{self.channel}/{self.ts} {said}"
