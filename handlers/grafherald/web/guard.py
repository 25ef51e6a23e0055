"""What every request passes: who is it, may they, and what a page of ours may do in a browser."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from grafherald.server.access import is_local_name
from grafherald.server.compression import packed, tagged
from grafherald.web.addresses import came_from, foreign_form, here
from grafherald.web.login import COOKIE
from grafherald.web.options import BoardOptions
from grafherald.web.people import Person, Role, Viewer
from grafherald.web.templates import Page

_FREE = ("ask", "enter", "leave", "asset")  # routes for those who are not logged in
_QUIET = ("changes", "now", "live")  # routes that a script or a picture asks: no page to be led to


def viewer(options: BoardOptions) -> Viewer:
    """Find out who sent this request: by the session, by a trusted proxy's word, or anybody."""
    cookie = request.cookies.get(COOKIE, "")
    person = options.login.person(cookie, time.time()) if cookie else None
    if person:
        return Viewer(person.name, person.role, person.is_shared, binding=cookie)
    proxies = options.proxies
    if proxies.networks and proxies.are_trusted(request.remote_addr or ""):
        name = request.headers.get(proxies.header, "")[:100]
        if name:
            known = options.login.people.get(name, Person(name, proxies.role))
            return Viewer(name, known.role, binding=f"proxy {name}")
    return Viewer(role=options.anybody)


def sender(options: BoardOptions) -> str:
    """Who sent this request, by address; a trusted proxy's word is the last it added.

    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-For
    """
    address = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if forwarded and options.proxies.are_trusted(address) else address


def refused(options: BoardOptions) -> AnyResponse | None:
    """Refuse other names of this machine, forms of other sites, and who has to log in first."""
    host = request.host.lower()
    if options.hosts is not None and not is_local_name(host) and host not in options.hosts:
        abort(403, "The board does not go by this name; set public_url, or board.password.")
    if request.method == "POST" and (foreign := foreign_form(options)):
        abort(403, foreign)
    g.viewer = viewer(options)
    endpoint = (request.endpoint or "").rpartition(".")[2]
    if endpoint in _FREE or g.viewer.may(Role.LOOK):
        return None
    if endpoint in _QUIET:
        abort(401)
    return to_login(here() if request.method == "GET" else came_from(options))


def allowed(options: BoardOptions, role: Role, then: str) -> AnyResponse | None:
    """Check that a form may be acted on: None when so, else the way to the login.

    It ends in 403 where a login would not help, and where the form is of no page of this viewer.
    """
    if not g.viewer.may(role):
        if g.viewer.name or not options.login.is_possible:
            abort(403, f"You may {g.viewer.role.name.lower()}, and this asks for more.")
        return to_login(then)
    if not options.login.is_form_token(request.form.get("token", ""), g.viewer.binding):
        abort(403, "This page is too old, or the form is not ours. Load it anew.")
    return None


def to_login(then: str) -> AnyResponse:
    """Send to the login, and from there to *then*."""
    return redirect("/login?" + urlencode({"then": then}), 303)


def shared(options: BoardOptions, name: str) -> dict[str, Any]:
    """The variables that every template needs; *name* is the page's."""
    who: Viewer = g.viewer
    return {
        **anonymous(name),
        "viewer": who,
        "may_act": who.may(Role.ACT),
        "may_administer": who.may(Role.ADMINISTER),
        "is_session": bool(who.name) and not who.binding.startswith("proxy "),
        "can_log_in": options.login.is_possible,
        "can_render": options.now is not None,
        "login_then": urlencode({"then": here()}),
        "here": here(),
        "token": options.login.form_token(who.binding) if who.binding else "",
    }


def anonymous(name: str) -> dict[str, Any]:
    """The same variables for who is not known: also for errors before anybody is."""
    return {
        "page": name,
        "viewer": Viewer(),
        "may_act": False,
        "may_administer": False,
        "is_session": False,
        "can_log_in": False,
        "can_render": False,
        "login_then": "",
        "here": "/",
        "token": "",
        "version": "",
        "done": None,
        "then": "/",
    }


def page(rendered: Page, status: int = 200) -> Response:
    """Send a page, under a policy that lets it load its own pictures."""
    response = Response(rendered.html, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _policy(rendered.origins)
    return response


def _policy(origins: frozenset[str]) -> str:
    """Forbid a page all but what the package brings, its forms and its pictures.

    https://www.w3.org/TR/CSP3/
    """
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


def finished(response: Response) -> Response:
    """Finish a response: headers that keep browsers strict, unless a route set them; ETag, gzip."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Cache-Control", "private, no-cache")
    response.headers.add("Vary", "Cookie")
    return packed(tagged(response, request), request)
