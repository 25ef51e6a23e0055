"""What one Grafana has: its dashboards, panels, datasources and plugins, kept for a minute."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Any

from grafherald.errors import GrafanaError
from grafherald.grafana.api import Grafana, GrafanaServer
from grafherald.grafana.panels import PanelAddress, look, problem

_FRESH = 60.0  # seconds
_SILENT = 10.0  # seconds for which a Grafana that does not tell is not asked the same again
_MOST = 200  # dashboards
_FRONTEND = "frontend/settings"
_NOT_FOUND = "Dashboard not found"


class Installed:
    """Tells of panels whether *server* has all that they need. Safe among threads.

    Attributes:
        url: Grafana's URL.
    """

    def __init__(self, server: GrafanaServer, seconds: float) -> None:
        """Take the Grafana, and the *seconds* that one look may take."""
        self.url = server.url
        self._server = server
        self._seconds = seconds
        self._known: OrderedDict[str, tuple[float, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def known(self, address: PanelAddress) -> str | None:
        """Say what is wrong with a panel if that is known without asking, "" for nothing."""
        if address.mistake:
            return address.mistake
        found = self._fresh(address.path)
        if isinstance(found, GrafanaError):
            return ""
        frontend = self._fresh(_FRONTEND)
        return None if found is None or frontend is None else _verdict(address, found, frontend)

    def look(self, address: PanelAddress) -> Any:
        """What a panel looks like, as far as its JSON tells and that is known; else None."""
        found = self._fresh(address.path)
        dashboard = found.get("dashboard") if isinstance(found, dict) else None
        return look(address, dashboard)

    def problem(self, address: PanelAddress) -> str:
        """Say why there will be no picture of a panel, or "".

        Raises:
            GrafanaError: Grafana does not tell.
        """
        if address.mistake:
            return address.mistake
        grafana = Grafana(self._server, self._seconds)
        found = self._get(grafana, address.path)
        try:
            frontend = self._get(grafana, _FRONTEND)
        except GrafanaError as error:
            frontend = error
        return _verdict(address, found, frontend)

    def _fresh(self, path: str) -> Any:
        with self._lock:
            until, found = self._known.get(path, (0.0, None))
        return found if time.monotonic() < until else None

    def _get(self, grafana: Grafana, path: str) -> Any:
        found = self._fresh(path)
        if found is None:
            seconds = _FRESH
            try:
                found = grafana.get(path)
            except GrafanaError as error:
                is_known = error.status == 404 and _NOT_FOUND in str(error)
                found, seconds = (_NOT_FOUND, _FRESH) if is_known else (error, _SILENT)
            with self._lock:
                self._known[path] = time.monotonic() + seconds, found
                while len(self._known) > _MOST:
                    self._known.popitem(last=False)
        if isinstance(found, GrafanaError):
            raise found.with_traceback(None)
        return found


def _verdict(address: PanelAddress, found: Any, frontend: Any) -> str:
    if found == _NOT_FOUND:
        return f"Grafana has no dashboard {address.key}, or our token may not see it"
    dashboard = found.get("dashboard") if isinstance(found, dict) else None
    # the panel itself is known also where the frontend's settings are not
    return problem(address, dashboard, {} if isinstance(frontend, GrafanaError) else frontend)
