"""The pictures that Grafana sends with status 200 in place of a panel that it could not render.

Grafana serves the same files without a login below ``/public/img``, so they are asked for there,
once in a while, and known by their content.
https://github.com/grafana/grafana/blob/main/pkg/services/rendering/rendering.go
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from grafherald.errors import GraphError, TransportError
from grafherald.images.png import checked
from grafherald.net.address import Address
from grafherald.net.client import Client
from grafherald.net.deadline import Deadline

_LOOK = 2.0  # seconds for all of a Grafana's files
_FRESH = 600.0  # seconds until they are asked for again
_FRESH_WHEN_FAILED = 30.0
_LARGEST = 1 << 20
NO_RENDERER = "Grafana has no image renderer installed"


class _Reason(NamedTuple):
    text: str
    hint: str
    status: int = 502


_LIMIT = _Reason(
    "Grafana renders too many pictures at once",
    "Ask for fewer at a time, or raise concurrent_render_request_limit in its [rendering].",
    503,
)
_ERROR = _Reason("Grafana failed to render the panel", "See the log of its image renderer.")
_TIMEOUT = _Reason("Grafana's renderer took too long", "See the log of its image renderer.", 504)
_MISSING = _Reason(
    NO_RENDERER,
    "Install grafana-image-renderer, as a plugin or as a service of its own.",
)
_STEMS = {
    "plugin_not_installed": _MISSING,
    "limit": _LIMIT,
    "error": _ERROR,
    "timeout": _TIMEOUT,
}
# Without a theme in their names until Grafana 7, with one since.
_FILES = {
    f"rendering_{stem}{theme}.png": reason
    for stem, reason in _STEMS.items()
    for theme in ("", "_dark", "_light")
}
# SHA-256 of those that Grafana 7.5.5 sends, for a Grafana that does not serve them to us.
_RECORDED = {
    bytes.fromhex(digest): reason
    for digest, reason in (
        ("02923f5883878de815eb8cb64ab06fe0073362744cfdcaed134744d563392af8", _MISSING),
        ("8af5c59b9cd29655bb166b0449fc5d7bdd74afb0e756c35af6dbbf4b9a1c6b65", _LIMIT),
        ("af1a5ca17fc27b17e030c0f3b2f85f0e480a07ab6f12a26edcbe0d5aa6ba2100", _ERROR),
        ("beea44a00d5a65dda51f444501de2c360a27f10d547bc939d8f9bfd98691f431", _TIMEOUT),
    )
}


class _Seen:
    """What is known of one Grafana's files so far.

    Attributes:
        known: what a picture stands for, by its digest.
        left: the files that were not asked for yet, by name.
        until: when to begin anew, in ``time.monotonic()`` seconds.
    """

    def __init__(self) -> None:
        self.known: dict[bytes, _Reason] = {}
        self.left = dict(_FILES)
        self.until = time.monotonic() + _FRESH

    def next(self, digest: bytes) -> str:
        """Say which file has to be asked for to tell what a picture is; "" for none.

        One that was found is compared with a file of another reason: a server that has the same
        picture for all names says nothing by it.
        """
        found = self.known.get(digest)
        if found is not None and len({id(reason) for reason in self.known.values()}) > 1:
            return ""
        return next((name for name, reason in self.left.items() if reason is not found), "")

    def learn(self, name: str, digest: bytes) -> None:
        """Take what a file is."""
        reason = self.left.pop(name)
        if self.known.setdefault(digest, reason) is not reason:
            self.known, self.left = {}, {}


class Placeholders:
    """What each Grafana's placeholders look like, kept for ten minutes. Safe among threads.

    No more files are asked for than a picture needs to be told from them.

    Args:
        client: makes one that asks within a deadline.
    """

    def __init__(self, client: Callable[[Deadline], Client]) -> None:
        self._client = client
        self._seen: dict[Address, _Seen] = {}
        self._lock = threading.Lock()

    def refuse(self, digest: bytes, grafana: Address, deadline: Deadline) -> None:
        """Refuse a picture if it is one of *grafana*'s placeholders, where that is known in time.

        Args:
            digest: of the picture; see `digest_of`.

        Raises:
            GraphError: it is one; the text says what it stands for.
        """
        reason = _RECORDED.get(digest) or self._of(grafana, digest, deadline)
        if reason is not None:
            raise GraphError(reason.text, status=reason.status, hint=reason.hint)

    def _of(self, grafana: Address, digest: bytes, deadline: Deadline) -> _Reason | None:
        with self._lock:
            seen = self._seen.get(grafana)
            if seen is None or time.monotonic() > seen.until:
                seen = self._seen[grafana] = _Seen()
            if seen.next(digest):
                self._ask(grafana, digest, seen, deadline)
            return seen.known.get(digest)

    def _ask(self, grafana: Address, digest: bytes, seen: _Seen, deadline: Deadline) -> None:
        """Ask *grafana* for files until it is told what the picture is."""
        try:
            limit = Deadline(min(_LOOK, deadline.left()))
        except TimeoutError:
            return
        with self._client(limit) as client:
            while name := seen.next(digest):
                address = grafana.at(f"{grafana.target}/public/img/{name}")
                try:
                    with client.stream("GET", address, {}) as answer:
                        found = answer.read(_LARGEST)
                    if answer.status == 200:
                        seen.learn(name, digest_of(checked(found)))
                    else:
                        del seen.left[name]
                except (GraphError, TransportError):
                    del seen.left[name]
                    seen.until = min(seen.until, time.monotonic() + _FRESH_WHEN_FAILED)


def digest_of(picture: bytes) -> bytes:
    """What a picture is known by, its SHA-256: made once, for it takes as long as saving it."""
    return hashlib.sha256(picture).digest()
