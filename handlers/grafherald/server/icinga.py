"""Icinga 2's own API as a way in: its event stream says where to look, its objects what is there.

What is told follows from two things alone, an object's present state and whether the history has an
open alert of it. So what changed while nobody was connected is found by one look at all problems,
the same look that follows a line of the stream; and nothing of it is remembered here.
https://icinga.com/docs/icinga-2/latest/doc/12-icinga2-api/#event-streams
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

from grafherald.errors import GrafheraldError, StoreError, TransportError
from grafherald.history.record import open_states
from grafherald.inputs.nagios import objects
from grafherald.inputs.nagios.objects import Checked
from grafherald.net.address import locate
from grafherald.net.client import Client, Stream
from grafherald.server.intake import FAILED, Input, Outcome
from grafherald.settings.served import UserApiSettings
from grafherald.store import Database

_log = logging.getLogger(__name__)
_TYPES = (
    "StateChange",
    "AcknowledgementSet",
    "AcknowledgementCleared",
    "DowntimeRemoved",
    "Flapping",
)
_SOURCE = "icinga"  # of the events, as the input "nagios" reads them
_AS_GET = {"X-HTTP-Method-Override": "GET"}
_ANSWER = 20.0  # seconds for one request
_TICK = 1.0
_SILENCE = 120.0  # seconds after which the connection may be dead: a new one, and a look
_PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0)  # seconds between attempts, the last one again
_LINE, _OBJECTS = 1 << 20, 64 << 20  # bytes


class IcingaEvents:
    """A thread that follows the stream, and connects again.

    Args:
        settings: gives the API's in force.
        open_database: opens a connection for the thread.
        put: takes an input, as `Intake.put`.
        silence: seconds after which a connection that says nothing is given up for a new one.
    """

    def __init__(
        self,
        settings: Callable[[], UserApiSettings],
        open_database: Callable[[], Database],
        put: Callable[[Input], Future[Outcome]],
        *,
        silence: float = _SILENCE,
    ) -> None:
        self._settings = settings
        self._open = open_database
        self._put = put
        self._silence = silence
        self._failures, self._trouble = 0, " "
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="icinga", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """End; what is not kept by then is found by the next start's look."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with closing(self._open()) as database:
                    self._follow(_Api(self._settings()), database)
            except GrafheraldError as error:
                self._complain(str(error))
            except Exception as error:  # noqa: BLE001 - an odd answer must not end it for good
                _log.exception("icinga.api")
                self._complain(f"internal error ({type(error).__name__})")
            self._stopping.wait(_PAUSES[min(self._failures, len(_PAUSES) - 1)])
            self._failures += 1

    def _complain(self, trouble: str) -> None:
        if trouble != self._trouble:
            _log.error("icinga.api: %s; trying again, until then no problem is heard of", trouble)
        self._trouble = trouble

    def _follow(self, api: _Api, database: Database) -> None:
        with api.events() as lines:  # Icinga keeps for us what happens from here on
            self._look(database, api.problems(open_states(database, _SOURCE)))
            if self._trouble:
                _log.info("icinga.api: hears of problems from %s", api.place)
            self._failures, self._trouble = 0, ""
            heard = time.monotonic()
            for line in lines:
                now = time.monotonic()
                if self._stopping.is_set() or (not line and now - heard > self._silence):
                    return
                if line:
                    heard = now
                    self._take(line, api, database)

    def _take(self, line: bytes, api: _Api, database: Database) -> None:
        try:
            said = json.loads(line)
            kind, about = said["type"], said.get("downtime") or said
            host = str(about.get("host") or about["host_name"])
            service = str(about.get("service") or about.get("service_name") or "")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return  # nothing that we asked for
        found = api.one(host, service)
        if kind == "AcknowledgementSet" and said.get("notify"):
            about = [checked for checked in found if checked.is_settled and checked.status]
            for checked in about[:1]:
                words = str(said.get("author") or ""), str(said.get("comment") or "")
                self._tell(objects.notification(checked, "ACKNOWLEDGEMENT", *words))
        self._look(database, found)

    def _look(self, database: Database, found: Iterable[Checked]) -> None:
        """Tell of each problem that the history does not have so, and of each end of one."""
        known = open_states(database, _SOURCE)
        for checked in found:
            before, status = known.get(checked.subject, 0), checked.status
            if not checked.is_settled or status == before or (status and checked.is_quiet):
                continue
            self._tell(objects.notification(checked, "PROBLEM" if status else "RECOVERY"))

    def _tell(self, raw: bytes) -> None:
        """Have it kept.

        Raises:
            StoreError: it is not; the next look finds it again.
        """
        outcome = self._put(Input("nagios", raw)).result(_ANSWER)
        if outcome.outcome == FAILED:
            raise StoreError(outcome.text)


