"""The pages, as a Flask blueprint."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, abort, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from grafherald.delivery.outbox import Outbox
from grafherald.errors import GraphError, StoreError
from grafherald.history.events import events_of
from grafherald.server.access import is_local_name
from grafherald.server.compression import packed, tagged
from grafherald.settings import Config
from grafherald.store.pool import Pool
from grafherald.web import pages
from grafherald.web.login import COOKIE, LIFETIME, Failures, Login
from grafherald.web.pages import ASSETS, FOLDER, Page, Pages
from grafherald.web.picture import Now

_log = logging.getLogger(__name__)
_SECONDS = 10.0  # for one page
_RECONNECT = 5000  # milliseconds until a browser asks again what changed


def _clock() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Options:
    """How the board answers.

    Attributes:
        login: who may change something, and look unless the board *is_open*.
        is_open: who reaches the board may look.
        hosts: names that the board is reached by besides this machine's own; None for any.
        now: makes the picture of a panel as it is now; None where there is no Grafana.
    """

    config: Config
    login: Login
    is_open: bool = False
    hosts: frozenset[str] | None = frozenset()
    now: Now | None = None
    clock: Callable[[], datetime] = _clock
    failures: Failures = field(default_factory=Failures)


def blueprint(pool: Pool, options: Options) -> Blueprint:
    """Return the board's routes."""
    routes = Blueprint("board", __name__)
    rendered = Pages()
    routes.before_request(lambda: _refused(options))
    routes.after_request(_finished)
    routes.register_error_handler(StoreError, lambda error: _broken(rendered, error))
    routes.register_error_handler(HTTPException, lambda error: _said(rendered, error))
    _add_pages(routes, rendered, pool, options)
    _add_parts(routes, pool, options)
    _add_actions(routes, pool, options)
    _add_login(routes, rendered, options)
    return routes


def _add_pages(routes: Blueprint, rendered: Pages, pool: Pool, options: Options) -> None:
    @routes.get("/")
    def board() -> Response:
        with pool.connection(_SECONDS) as database:
            shared = _shared(options, "board")
            return _page(pages.board(rendered, database, request.args, options.clock(), shared))

    @routes.get("/alerts/<int:number>")
    def alert(number: int) -> Response:
        shared = _shared(options, "alert")
        with pool.connection(_SECONDS) as database:
            page = pages.alert(
                rendered, database, number % 2**63, options.config, options.clock(), shared
            )
        return _page(page) if page else abort(404, "There is no such alert (any more).")

    @routes.get("/outbox")
    def outbox() -> Response:
        with pool.connection(_SECONDS) as database:
            return _page(pages.outbox(rendered, database, _shared(options, "outbox")))


def _add_parts(routes: Blueprint, pool: Pool, options: Options) -> None:
    @routes.get("/alerts/<int:number>/event")
    def event(number: int) -> Response:
        with pool.connection(_SECONDS) as database:
            kept = events_of(database, number % 2**63, 1)
            raw = Outbox(database).raw(kept[0].id) if kept else b""
        if not kept:
            abort(404, "The event is no longer kept.")
        return Response(raw, content_type="text/plain; charset=utf-8")

    @routes.get("/alerts/<int:number>/now.png")
    def now(number: int) -> Response:
        with pool.connection(_SECONDS) as database:
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

    @routes.get("/changes")
    def changes() -> Response:
        """Say which version of the store this is, and end: the browser asks again by itself.

        https://html.spec.whatwg.org/multipage/server-sent-events.html
        """
        text = f"retry: {_RECONNECT}\ndata: {pool.version()}\n\n"
        return Response(text, content_type="text/event-stream")

    @routes.get("/assets/<digest>/<name>")
    def asset(digest: str, name: str) -> Response:
        del digest  # makes a changed file another address
        if name not in ASSETS:
            abort(404)
        response = Response((FOLDER / name).read_bytes(), content_type=ASSETS[name])
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _add_actions(routes: Blueprint, pool: Pool, options: Options) -> None:
    @routes.post("/outbox/<int:number>/<any(retry, drop):action>")
    def act(number: int, action: str) -> AnyResponse:
        cookie = request.cookies.get(COOKIE, "")
        if not _is_logged_in(options):  # an open board lets others look
            return _to_login("/outbox")
        if not options.login.is_form_token(request.form.get("token", ""), cookie):
            abort(403, "This page is too old, or the form is not ours. Load it anew.")
        with pool.connection(_SECONDS) as database:
            change = Outbox(database).retry_now if action == "retry" else Outbox(database).drop
            changed = change(number % 2**63, options.clock())
        if not changed:
            abort(409, "Nothing changed: the delivery is sent, in hand, or not there.")
        _log.info("%s delivery %d, from the board", action, number)
        return redirect("/outbox", 303)


