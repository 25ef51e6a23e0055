"""Grafana's API as panels ask it: one client, one flight per question, answers kept for a while.

In a storm many alerts show the same panels: who asks what another is just asking waits for that
answer, and for some seconds everybody gets it again. Whose token asked is part of the question.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from typing import Any, NamedTuple

from grafherald.draw.frames.decode import CannotRead
from grafherald.errors import TransportError
from grafherald.net.address import Address, parse
from grafherald.net.client import Client
from grafherald.net.deadline import Deadline

_LARGEST = 16 << 20  # bytes of one answer
_MOST, _MOST_BYTES = 500, 48 << 20  # answers that are kept, and what they were sent as
_AT_ONCE = 8  # questions in flight
_FIXED = 60.0  # seconds for which dashboards and settings count
# A datasource's proxy is no place for our token: before 8.5.14 and 9.1.8 Grafana hands it on
# (CVE-2022-31130). So these are all that is ever asked.
_MAY = re.compile(
    r"/api/(?:frontend/settings|dashboards/(?:uid|db)/[^/?#]+|ds/query|tsdb/query"
    r"|datasources/uid/[^/?#]+/resources/[^#]*)"
)

Answer = tuple[int, Any]
"""(status, JSON); None where the body is none."""


class Credentials(NamedTuple):
    """Who asks which Grafana.

    Attributes:
        grafana: its base address.
        authorization: the header's value, ``Bearer <token>``, or "".
    """

    grafana: Address
    authorization: str


class _Question(NamedTuple):
    asker: Credentials
    method: str
    path: str
    body: bytes


@dataclass(slots=True)
class _Entry:
    flight: Future[Answer]
    until: float = float("inf")  # in time.monotonic() seconds
    size: int = 0


class Answers:
    """What Grafanas answered. Safe among threads.

    Args:
        reuse: seconds for which data is given again.
    """

    def __init__(self, reuse: float) -> None:
        self._reuse = reuse
        self._lock = threading.Lock()
        self._known: OrderedDict[_Question, _Entry] = OrderedDict()
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        self._size = 0

    def through(self, client: Client, asker: Credentials) -> Callable[[str, str, Any], Answer]:
        """Make the ``ask`` of `panels.reader.Reader`; *client* has the deadline."""

        def ask(method: str, path: str, body: Any) -> Answer:
            if not _MAY.fullmatch(path):
                raise CannotRead(f"this is never asked with our token: {path[:80]!r}")
            written = b"" if body is None else json.dumps(body, sort_keys=True).encode()
            question = _Question(asker, method, path, written)
            return self._get(question, client)

        return ask

    def _get(self, question: _Question, client: Client) -> Answer:
        entry, is_ours = self._joined(question)
        if not is_ours:
            try:
                return entry.flight.result(timeout=client.deadline.remaining)
            except TooLate:
                raise CannotRead(_late(client.deadline)) from None
        try:
            answer, size = self._asked(question, client)
        except BaseException as error:
            self._forget(question, entry)
            entry.flight.set_exception(error)
            raise
        self._keep(question, entry, answer, size)
        entry.flight.set_result(answer)
        return answer

    def _joined(self, question: _Question) -> tuple[_Entry, bool]:
        with self._lock:
            found = self._known.get(question)
            if found and time.monotonic() < found.until:
                return found, False
            if found:
                self._size -= found.size
            entry = self._known[question] = _Entry(Future())
            self._known.move_to_end(question)
            return entry, True

    def _keep(self, question: _Question, entry: _Entry, answer: Answer, size: int) -> None:
        fixed = question.method == "GET" and "/datasources/" not in question.path
        seconds = _FIXED if fixed else self._reuse
        if answer[0] != 200 or seconds <= 0:
            self._forget(question, entry)
            return
        with self._lock:
            entry.until, entry.size = time.monotonic() + seconds, size
            self._size += size
            while self._known and (
                len(self._known) > _MOST
                or self._size > _MOST_BYTES
                or next(iter(self._known.values())).until <= time.monotonic()
            ):
                self._size -= self._known.popitem(last=False)[1].size

    def _forget(self, question: _Question, entry: _Entry) -> None:
        with self._lock:
            if self._known.get(question) is entry:
                del self._known[question]

    def _asked(self, question: _Question, client: Client) -> tuple[Answer, int]:
        asker, method, path, body = question
        headers = {"Accept": "application/json"}
        if body:
            headers["Content-Type"] = "application/json"
        if asker.authorization:
            headers["Authorization"] = asker.authorization
        if not self._slots.acquire(timeout=client.deadline.remaining):
            raise CannotRead(_late(client.deadline))
        try:
            base = asker.grafana
            whole = f"{base.scheme}://{base.authority}{base.target}{path}"
            with client.stream(method, parse(whole), headers, body or None) as found:
                status, read = found.status, found.read(_LARGEST)
        except TransportError as error:
            hint = f"{error.hint[:1].upper()}{error.hint[1:]}"
            raise CannotRead(str(error), hint=hint) from None
        except ValueError as error:
            raise CannotRead(
                f"Grafana can't be asked for this panel: its address {error}"
            ) from None
        finally:
            self._slots.release()
        return (status, _document(read)), len(read)


def _document(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _late(deadline: Deadline) -> str:
    return f"Grafana gave the panel's data not within {deadline.seconds:.3g} s"