class _Api:
    """What is asked of Icinga."""

    def __init__(self, settings: UserApiSettings) -> None:
        self._url = settings.url.rstrip("/")
        login = b64encode(f"{settings.user}:{settings.password}".encode()).decode()
        self._headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Authorization": f"Basic {login}",
        }
        self._client = partial(
            Client,
            timeout=_ANSWER,
            ca_file=settings.ca_file,
            secrets=(settings.password, login),
            setting="icinga.api.ca_file",
        )
        self.place = locate(self._url).authority

    @contextmanager
    def events(self) -> Iterator[Iterator[bytes]]:
        """Connect to the stream; its lines, b"" after each second without one.

        Raises:
            TransportError: it can't be had, or broke off.
        """
        queue = {"queue": f"grafherald-{secrets.token_hex(8)}", "types": _TYPES}
        with self._ask("/v1/events", queue) as stream:
            yield stream.lines(_LINE, _TICK)

    def problems(self, known: Iterable[tuple[str, str]]) -> list[Checked]:
        """All that is a problem now, and what was one as far as is *known*."""
        subjects = list(known)
        hosts = [entity for entity, check in subjects if check == "host"]
        services = [f"{entity}!{check}" for entity, check in subjects]
        return [
            *self._objects("hosts", "host.state != 0 || host.name in known", known=hosts),
            *self._objects("services", "service.state != 0 || service.__name in known",
                           known=services),
        ]  # fmt: skip

    def one(self, host: str, service: str) -> list[Checked]:
        """A service; or a host, with its services, which may be reachable again."""
        if service:
            chosen = "host.name == wanted && service.name == also"
            return self._objects("services", chosen, wanted=host, also=service)
        return [
            *self._objects("hosts", "host.name == wanted", wanted=host),
            *self._objects("services", "host.name == wanted && service.state != 0", wanted=host),
        ]

    def _objects(self, kind: str, chosen: str, **names: object) -> list[Checked]:
        joins = [f"host.{name}" for name in (*objects.OF_HOST, "state")]
        document: dict[str, Any] = {"filter": chosen, "filter_vars": names}
        document |= {"joins": joins} if kind == "services" else {}
        known = [name for name in objects.OF_ALL if kind == "services" or name != "host_name"]
        document["attrs"] = [name for name in known if kind == "hosts" or name != "address"]
        with self._ask(f"/v1/objects/{kind}", document) as stream:
            body = stream.read(_OBJECTS)
        try:
            return [objects.read(result) for result in json.loads(body)["results"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise TransportError(f"{self.place} answered with no objects") from None

    @contextmanager
    def _ask(self, path: str, document: Mapping[str, Any]) -> Iterator[Stream]:
        try:
            address = locate(f"{self._url}{path}")
        except ValueError as error:
            raise TransportError(f"icinga.api.url: {error}") from None
        head = self._headers | ({} if path.endswith("events") else _AS_GET)
        with (
            self._client() as client,
            client.stream("POST", address, head, json.dumps(document).encode()) as stream,
        ):
            if stream.status != 200:
                raise TransportError(
                    f"{self.place} answered {stream.status} to {path}; has the user its permission?"
                )
            yield stream