def _add_login(routes: Blueprint, rendered: Pages, options: Options) -> None:
    def form(problem: str, then: str) -> Response:
        page = rendered.render(
            "login.html", problem=problem, then=then, **_shared(options, "login")
        )
        return _page(page, 401 if problem else 200)

    @routes.get("/login")
    def ask() -> Response:
        if not options.login.is_possible:
            abort(404, "Nobody can log in: board.password is not set.")
        return form("", request.args.get("then", "/"))

    @routes.post("/login")
    def enter() -> AnyResponse:
        moment = time.monotonic()
        if options.failures.are_too_many(moment):
            abort(429, "Too many wrong passwords. Wait a minute.")
        user, password = request.form.get("user", ""), request.form.get("password", "")
        if not options.login.accepts(user, password):
            options.failures.add(moment)
            return form("The user or the password is wrong.", request.form.get("then", "/"))
        response = redirect(_within(request.form.get("then", "/")), 303)
        _set_cookie(response, options.login.session(time.time()))
        return response

    @routes.post("/logout")
    def leave() -> AnyResponse:
        response = redirect("/", 303)
        response.delete_cookie(COOKIE)
        return response


def _set_cookie(response: AnyResponse, session: str) -> None:
    """Lax, so that a link in a chat leads to the alert and not to the login."""
    is_secure = request.is_secure or request.headers.get("X-Forwarded-Proto") == "https"
    response.set_cookie(
        COOKIE, session, max_age=LIFETIME, httponly=True, samesite="Lax", secure=is_secure
    )


def _within(then: str) -> str:
    """Return *then* where it is a path of ours, else the first page."""
    parts = urlsplit(then) if then.isprintable() else urlsplit("/")
    is_path = then.startswith("/") and not then.startswith(("//", "/\\")) and "\\" not in then
    return then if is_path and not parts.netloc else "/"


def _to_login(then: str) -> AnyResponse:
    return redirect("/login?" + urlencode({"then": then}), 303)


def _is_logged_in(options: Options) -> bool:
    return options.login.is_session(request.cookies.get(COOKIE, ""), time.time())


def _refused(options: Options) -> AnyResponse | None:
    """Refuse other names of this machine, forms of other sites, and who has to log in first."""
    host = request.host.lower()
    if options.hosts is not None and not is_local_name(host) and host not in options.hosts:
        abort(403, "The board does not go by this name; set public_url, or board.password.")
    if request.method == "POST" and not _is_own_form():
        abort(403, "The form comes from another site.")
    endpoint = (request.endpoint or "").rpartition(".")[2]
    if options.is_open or endpoint in ("ask", "enter", "leave", "asset") or _is_logged_in(options):
        return None
    if endpoint in ("changes", "now"):
        abort(401)
    return _to_login(_here() if request.method == "GET" else "/outbox")


def _here() -> str:
    """Return the path and the query that were asked for; a login leads to no other login."""
    query = request.query_string.decode("utf-8", "replace")
    here = request.path + (f"?{query}" if query else "")
    return "/" if request.path == "/login" else here


def _is_own_form() -> bool:
    """Tell whether a form was sent from a page of ours, by what browsers say about it.

    https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc == request.host


def _shared(options: Options, page: str) -> Mapping[str, Any]:
    """Return what every page shows."""
    is_logged_in = _is_logged_in(options)
    cookie = request.cookies.get(COOKIE, "")
    return {
        "page": page,
        "is_logged_in": is_logged_in,
        "can_log_in": options.login.is_possible,
        "can_render": options.now is not None,
        "login_then": urlencode({"then": _here()}),
        "token": options.login.form_token(cookie) if is_logged_in else "",
    }


def _page(page: Page, status: int = 200) -> Response:
    response = Response(page.html, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _policy(page.origins)
    return response


def _policy(origins: frozenset[str]) -> str:
    """Return what a page may do: nothing but what the package brings, and show its pictures."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            " ".join(("img-src 'self'", *sorted(origins))),
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def _finished(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Cache-Control", "private, no-cache")
    response.headers.add("Vary", "Cookie")
    return packed(tagged(response, request), request)


def _broken(rendered: Pages, error: Exception) -> Response:
    _log.error("%s", error)
    text = "The store can't be read at the moment; the log says why."
    return _failure(rendered, 503, "Not available", text)


def _said(rendered: Pages, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker
    return _failure(rendered, error.code or 500, error.name, error.description or "")


def _failure(rendered: Pages, status: int, title: str, text: str) -> Response:
    page = rendered.render(
        "said.html",
        title=title,
        text=text,
        page="",
        is_logged_in=False,
        can_log_in=False,
        token="",
    )
    return _page(page, status)
