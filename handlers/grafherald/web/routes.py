"""The pages, as a Flask blueprint."""

from __future__ import annotations

import logging
import secrets

from flask import Blueprint, Response, abort, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from grafherald.delivery.backlog import Backlog
from grafherald.errors import GraphError, StoreError
from grafherald.history import read
from grafherald.history.events import events_of
from grafherald.inputs.sensu.command import masked_input
from grafherald.store import Overdue
from grafherald.store.pool import Pool
from grafherald.web import alert as alerts
from grafherald.web import board as boards
from grafherald.web import guard
from grafherald.web.addresses import came_from
from grafherald.web.changes import add_changes
from grafherald.web.live import EARLIER, EARLIER_FOR, SIZES, Shape
from grafherald.web.numbers import numbers
from grafherald.web.options import BoardOptions
from grafherald.web.outbox import outbox as outbox_page
from grafherald.web.posts import add_acts, add_outbox
from grafherald.web.query import query
from grafherald.web.session import add_login
from grafherald.web.several import add_several
from grafherald.web.templates import ASSETS, FOLDER, PageTemplates
from grafherald.web.view import origin

_log = logging.getLogger(__name__)
SECONDS = 10.0  # for one page
# Where a route says ``% 2**63``: the store's integers have 64 bits, and would raise for more.


def blueprint(pool: Pool, options: BoardOptions) -> Blueprint:
    """Put all of the board's routes behind one guard."""
    routes = Blueprint("board", __name__)
    templates = PageTemplates()
    started = secrets.token_hex(4)
    routes.before_request(lambda: guard.refused(options))
    routes.after_request(guard.finished)
    routes.register_error_handler(StoreError, lambda error: _broken(templates, error))
    routes.register_error_handler(HTTPException, lambda error: _explained(templates, error))
    add_changes(routes, pool, started)
    _add_lists(routes, templates, pool, options, started)
    _add_alert(routes, templates, pool, options, started)
    _add_pictures(routes, pool, options)
    _add_parts(routes, pool)
    add_acts(routes, pool, options)
    add_several(routes, templates, pool, options)
    add_outbox(routes, pool, options)
    add_login(routes, templates, options)
    return routes


def _add_lists(
    routes: Blueprint, templates: PageTemplates, pool: Pool, options: BoardOptions, started: str
) -> None:
    def shared(page: str) -> dict[str, object]:
        return guard.shared(options, page) | {"version": f"{started}-{pool.version()}"}

    @routes.get("/")
    def board() -> Response:
        common = shared("board")
        now = options.clock()
        with pool.connection(SECONDS) as database:
            common["done"] = boards.done(database, request.args.get("did", ""), now)
            page = boards.board(
                templates,
                database,
                query(request.args),
                now,
                common,
                options.limits,
                options.live_at(now),
            )
        return guard.page(page)

    @routes.get("/wall")
    def wall() -> Response:
        common = shared("wall")
        with pool.connection(SECONDS) as database:
            asked = query(request.args)
            now = options.clock()
            page = boards.wall(templates, database, asked, now, common, options.limits)
            return guard.page(page)

    @routes.get("/outbox")
    def outbox() -> Response:
        common = shared("outbox")
        with pool.connection(SECONDS) as database:
            return guard.page(outbox_page(templates, database, options.clock(), common))

    @routes.get("/numbers")
    def figures() -> Response:
        common = guard.shared(options, "numbers") | {"version": ""}
        with pool.connection(SECONDS) as database:
            return guard.page(numbers(templates, database, request.args, options.clock(), common))


