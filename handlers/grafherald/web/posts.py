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
from grafherald.web.acting import perform, take_back
from grafherald.web.addresses import within
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
        now, who, said = options.clock(), author(g.viewer), word()

        def known(database: Database) -> list[acts.Act]:
            act = acts.acknowledge(database, number % 2**63, who, said, now, What(what))
            return [act] if act else []

        done = perform(pool, known, options, now)
        if not done:
            abort(409, "The alert is over; there is nothing to acknowledge.")
        _log.info("alert %d: %s %s it, from the board", number, who, what)
        return back(done)

    @routes.post("/alerts/<int:number>/silence")
    def silence(number: int) -> AnyResponse:
        if instead := guard.allowed(options, Role.ACT, f"/alerts/{number}"):
            return instead
        now, hours = options.clock(), request.form.get("hours", "")
        if hours not in map(str, LENGTHS):
            abort(400, f"hours: expected one of {', '.join(map(str, LENGTHS))}")
        who, said, length = author(g.viewer), word(), timedelta(hours=int(hours))

        def quiet(database: Database) -> list[acts.Act]:
            alert = number % 2**63
            scope = _scope(database, alert)
            return [acts.silence(database, scope, length, who, said, now, alert)]

        done = perform(pool, quiet, options, now)
        _log.info("act %d: %s silenced from alert %d", done[0].id, who, number)
        return back(done)

    @routes.post("/acts/<int:number>/undo")
    def undo(number: int) -> AnyResponse:
        if instead := guard.allowed(options, Role.ACT, "/"):
            return instead
        who = author(g.viewer)
        if not take_back(pool, [number % 2**63], who, options, options.clock()):
            abort(409, "It is undone already, or its time is up.")
        _log.info("act %d: undone by %s", number, who)
        return redirect(without_done(within(request.form.get("then", "/"))), 303)


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
        return redirect(within(request.form.get("then", "/outbox")), 303)


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
