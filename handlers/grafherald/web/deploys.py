"""What was deployed around an incident, as Grafana's annotations tell.

https://grafana.com/docs/grafana/latest/developers/http_api/annotations/
"""

from __future__ import annotations

import html
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grafherald.errors import GrafanaError
from grafherald.grafana.api import Grafana, GrafanaServer
from grafherald.store import milliseconds, moment

_SECONDS = 1.5  # that an alert's page waits, once in _KEEP
_KEEP = 60.0
_MOST, _WINDOWS = 20, 200  # annotations of one answer; answers that are kept
_TAG = re.compile(r"<[^<>]{0,500}>")


@dataclass(frozen=True)
class Deploy:
    """One annotation; its text is what somebody wrote, without markup."""

    at: datetime
    text: str


@dataclass(frozen=True)
class DeploysFound:
    """What there was, or why that is not known."""

    deploys: tuple[Deploy, ...] = ()
    problem: str = ""


class Deploys:
    """Asks one Grafana for annotations that have one of some *tags*."""

    def __init__(self, server: GrafanaServer, tags: Sequence[str]) -> None:
        self._server = server
        self._tags = tuple(tags)
        self._kept: dict[tuple[int, int], tuple[float, DeploysFound]] = {}
        self._failed: tuple[float, DeploysFound] | None = None
        self._lock = threading.Lock()

    def between(self, start: datetime, end: datetime) -> DeploysFound:
        """Find what was deployed meanwhile, or why nobody can say.

        The same minutes are asked for once in _KEEP seconds, and after a failure nothing is: an
        alert's page waits for a Grafana that is away once a minute, not each time.
        """
        window = milliseconds(start) // 60_000, milliseconds(end) // 60_000
        with self._lock:  # one page asks; others that want the same have its answer
            for since, found in filter(None, (self._kept.get(window), self._failed)):
                if time.monotonic() - since < _KEEP:
                    return found
            found = self._asked(window)
            entry = (time.monotonic(), found)
            self._failed = entry if found.problem else None
            while len(self._kept) >= _WINDOWS:
                self._kept.pop(next(iter(self._kept)))
            if not found.problem:
                self._kept[window] = entry
            return found

    def _asked(self, window: tuple[int, int]) -> DeploysFound:
        parameters = [
            ("from", str(window[0] * 60_000)),
            ("to", str(window[1] * 60_000 + 60_000)),
            ("type", "annotation"),
            ("matchAny", "true"),
            ("limit", str(_MOST)),
            *(("tags", tag) for tag in self._tags),
        ]
        try:
            answer = Grafana(self._server, _SECONDS).get("annotations", parameters)
        except GrafanaError as error:
            return DeploysFound(problem=str(error))
        listed = answer if isinstance(answer, list) else []
        return DeploysFound(tuple(filter(None, map(_deploy, listed[:_MOST]))))


def _deploy(annotation: Any) -> Deploy | None:
    if not isinstance(annotation, dict):
        return None
    at, text = annotation.get("time"), annotation.get("text")
    if not isinstance(at, int) or not 0 < at < 2**43:  # in milliseconds, until 2248
        return None
    said = html.unescape(_TAG.sub(" ", str(text or "")[:2000])).strip()
    tags = annotation.get("tags")
    named = ", ".join(map(str, tags)) if isinstance(tags, list) else ""
    return Deploy(moment(at), said or named or "a deploy")
