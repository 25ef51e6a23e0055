"""Logging in and out."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from grafherald.web import guard
from grafherald.web.addresses import within
from grafherald.web.login import COOKIE, LIFETIME
from grafherald.web.options import BoardOptions
from grafherald.web.templates import PageTemplates


def add_login(routes: Blueprint, templates: PageTemplates, options: BoardOptions) -> None:
    """Add the login's form, its check, and the way out."""

    def form(problem: str, then: str) -> Response:
        common = guard.shared(options, "login") | {"then": then}
        page = templates.render("login.html", problem=problem, **common)
        return guard.page(page, 401 if problem else 200)

    @routes.get("/login")
    def ask() -> Response:
        if not options.login.is_possible:
            abort(404, "Nobody can log in: neither board.users nor board.password is set.")
        return form("", request.args.get("then", "/"))

    @routes.post("/login")
    def enter() -> AnyResponse:
        moment, address = time.monotonic(), guard.sender(options)
        if options.failures.are_too_many(address, moment):
            abort(429, "Too many wrong passwords. Wait a minute.")
        given = request.form.get("user", "")[:100], request.form.get("password", "")[:1000]
        person = options.login.accepts(*given)
        if person is None:
            options.failures.add(address, moment)
            return form("The user or the password is wrong.", request.form.get("then", "/"))
        response = redirect(within(request.form.get("then", "/")), 303)
        _set_cookie(response, options.login.session(person, time.time()), options)
        return response

    @routes.post("/logout")
    def leave() -> AnyResponse:
        response = redirect("/", 303)
        response.delete_cookie(COOKIE)
        return response


def _set_cookie(response: AnyResponse, session: str, options: BoardOptions) -> None:
    """Lax, so that a link in a chat leads to the alert and not to the login."""
    by_proxy = request.headers.get("X-Forwarded-Proto") == "https"
    by_browser = request.headers.get("Origin", "").startswith("https:")
    is_secure = request.is_secure or by_proxy or by_browser or request.host.lower() == options.https
    response.set_cookie(
        COOKIE, session, max_age=LIFETIME, httponly=True, samesite="Lax", secure=is_secure
    )


def https_host(public_url: str) -> str:
    """The host whose cookies go by HTTPS alone: *public_url*'s where it is https, else ""."""
    parts = urlsplit(public_url)
    return parts.netloc.lower() if parts.scheme == "https" else ""
