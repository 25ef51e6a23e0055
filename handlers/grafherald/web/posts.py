"""Forms: what is done about alerts and deliveries, each by somebody who may."""

from __future__ import annotations

import logging
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, abort, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from grafherald.delivery.backlog import Backlog
from grafherald.history import acts, read
from grafherald.history.acts import Act, What
from grafherald.history.events import events_of
from grafherald.store import Database
from grafherald.store.pool import Pool
from grafherald.text import one_line, plain
from grafherald.web import guard
from grafherald.web.acting import acted, undone
from grafherald.web.alert import LENGTHS, scopes
from grafherald.web.options import Options
from grafherald.web.people import Role, Viewer

_log = logging.getLogger(__name__)
_SECONDS = 10.0
_WORD, _NAME = 500, 60  # characters


def add_acts(routes: Blueprint, pool: Pool, options: Options) -> None:
    """Add what is done about alerts."""

    @routes.post("/alerts/<int:number>/<any(acknowledge, take):what>")
    def acknowledge(number: int, what: str) -> AnyResponse:
        if instead := guard.allowed(options, Role.ACT, f"/alerts/{number}"):
            return instead
        now = options.clock()
        with pool.connection(_SECONDS) as database:
            act = acts.acknowledge(
                database, number % 2**63, _author(g.viewer), _word(), now, What(what)
            )
            if act is None:
                abort(409, "The alert is over; there is nothing to acknowledge.")
            _log.info("alert %d: %s %s it, from the board", number, act.author, what)
            return _back(acted(database, act, options, now))

    @routes.post("/alerts/<int:number>/silence")
    def silence(number: int) -> AnyResponse:
        if instead := guard.allowed(options, Role.ACT, f"/alerts/{number}"):
            return instead
        now, hours = options.clock(), request.form.get("hours", "")
        if hours not in map(str, LENGTHS):
            abort(400, f"hours: expected one of {', '.join(map(str, LENGTHS))}")
        with pool.connection(_SECONDS) as database:
            scope = _scope(database, number % 2**63)
            length = timedelta(hours=int(hours))
            act = acts.silence(
                database, scope, length, _author(g.viewer), _word(), now, number % 2**63
            )
            _log.info("act %d: %s silenced from alert %d", act.id, act.author, number)
            return _back(acted(database, act, options, now))

    @routes.post("/acts/<int:number>/undo")
    def undo(number: int) -> AnyResponse:
        if instead := guard.allowed(options, Role.ACT, "/"):
            return instead
        now = options.clock()
        with pool.connection(_SECONDS) as database:
            act = acts.undo(database, number % 2**63, _author(g.viewer), now)
            if act is None:
                abort(409, "It is undone already, or its time is up.")
            _log.info("act %d: undone by %s", act.id, act.undone_by)
            undone(database, act, options, now)
        return redirect(_without_done(guard.within(request.form.get("then", "/"))), 303)


def add_outbox(routes: Blueprint, pool: Pool, options: Options) -> None:
    """Add what is done about deliveries."""

    @routes.post("/outbox/<int:number>/<any(retry, drop):action>")
    def deliver(number: int, action: str) -> AnyResponse:
        if instead := guard.allowed(options, Role.ADMINISTER, "/outbox"):
            return instead
        with pool.connection(_SECONDS) as database:
            change = Backlog(database).retry_now if action == "retry" else Backlog(database).drop
            changed = change(number % 2**63, options.clock())
        if not changed:
            abort(409, "Nothing changed: it is sent, in hand, not there, or would break the order.")
        _log.info("%s delivery %d, by %s from the board", action, number, g.viewer.name)
        return redirect(guard.within(request.form.get("then", "/outbox")), 303)


def _author(viewer: Viewer) -> str:
    """Return who acts: the user; of a login that a shift shares, the name that is given."""
    given = one_line(plain(request.form.get("name", "")))[:_NAME]
    return given if viewer.is_shared and given else viewer.name


def _word() -> str:
    return one_line(plain(request.form.get("comment", "")))[:_WORD]


def _scope(database: Database, number: int) -> acts.Scope:
    """Return what a form wants to be silenced: one of what its alert offers."""
    found = read.alert(database, number)
    if found is None:
        abort(404, "There is no such alert (any more).")
    events = events_of(database, number, 1)
    offered = scopes(found, events[0].event if events else None)
    scope = offered.get(request.form.get("scope", ""))
    if scope is None:
        abort(400, "scope: the alert has no such host, check or label")
    return scope


def _back(act: Act) -> AnyResponse:
    """Lead to the page that the form was on, which offers to undo the act."""
    then = _without_done(guard.within(request.form.get("then", "/")))
    joint = "&" if "?" in then else "?"
    return redirect(f"{then}{joint}{urlencode({'did': act.id})}", 303)


def _without_done(then: str) -> str:
    parts = urlsplit(then)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "did"]
    return parts.path + (f"?{urlencode(kept)}" if kept else "")
