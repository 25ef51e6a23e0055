"""The parts put together: started in order, stopped in reverse, settings changed in between."""

from __future__ import annotations

import logging
import resource
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING

from grafherald.delivery.outbox import Outbox
from grafherald.delivery.retention import KEEP_DAYS, purge
from grafherald.errors import ConfigError, GrafheraldError, StoreError
from grafherald.history.figures import GAUGES, Read
from grafherald.server import systemd
from grafherald.server.intake import Intake, Reader
from grafherald.server.listeners import Listeners, open_listeners
from grafherald.server.metrics import Metrics
from grafherald.server.reload import Current, prepare
from grafherald.server.sockets import Limits, Sockets
from grafherald.server.workers import Workers
from grafherald.settings import Config
from grafherald.store import DEFAULT, Database, open_database

if TYPE_CHECKING:
    from flask import Blueprint

    from grafherald.server.http import Server

_log = logging.getLogger(__name__)
_WORKERS = 16
_SWEEP = 3600.0  # seconds between two rounds of retention
_DRAIN, _INTAKE, _HAND = 1.0, 3.0, 5.0  # seconds for senders, for the disk, for deliveries: < 10


@dataclass(frozen=True)
class Outside:
    """What the daemon is given by the command that starts it.

    Attributes:
        load: reads the settings anew, or raises ConfigError.
        environment: of the process, for systemd.
        read: turns an input's bytes into events.
        blueprints: makes the pages and routes that other parts serve, by the settings and by
            whether only this machine reaches them.
    """

    load: Callable[[], Config]
    environment: Mapping[str, str]
    read: Reader
    blueprints: Callable[[Config, bool], Sequence[Blueprint]] = lambda *_: ()


class Daemon:
    """One daemon. `start`, then `stop` once.

    Raises:
        ConfigError: the settings can't be used.
        StoreError: the store can't be opened.
    """

    def __init__(self, outside: Outside, *, limits: Limits | None = None) -> None:
        config = outside.load()
        self._outside = outside
        self._limits = limits or Limits()
        self._url = config.get("store", DEFAULT)
        self._asked = open_database(self._url)  # fails now rather than in a thread
        self._asked_lock = threading.Lock()
        self.metrics = Metrics()
        self._current = Current(prepare(config, self.metrics))
        number = int(config.get("workers", _WORKERS))
        self._workers = Workers(self._open, self._current, self.metrics, number=number)
        self._intake = Intake(
            self._open, self._current, self.metrics, outside.read, self._workers.wake
        )
        self._sockets = Sockets(self._intake.put, self._limits)
        self._stopping = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep, name="sweep", daemon=True)
        self.listeners = Listeners()
        self._http: Server | None = None
        self._add_gauges()

    def _open(self) -> Database:
        return open_database(self._url)

    def start(self) -> None:
        """Listen, and deliver what is due."""
        _allow_many_connections()
        try:
            config = self._current.get().config
            passed = systemd.passed(self._outside.environment)
            self.listeners = open_listeners(config.get("listen", {}), passed)
            self._http = self._make_http(config)
        except ConfigError:
            self.listeners.close()
            self._asked.close()
            raise
        self._workers.start()
        self._intake.start()
        self._sockets.start(self.listeners)
        if self._http:
            self._http.start()
        self._sweeper.start()
        for name in self.listeners.names():
            _log.info("listens on %s", name)

    def _make_http(self, config: Config) -> Server | None:
        if not self.listeners.http:
            return None
        token = config.get("listen.token", "")
        if not token and not self.listeners.http_is_local:
            raise ConfigError("listen.token: is needed where others than this machine can connect")
        from grafherald.server.http import Server, make_app

        blueprints = self._outside.blueprints(config, self.listeners.http_is_local)
        app = make_app(self._intake.put, self.metrics, self._depth, token, blueprints)
        return Server(app, self.listeners.http)

    def reload(self) -> None:
        """Take the settings anew; wrong ones are refused as a whole and change nothing."""
        try:
            config = self._outside.load()
            self._current.replace(prepare(config, self.metrics))
        except GrafheraldError as error:
            self.metrics.reloaded(False)
            _log.error("the old settings stay: %s", error)
            return
        self.metrics.reloaded(True)
        _log.info("new settings; store and listen only count at the next start")
        self._workers.wake()

    def stop(self) -> None:
        """Take nothing more, write what came, finish or give back what is in hand."""
        self._stopping.set()
        self._sockets.stop(_DRAIN)
        if self._http:
            self._http.stop()
        if not self._intake.stop(_INTAKE):
            _log.error("the store did not take all events in time")
        self._workers.stop(_HAND)
        self.listeners.close()
        with self._asked_lock:
            self._asked.close()

    def _add_gauges(self) -> None:
        self.metrics.ask("outbox_depth", "Deliveries that are not sent.", self._depths, "state")
        self.metrics.ask("oldest_due_seconds", "How late the latest is.", self._oldest, "")
        for name, text, label, read in GAUGES:
            self.metrics.ask(name, text, partial(self._figures, read), label)

    def _figures(self, read: Read) -> dict[str, float]:
        try:
            with self._asked_lock:
                return read(self._asked, datetime.now(timezone.utc))
        except StoreError:
            return {}

    def _depth(self) -> dict[str, int]:
        with self._asked_lock:
            return Outbox(self._asked).depth()

    def _depths(self) -> dict[str, float]:
        try:
            return {state: float(number) for state, number in self._depth().items()}
        except StoreError:
            return {}

    def _oldest(self) -> dict[str, float]:
        try:
            with self._asked_lock:
                due = Outbox(self._asked).oldest_due()
        except StoreError:
            return {}
        now = datetime.now(timezone.utc)
        return {"": max(0.0, (now - due).total_seconds()) if due else 0.0}

    def _sweep(self) -> None:
        while not self._stopping.wait(_SWEEP):
            days = float(self._current.get().config.get("history.days", KEEP_DAYS))
            try:
                database = self._open()
                try:
                    purge(database, datetime.now(timezone.utc) - timedelta(days=days))
                finally:
                    database.close()
            except StoreError as error:
                _log.error("%s", error)


def run(outside: Outside) -> int:
    """Serve until SIGTERM or SIGINT; 0 when all that came was written."""
    awaited = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)  # in all threads; this one waits for them
    daemon = Daemon(outside)
    daemon.start()
    systemd.notify(outside.environment, "READY=1")
    while signal.sigwait(awaited) == signal.SIGHUP:
        daemon.reload()
    systemd.notify(outside.environment, "STOPPING=1")
    _log.info("stops")
    daemon.stop()
    return 0


def _allow_many_connections() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
