"""The parts put together: started in order, stopped in reverse, settings changed in between."""

from __future__ import annotations

import logging
import os
import resource
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from grafherald.delivery.backlog import Backlog
from grafherald.delivery.retention import purge
from grafherald.errors import ConfigError, GrafheraldError, StoreError
from grafherald.history.figures import GAUGES, Read
from grafherald.net.networks import contain, networks
from grafherald.server import leftover, systemd
from grafherald.server.ended import AlertmanagerEnds
from grafherald.server.health import Health
from grafherald.server.icinga import IcingaEvents
from grafherald.server.intake import Input, Intake, Reader
from grafherald.server.listeners import Listeners, open_listeners
from grafherald.server.metrics import Metrics
from grafherald.server.reload import Current, Loaded, needs_restart, prepare
from grafherald.server.sockets import SocketLimits, Sockets
from grafherald.server.workers import Workers
from grafherald.settings import Settings
from grafherald.store import BUSY, Database, open_database

if TYPE_CHECKING:
    from flask import Blueprint, Flask
    from prometheus_client import CollectorRegistry

    from grafherald.images.composition import Images
    from grafherald.server.http import Server

_log = logging.getLogger(__name__)
_BRIEFLY, _PATIENTLY = 1.0, 3.0  # seconds to wait for a locked store: to read, to write
_SWEEP = 3600.0  # seconds between two rounds of retention
_DRAIN, _INTAKE, _HAND = 1.0, 3.0, 5.0  # seconds for senders, for the disk, for deliveries: < 10


@dataclass(frozen=True)
class Parts:
    """What other parts serve by one set of settings, and what ends when others take its place."""

    blueprints: Sequence[Blueprint] = ()
    close: Callable[[], None] = lambda: None


Mount = Callable[["Settings", bool, "Images", "CollectorRegistry"], Parts]
"""Opens the parts by the settings, by whether only this machine reaches them, and with the
process's pictures and figures."""


@dataclass(frozen=True)
class Outside:
    """What the daemon is given by the command that starts it.

    Attributes:
        load: reads the settings anew, or raises ConfigError.
        environment: of the process, for systemd.
        read: turns an input's bytes into events.
        mount: opens the pages and routes that other parts serve.
        give_up: ends the process, so that another begins with the store as it is now.
    """

    load: Callable[[], Settings]
    environment: Mapping[str, str]
    read: Reader
    mount: Mount = lambda *_: Parts()
    give_up: Callable[[], None] = lambda: None


