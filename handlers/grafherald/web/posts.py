"""Forms: what is done about alerts and deliveries, each by somebody who may."""

from __future__ import annotations

import logging
from datetime import timedelta

from flask import Blueprint, abort, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from grafherald.delivery.backlog import Backlog
from grafherald.history import acts, read
from grafherald.history.acts import What
from grafherald.history.events import events_of
from grafherald.store import Database
from grafherald.store.pool import Pool
from grafherald.web import guard
from grafherald.web.acting import acted, undone
from grafherald.web.alert import LENGTHS, scopes
from grafherald.web.forms import SECONDS, author, back, without_done, word
from grafherald.web.options import BoardOptions
from grafherald.web.people import Role

_log = logging.getLogger(__name__)


def add_acts(routes: Blueprint, pool: Pool, options: BoardOptions) -> None:
    """Add what is done about alerts."""

    @routes.post("/alerts/<int:number>/<any(acknowledge, take):what>")
    def acknowledge(number: int, what: str) -> AnyResponse:
        if instead := guard.allowed(options, Role.ACT, f"/alerts/{number}"):
            return instead
        now = options.clock()
        with pool.connection(SECONDS) as database:
            act = acts.acknowledge(
                database, number % 2**63, author(g.viewer), word(), now, What(what)
            )
            if act is None:
                abort(409, "The alert is over; there is nothing to acknowledge.")
            _log.info("alert %d: %s %s it, from the board", number, act.author, what)
            return back([acted(database, act, options, now)])

    @routes.post("/alerts/<int:number>/silence")
    def silence(number: int) -> AnyResponse:
        if instead := guard.allowed(options, Role.ACT, f"/alerts/{number}"):
            return instead
        now, hours = options.clock(), request.form.get("hours", "")
        if hours not in map(str, LENGTHS):
            abort(400, f"hours: expected one of {', '.join(map(str, LENGTHS))}")
        with pool.connection(SECONDS) as database:
            scope = _scope(database, number % 2**63)
            length = timedelta(hours=int(hours))
            act = acts.silence(
                database, scope, length, author(g.viewer), word(), now, number % 2**63
            )
            _log.info("act %d: %s silenced from alert %d", act.id, act.author, number)
            return back([acted(database, act, options, now)])

    @routes.post("/acts/<int:number>/undo")
    def undo(number: int) -> AnyResponse:
        if instead := guard.allowed(options, Role.ACT, "/"):
            return instead
        now = options.clock()
        with pool.connection(SECONDS) as database:
            act = acts.undo(database, number % 2**63, author(g.viewer), now)
            if act is None:
                abort(409, "It is undone already, or its time is up.")
            _log.info("act %d: undone by %s", act.id, act.undone_by)
            undone(database, act, options, now)
        return redirect(without_done(guard.within(request.form.get("then", "/"))), 303)


def add_outbox(routes: Blueprint, pool: Pool, options: BoardOptions) -> None:
    """Add what is done about deliveries."""

    @routes.post("/outbox/<int:number>/<any(retry, drop):action>")
    def deliver(number: int, action: str) -> AnyResponse:
        if instead := guard.allowed(options, Role.ADMINISTER, "/outbox"):
            return instead
        with pool.connection(SECONDS) as database:
            change = Backlog(database).retry_now if action == "retry" else Backlog(database).drop
            changed = change(number % 2**63, options.clock())
        if not changed:
            abort(409, "Nothing changed: it is sent, in hand, not there, or would break the order.")
        _log.info("%s delivery %d, by %s from the board", action, number, g.viewer.name)
        return redirect(guard.within(request.form.get("then", "/outbox")), 303)


def _scope(database: Database, number: int) -> acts.Scope:
    """Read what a form wants to be silenced, of what its alert offers; else end in 400 or 404."""
    found = read.alert(database, number)
    if found is None:
        abort(404, "There is no such alert (any more).")
    events = events_of(database, number, 1)
    offered = scopes(found, events[0].event if events else None)
    scope = offered.get(request.form.get("scope", ""))
    if scope is None:
        abort(400, "scope: the alert has no such host, check or label")
    return scope
