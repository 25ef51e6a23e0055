"""A request as it came, and the reply to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class WireRequest:
    """One request: headers by lower-case name, *fields* from a JSON object or a form."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    fields: Mapping[str, Any]

    @property
    def bearer(self) -> str:
        """The token of the Authorization header, or ""."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme == "Bearer" else ""


@dataclass(frozen=True)
class StandInReply:
    """What is answered."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(status: int, document: Mapping[str, Any], **headers: str) -> StandInReply:
    """Reply with *document* as JSON."""
    return StandInReply(
        status, json.dumps(document).encode(), {"Content-Type": "application/json", **headers}
    )