class Daemon:
    """One daemon. `start`, then `stop` once.

    Raises:
        ConfigError: the settings can't be used.
        StoreError: the store can't be opened.
    """

    def __init__(self, outside: Outside, *, limits: SocketLimits | None = None) -> None:
        config = outside.load()
        self._outside = outside
        self._limits = limits or SocketLimits()
        self._url = config.kept_at
        self._asked = self._open(_BRIEFLY)  # fails now rather than in a thread
        self._asked_lock = threading.Lock()
        self.metrics = Metrics()
        self._current = Current(prepare(config, self.metrics))
        number = config.workers
        self._workers = Workers(self._open, self._current, self.metrics, number=number)
        self._intake = Intake(
            partial(self._open, _PATIENTLY),
            self._current,
            self.metrics,
            outside.read,
            self._workers.wake,
        )
        self._health = Health(
            partial(self._open, _PATIENTLY), lambda: self._intake.held, outside.give_up
        )
        self._sockets = Sockets(self._intake.put, self._limits)
        self._stopping = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep, name="sweep", daemon=True)
        self.listeners = Listeners()
        self._icinga = IcingaEvents(
            lambda: self._current.get().config.icinga.api, self._open, self._intake.put
        )
        self._ends = AlertmanagerEnds(
            lambda: self._current.get().config.alertmanager, self._open, self._intake.put
        )
        self._http: Server | None = None
        self._parts = Parts()
        self._add_gauges()

    def _open(self, busy: float = BUSY) -> Database:
        return open_database(self._url, busy=busy)

    def start(self) -> None:
        """Listen, and deliver what is due."""
        _allow_many_connections()
        try:
            config = self._current.get().config
            passed = systemd.passed(self._outside.environment)
            self.listeners = open_listeners(config.listen._asdict(), passed)
            self._sockets.may_send = self._senders(config)
            self._http = self._make_http()
        except ConfigError:
            self.listeners.close()
            self._asked.close()
            raise
        self._workers.start()
        self._intake.start()
        self._health.start()
        self._take_leftover()
        self._sockets.start(self.listeners)
        if self._http:
            self._http.start()
        if config.icinga.events:
            self._icinga.start()
        self._ends.start()
        self._sweeper.start()
        for name in self.listeners.names():
            _log.info("listens on %s", name)

    def _senders(self, config: Settings) -> Callable[[str], bool]:
        """Who may send events over TCP and UDP: this machine, and those that are listed."""
        listed = networks(("127.0.0.0/8", "::1", *config.listen.allow_from), "listen.allow_from")
        if not config.listen.allow_from and not self.listeners.events_are_local:
            raise ConfigError(
                "listen.allow_from: is needed where others than this machine can send events to"
                " listen.tcp or listen.udp: the addresses or networks that may"
            )
        return partial(contain, listed)

    def _make_http(self) -> Server | None:
        if not self.listeners.http:
            return None
        from grafherald.server.http import Server

        app, self._parts = self._make_app(self._current.get())
        return Server(app, self.listeners.http)

    def _make_app(self, loaded: Loaded) -> tuple[Flask, Parts]:
        from prometheus_client import CollectorRegistry

        from grafherald.server import events
        from grafherald.server.http import make_app

        config, is_local = loaded.config, self.listeners.http_is_local
        config.require("listen")
        token = config.listen.token
        if not token and not is_local:
            raise ConfigError("listen.token: is needed where others than this machine can connect")
        registry = CollectorRegistry()  # a reload counts the parts' own figures anew
        registry.register(self.metrics.registry)
        parts = self._outside.mount(config, is_local, loaded.images, registry)
        hosts = list(filter(None, [urlsplit(config.public_url).netloc.lower()]))
        routes = [events.blueprint(self._intake.put, token, hosts), *parts.blueprints]
        return make_app(routes, registry, token=token, hosts=hosts, check=self._health.check), parts

    def reload(self) -> None:
        """Take the settings anew; wrong ones are refused as a whole and change nothing."""
        old = self._current.get().config
        try:
            loaded = prepare(self._outside.load(), self.metrics)
            may_send = self._senders(loaded.config)
            made = self._make_app(loaded) if self._http else None
        except GrafheraldError as error:
            self.metrics.reloaded(False)
            _log.error("the old settings stay: %s", error)
            return
        self._current.replace(loaded)
        self._sockets.may_send = may_send
        if made and self._http:
            app, parts = made
            self._http.replace(app)
            self._parts.close()
            self._parts = parts
        self.metrics.reloaded(True)
        _log.info("new settings")
        for key in needs_restart(old, loaded.config):
            _log.warning("%s: the new value only counts at the next start", key)
        self._workers.wake()

    def stop(self) -> None:
        """Take nothing more, write what came, finish or give back what is in hand."""
        self._stopping.set()
        self._icinga.stop(_DRAIN)
        self._ends.stop(_DRAIN)
        self._sockets.stop(_DRAIN)
        if self._http:
            self._http.stop()
        self._leave(self._intake.stop(_INTAKE))
        self._health.stop()
        self._parts.close()
        self._workers.stop(_HAND)
        self.listeners.close()
        with self._asked_lock:
            self._asked.close()

    def _take_leftover(self) -> None:
        if begin := leftover.place(self._url, self._outside.environment):
            leftover.take_back(begin, self._intake.put)

    def _leave(self, inputs: list[Input]) -> None:
        """Keep for the next start what the store did not take."""
        if not inputs:
            return
        begin = leftover.place(self._url, self._outside.environment)
        try:
            if not begin:
                raise OSError(None, "there is no $STATE_DIRECTORY to keep them in")
            name = leftover.write(begin, inputs)
        except OSError as error:
            _log.error("%d events that could not be written are lost: %s", len(inputs), error)
            return
        _log.error(
            "%d events could not be written; the next start takes them from %s", len(inputs), name
        )

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
            return Backlog(self._asked).depth()

    def _depths(self) -> dict[str, float]:
        try:
            return {state: float(number) for state, number in self._depth().items()}
        except StoreError:
            return {}

    def _oldest(self) -> dict[str, float]:
        try:
            with self._asked_lock:
                due = Backlog(self._asked).oldest_due()
        except StoreError:
            return {}
        now = datetime.now(timezone.utc)
        return {"": max(0.0, (now - due).total_seconds()) if due else 0.0}

    def _sweep(self) -> None:
        self._current.get().images.sweep(datetime.now(timezone.utc))
        while not self._stopping.wait(_SWEEP):
            self._current.get().images.sweep(datetime.now(timezone.utc))
            days = self._current.get().config.history.days
            try:
                database = self._open()
                try:
                    purge(database, datetime.now(timezone.utc) - timedelta(days=days))
                finally:
                    database.close()
            except StoreError as error:
                _log.error("%s", error)


def run(outside: Outside) -> int:
    """Serve until SIGTERM or SIGINT: 0; 2 when it ends by itself, to be started anew."""
    awaited = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)  # in all threads; this one waits for them
    failed = threading.Event()

    def give_up() -> None:
        failed.set()
        os.kill(os.getpid(), signal.SIGTERM)

    daemon = Daemon(replace(outside, give_up=give_up))
    daemon.start()
    systemd.notify(outside.environment, "READY=1")
    while signal.sigwait(awaited) == signal.SIGHUP:
        daemon.reload()
    systemd.notify(outside.environment, "STOPPING=1")
    _log.info("stops")
    daemon.stop()
    return 2 if failed.is_set() else 0


def _allow_many_connections() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