def _add_alert(
    routes: Blueprint, templates: PageTemplates, pool: Pool, options: BoardOptions, started: str
) -> None:
    @routes.get("/alerts/<int:number>")
    def alert(number: int) -> Response:
        common = guard.shared(options, "alert") | {"version": f"{started}-{pool.version()}"}
        now = options.clock()
        with pool.connection(SECONDS) as database:
            common["done"] = boards.done(database, request.args.get("did", ""), now)
            page = alerts.alert(
                templates,
                database,
                number % 2**63,
                options.config,
                now,
                common,
                options.live_at(now),
                options.deploys,
            )
        return guard.page(page) if page else abort(404, "There is no such alert (any more).")

    @routes.get("/alerts/<int:number>/act")
    def act(number: int) -> Response:
        common = guard.shared(options, "act") | {"version": "", "then": came_from(options)}
        with pool.connection(SECONDS) as database:
            page = alerts.act_page(templates, database, number % 2**63, options.clock(), common)
        return guard.page(page) if page else abort(404, "There is no such alert (any more).")


def _add_pictures(routes: Blueprint, pool: Pool, options: BoardOptions) -> None:
    @routes.get("/alerts/<int:number>/now.png")
    def now(number: int) -> Response:
        with pool.connection(SECONDS) as database:
            kept = events_of(database, number % 2**63, 1)
        if not kept or options.now is None:
            abort(404, "There is no graph.")
        try:
            png = options.now.picture(kept[0].event)
        except GraphError as error:
            abort(502, f"There is no graph: {error}.")
        response = Response(png, content_type="image/png")
        response.headers["Cache-Control"] = "private, max-age=30"
        return response

    @routes.get("/alerts/<int:number>/live.svg")
    def live(number: int) -> AnyResponse:
        now = options.clock()
        size = next((name for name in ("large", "wide") if name in request.args), "")
        theme = "dark" if request.args.get("theme") == "dark" else "light"
        with pool.connection(SECONDS) as database:
            found = read.alert(database, number % 2**63)
            kept = events_of(database, number % 2**63, 1)
            since = now - EARLIER_FOR
            past = read.earlier(database, found.subject, since, EARLIER) if found else []
        if found is None or found.ended or not kept or options.live is None:
            abort(404, "There is no live graph.")
        earlier = [one.started for one in past if one.id != found.id]
        shape = Shape(theme, *SIZES[size])
        try:
            svg = options.live.graph(found, kept[0].event, earlier, shape, now)
        except GraphError as error:
            if size and options.now:
                return redirect(f"/alerts/{found.id}/now.png")
            if origin(found.picture):
                return redirect(found.picture)
            abort(503 if error.status == 503 else 502, f"There is no live graph: {error}.")
        response = Response(svg, content_type="image/svg+xml")
        response.headers["Cache-Control"] = "private, max-age=60"
        return response


def _add_parts(routes: Blueprint, pool: Pool) -> None:
    @routes.get("/alerts/<int:number>/event")
    def event(number: int) -> Response:
        with pool.connection(SECONDS) as database:
            kept = events_of(database, number % 2**63, 1)
            raw = Backlog(database).raw(kept[0].id) if kept else b""
        if not kept:
            abort(404, "The event is no longer kept.")
        shown = masked_input(raw.decode("utf-8", "replace"))
        return Response(shown, content_type="text/plain; charset=utf-8")

    @routes.get("/assets/<digest>/<name>")
    def asset(digest: str, name: str) -> Response:
        del digest  # makes a changed file another address
        if name not in ASSETS:
            abort(404)
        response = Response((FOLDER / name).read_bytes(), content_type=ASSETS[name])
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _broken(templates: PageTemplates, error: Exception) -> Response:
    if isinstance(error, Overdue):
        text = "It takes too long to add this up. Choose a shorter time, or search for less."
        return _failure(templates, 503, "Too much", text)
    _log.error("%s", error)
    text = "The store can't be read at the moment; the log says why."
    return _failure(templates, 503, "Not available", text)


def _explained(templates: PageTemplates, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker
    return _failure(templates, error.code or 500, error.name, error.description or "")


def _failure(templates: PageTemplates, status: int, title: str, text: str) -> Response:
    page = templates.render("failure.html", title=title, text=text, **guard.anonymous(""))
    return guard.page(page, status)
