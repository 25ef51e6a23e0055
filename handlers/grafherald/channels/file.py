"""Files instead of a message: each notification as JSON, as a page to look at, and its pictures."""

from __future__ import annotations

import json
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timezone
from pathlib import Path
from typing import Any

from grafherald.channels import ChannelType, Receipt, identity
from grafherald.errors import ConfigError, PermanentError, TemporaryError
from grafherald.event import Event
from grafherald.notification import Graph, Notification
from grafherald.notification.presentation import Budget, cleaned, view
from grafherald.notification.templates import Templates
from grafherald.settings import schema

_BUDGET = Budget(100_000, 100_000, 20, lines=1000)
# Time does not put these right; all else, a full disk say, may pass.
_FOR_A_PERSON = (PermissionError, NotADirectoryError, FileExistsError, IsADirectoryError)


def open_channels(
    name: str,
    settings: Mapping[str, Any],
    event: Event,  # noqa: ARG001 - the shape of all channels' open_channels
    templates: Templates,
) -> list[FileChannel]:
    """Open the one channel there is. See `grafherald.channels.Open`.

    Raises:
        ConfigError: the directory is missing in the settings.
    """
    if not settings.get("directory"):
        raise ConfigError(f"channels.{name}.directory: is missing")
    return [FileChannel(name, Path(str(settings["directory"])), templates)]


@dataclass(frozen=True)
class FileChannel:
    """One directory. The same event's files have the same names. See `Channel`."""

    name: str
    directory: Path
    templates: Templates = field(repr=False)
    type: str = "file"
    wants: str = "bytes"

    @property
    def recipient(self) -> str:
        """The directory."""
        return str(self.directory)

    def payload(self, notification: Notification) -> dict[str, Any]:
        """All that the JSON file holds. See `Channel.payload`."""
        shown = cleaned(notification)
        stem = _stem(shown.event)
        graphs = [
            {
                "link": graph.link,
                "image_url": graph.image_url,
                "file": _picture(stem, number) if graph.png else "",
                "problem": graph.problem,
            }
            for number, graph in enumerate(shown.graphs, 1)
        ]
        return {
            "subject": shown.subject,
            "state": shown.word,
            "tone": shown.tone,
            "text": shown.text,
            "facts": dict(shown.facts),
            "links": dict(shown.links),
            "graphs": graphs,
        }

    def send(self, notification: Notification) -> Receipt:
        """Write the files, the JSON last: whoever sees it finds the others. See `Channel.send`."""
        shown = cleaned(notification)
        stem = _stem(shown.event)
        body = json.dumps(self.payload(notification), indent=2)
        page = self._page(shown, stem)
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            for number, graph in enumerate(shown.graphs, 1):
                if graph.png:
                    self._write(_picture(stem, number), graph.png)
            if page.strip():
                self._write(f"{stem}.html", page.encode())
            self._write(f"{stem}.json", body.encode())
        except _FOR_A_PERSON as error:
            raise PermanentError(f"{self.directory} can't be written: {error.strerror}") from None
        except OSError as error:
            raise TemporaryError(f"{self.directory} can't be written: {error.strerror}") from None
        return Receipt(f"{stem}.json")

    def probe(self) -> str:
        """Write a file and take it away, where the directory is there. See `Probe`."""
        place = self.directory
        while not place.exists() and place != place.parent:
            place = place.parent
        if place != self.directory:
            if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
                raise PermanentError(f"{self.directory} can't be made in {place}")
            return f"{self.directory} will be made"
        try:
            with tempfile.NamedTemporaryFile(prefix=".", suffix=".tmp", dir=place) as file:
                file.write(b"grafherald")
        except OSError as error:
            raise PermanentError(f"{place} can't be written: {error.strerror}") from None
        return f"{place} can be written"

    def _page(self, notification: Notification, stem: str) -> str:
        def source(number: int, graph: Graph) -> str:
            return _picture(stem, number) if graph.png else ""

        seen = view(notification, source, _BUDGET)
        return self.templates.render("email/body.html", **seen.values())

    def _write(self, name: str, content: bytes) -> None:
        """Write the file as a whole or not at all."""
        temporary = self.directory / f".{secrets.token_hex(8)}.tmp"
        try:
            temporary.write_bytes(content)
            os.replace(temporary, self.directory / name)
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise


def _stem(event: Event) -> str:
    """Name the event's files: sorted by time, safe, and different for each event."""
    at = event.occurred_at.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{event.entity}-{event.check}")[:100]
    return f"{at}-{readable}-{event.kind.value}-{identity(event)[:8]}"


def _picture(stem: str, number: int) -> str:
    return f"{stem}-{number}.png"


TYPE = ChannelType(
    name="file",
    open=open_channels,
    schema=schema.load("channel-file"),
    sample={"directory": "out"},
    pictures="as a file",
    resolves="as files of its own",
    limits="none",
    replaces=True,  # the same event's files have the same names
)
