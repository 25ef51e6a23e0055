"""What ended while Alertmanager kept quiet about it.

It tells no end of an alert that is silenced at that time, not even later: the alert would stay open
here for ever, as whoever acknowledged or silenced it on the board silenced it there. So its open
alerts are looked for in its API, and one that it has not had for some minutes is over. Which are
its own, their ``externalURL`` tells: it is the setting's, or that of an alert which it was seen to
have.
https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml, getAlerts
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import closing
from datetime import datetime, timezone
from typing import Any

from grafherald.errors import GrafheraldError, StoreError, TransportError
from grafherald.history.record import open_inputs
from grafherald.net.address import locate
from grafherald.net.client import Client
from grafherald.server.intake import FAILED, Input, Outcome
from grafherald.settings.served import AlertmanagerSettings
from grafherald.store import Database

_log = logging.getLogger(__name__)
_SOURCE = "alertmanager"
_EVERY = 60.0  # seconds
_GONE = 300.0  # seconds; one that was restarted has no alert until Prometheus sends it again
_ANSWER = 20.0  # seconds for one request
_MOST = 5000  # open alerts that are looked for
_BODY = 64 << 20  # bytes


class AlertmanagerEnds:
    """A thread that asks Alertmanager, while there are open alerts of its.

    Args:
        settings: gives those in force; without a URL nothing is asked.
        open_database: opens a connection for a look.
        put: takes an input, as `Intake.put`.
        every: seconds between two looks.
        gone: seconds without it after which an alert is over.
    """

    def __init__(
        self,
        settings: Callable[[], AlertmanagerSettings],
        open_database: Callable[[], Database],
        put: Callable[[Input], Future[Outcome]],
        *,
        every: float = _EVERY,
        gone: float = _GONE,
    ) -> None:
        self._settings = settings
        self._open = open_database
        self._put = put
        self._every, self._gone = every, gone
        self._names: set[str] = set()  # its externalURLs; alerts of others are not looked for
        self._missed: dict[str, tuple[float, datetime]] = {}
        self._trouble = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alertmanager", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """End."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            settings = self._settings()
            if not settings.url:
                continue
            try:
                self._look(settings)
                self._trouble = ""
            except GrafheraldError as error:
                self._missed.clear()
                if str(error) != self._trouble:
                    _log.warning("alertmanager.url: %s; what ended silently is found later", error)
                self._trouble = str(error)
            except Exception:  # noqa: BLE001 - an odd answer must not end it for good
                self._missed.clear()
                _log.exception("alertmanager.url")

    def _look(self, settings: AlertmanagerSettings) -> None:
        with closing(self._open()) as database:
            known = dict(filter(None, map(_single, open_inputs(database, _SOURCE, _MOST))))
        if not known:
            return
        there, now = _firing(settings), time.monotonic()
        self._names |= {_name(known[fingerprint]) for fingerprint in known.keys() & there}
        names = self._names | {settings.url.rstrip("/")}
        gone = {each for each in known.keys() - there if _name(known[each]) in names}
        for fingerprint in self._missed.keys() - gone:
            del self._missed[fingerprint]
        for fingerprint in gone:
            since, at = self._missed.setdefault(fingerprint, (now, datetime.now(timezone.utc)))
            if now - since >= self._gone:
                self._end(known[fingerprint], at)

    def _end(self, message: Mapping[str, Any], at: datetime) -> None:
        """Have the end kept as if Alertmanager had told it.

        Raises:
            StoreError: it is not; the next look tries again.
        """
        alert = {**message["alerts"][0], "status": "resolved", "endsAt": at.isoformat()}
        raw = json.dumps({**message, "status": "resolved", "alerts": [alert]}).encode()
        outcome = self._put(Input(_SOURCE, raw)).result(_ANSWER)
        if outcome.outcome == FAILED:
            raise StoreError(outcome.text)
        _log.info("Alertmanager no longer has the alert, which was silenced: %s", outcome.text)


def _single(raw: bytes) -> tuple[str, dict[str, Any]] | None:
    """Read a message of one alert, by its fingerprint; None for what is none."""
    try:
        message = json.loads(raw)
        (alert,) = message["alerts"]
        return str(alert["fingerprint"]), message
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _name(message: Mapping[str, Any]) -> str:
    return str(message.get("externalURL") or "").rstrip("/")


def _firing(settings: AlertmanagerSettings) -> set[str]:
    """Ask for all alerts that are not over, silenced and inhibited ones too; their fingerprints.

    Raises:
        TransportError: there is no answer, or one that says nothing of alerts.
    """
    url = settings.url.rstrip("/")
    login = {"Authorization": f"Bearer {settings.token}"} if settings.token else {}
    secrets = tuple(filter(None, [settings.token]))
    try:
        address = locate(f"{url}/api/v2/alerts")
    except ValueError as error:
        raise TransportError(str(error)) from None
    with (
        Client(timeout=_ANSWER, ca_file=settings.ca_file, secrets=secrets) as client,
        client.stream("GET", address, {"Accept": "application/json", **login}) as stream,
    ):
        if stream.status != 200:
            raise TransportError(f"{address.authority} answered {stream.status} to /api/v2/alerts")
        body = stream.read(_BODY)
    try:
        return {str(alert["fingerprint"]) for alert in json.loads(body)}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise TransportError(f"{address.authority} answered with no alerts") from None
