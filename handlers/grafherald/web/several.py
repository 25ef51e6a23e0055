"""One act about several alerts: chosen from what a view of the board lists."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from grafherald.history import acts, read
from grafherald.history.acts import Act, What
from grafherald.store import Database
from grafherald.store.pool import Pool
from grafherald.web import board as boards
from grafherald.web import guard
from grafherald.web.acting import perform, take_back
from grafherald.web.addresses import within
from grafherald.web.alert import LENGTHS
from grafherald.web.forms import SECONDS, author, back, without_done, word
from grafherald.web.options import BoardOptions
from grafherald.web.people import Role
from grafherald.web.query import Query, query
from grafherald.web.templates import Page, PageTemplates
from grafherald.web.view import row, shared_domain

_log = logging.getLogger(__name__)
MOST = 100  # alerts of one act
_ABOUTS = {"here": "each check on its host", "entity": "the hosts", "check": "the checks"}


def add_several(
    routes: Blueprint, templates: PageTemplates, pool: Pool, options: BoardOptions
) -> None:
    """Add the page that alerts are chosen on, and what is done about them."""

    @routes.get("/several")
    def choose_several() -> AnyResponse:
        common = guard.shared(options, "several") | {"version": ""}
        with pool.connection(SECONDS) as database:
            page = _page(templates, database, query(request.args), options, common)
        return guard.page(page)

    @routes.post("/several")
    def act_on_several() -> AnyResponse:
        if instead := guard.allowed(options, Role.ACT, "/"):
            return instead
        numbers, now = _numbers("alert"), options.clock()
        do = _silenced if _hours() else _known
        done = perform(pool, lambda database: do(database, numbers, now), options, now)
        if not done:
            abort(409, "They are over; there is nothing to do about them.")
        _log.info("%s: %s %d alerts from the board", done[0].author, done[0].what.value, len(done))
        return back(done)

    @routes.post("/acts/undo")
    def undo_several() -> AnyResponse:
        if instead := guard.allowed(options, Role.ACT, "/"):
            return instead
        undone = take_back(pool, _numbers("act"), author(g.viewer), options, options.clock())
        if not undone:
            abort(409, "They are undone already, or their time is up.")
        _log.info("%s: undid %d acts", undone[0].undone_by, len(undone))
        return redirect(without_done(within(request.form.get("then", "/"))), 303)


def _page(
    templates: PageTemplates,
    database: Database,
    asked: Query,
    options: BoardOptions,
    common: dict[str, Any],
) -> Page:
    now = options.clock()
    found = boards.listed(database, asked, now, options.limits, common["viewer"].name)
    view = asked.link().partition("?")[2]

    def choosing(**more: str) -> str:
        return "/several?" + "&".join(filter(None, (view, urlencode(more))))

    alerts = [one.alert for one in found.listed[:MOST]]
    shared = shared_domain(alert.entity for alert in alerts)
    return templates.render(
        "several.html",
        rows=[replace(row(alert, now), shared=shared) for alert in alerts],
        shared_domain=shared,
        total=len(found.listed),
        problem=found.problem,
        checked=request.args.get("choose", "all" if asked.is_filtered else "") == "all",
        all=choosing(choose="all"),
        none=choosing(choose=""),
        abouts=_ABOUTS,
        lengths=LENGTHS,
        **common | {"then": asked.link()},
    )


def _numbers(name: str) -> list[int]:
    """Read which alerts or acts a form is about, each once; else end in 400."""
    # Of 18 digits at most: the store's integers have 64 bits. https://www.sqlite.org/datatype3.html
    given = [text for text in request.form.getlist(name) if text.isdecimal() and len(text) < 19]
    if not given:
        abort(400, "None is chosen.")
    if len(given) > MOST:
        abort(400, f"{len(given)} are chosen, expected at most {MOST}.")
    return list(dict.fromkeys(map(int, given)))


def _hours() -> str:
    return request.form.get("hours", "")


def _known(database: Database, numbers: list[int], now: datetime) -> list[Act]:
    what = request.form.get("do", "")
    if what not in (What.ACKNOWLEDGE.value, What.TAKE.value):
        abort(400, "do: expected acknowledge or take")
    return acts.acknowledge_all(database, numbers, author(g.viewer), word(), now, What(what))


def _silenced(database: Database, numbers: list[int], now: datetime) -> list[Act]:
    about = request.form.get("about", "here")
    if _hours() not in map(str, LENGTHS) or about not in _ABOUTS:
        lengths = ", ".join(map(str, LENGTHS))
        abort(400, f"hours: expected one of {lengths}; about: one of {', '.join(_ABOUTS)}")
    scopes: dict[acts.Scope, int] = {}
    for found in (read.alert(database, number) for number in numbers):
        if found and not found.ended:
            host, check = ("entity", found.entity), ("check", found.check)
            scope = {"here": (host, check), "entity": (host,), "check": (check,)}[about]
            scopes.setdefault(scope, found.id)
    length, who, said = timedelta(hours=int(_hours())), author(g.viewer), word()
    return [
        acts.silence(database, scope, length, who, said, now, number)
        for scope, number in scopes.items()
    ]
