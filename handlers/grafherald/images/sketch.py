"""Panels drawn one at a time, whatever ``graph.draw`` says: for a shell, or to look ahead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from grafherald.draw.frames.decode import CannotRead
from grafherald.drawing.answers import Credentials
from grafherald.drawing.artist import Artist
from grafherald.drawing.options import MISSING, available, options
from grafherald.drawing.paint import Task
from grafherald.drawing.scene import Scene
from grafherald.errors import ConfigError, GraphError
from grafherald.images.fetch import Grafanas
from grafherald.images.sources import bearer
from grafherald.net.address import parse
from grafherald.net.deadline import Deadline
from grafherald.settings import Settings


class Sketches:
    """Asks the Grafana of the settings for panels.

    Raises:
        ConfigError: it can't be used.
    """

    def __init__(self, config: Settings) -> None:
        if not available():
            raise ConfigError(MISSING)
        if not config.grafana.url:
            raise ConfigError("grafana.url: missing; it is where the panels are")
        config.require("grafana")
        grafana = config.grafana
        self._base = grafana.url.rstrip("/")
        self._grafanas = Grafanas([grafana.url], grafana.ca_file, grafana.proxy)
        self._authorization = bearer(grafana.token)
        self._artist = Artist(options(config))

    def task(self, url: str, deadline: Deadline) -> Task:
        """Ask for all that a picture of *url* needs: a render URL, or a panel's in the browser.

        Raises:
            GraphError: it can't be drawn; the text is one sentence.
        """
        url = self._rendered(url)
        try:
            return self._artist.task(
                self._asker(url), url, self._grafanas.client, deadline, Scene()
            )
        except CannotRead as error:
            raise GraphError(str(error), hint=error.hint) from None

    def why_not(self, url: str, deadline: Deadline) -> str:
        """Say in one sentence why the panel of *url* can't be drawn, "" when it can.

        Grafana is asked as for a picture, and the picture is made, but shown to nobody.
        """
        from grafherald.drawing.paint import sketch

        try:
            sketch(self.task(url, deadline))
        except GraphError as error:
            return str(error)
        return ""

    def panels(self, url: str, deadline: Deadline) -> Iterator[tuple[str, str]]:
        """List each panel of *url*'s dashboard, as `"Memory" (2)`, and its render URL.

        Raises:
            GraphError: the dashboard can't be had.
        """
        url = self._rendered(url)
        page, _, query = url.partition("?")
        kept = [part for part in query.split("&") if not part.startswith("panelId=")]
        found = self._artist.dashboard(self._asker(url), url, self._grafanas.client, deadline)
        for panel in found:
            number = panel.get("id")
            if isinstance(number, int):
                yield _named(panel, number), f"{page}?{'&'.join([*kept, f'panelId={number}'])}"

    def _asker(self, url: str) -> Credentials:
        return Credentials(self._grafanas.owner(url), self._authorization)

    def _rendered(self, url: str) -> str:
        """Make a render URL of a panel's address in the browser."""
        if url.startswith("/"):
            url = self._base + url
        try:
            path, base = parse(url).path, parse(self._base).path.rstrip("/")
        except ValueError as error:
            raise GraphError(f"the URL {error}", status=400) from None
        if path.startswith(f"{base}/render/"):
            return url
        start = url.find(f"{base}/", len("https://"))
        return f"{url[:start]}{base}/render{url[start + len(base) :]}" if start > 0 else url


def _named(panel: Mapping[str, Any], number: int) -> str:
    title = " ".join(str(panel.get("title") or "").split())[:60]
    return f'"{title}" ({number})' if title else f"panel {number}"
