"""Which addresses are ours: of the forms that count here, and of the pages that one comes back to.

A proxy may ask for the board by another name than people do, so there may be several.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from flask import request

from grafherald.text import cut
from grafherald.web.options import BoardOptions


def hosts(options: BoardOptions) -> frozenset[str]:
    """The names that people may have in their address bar: that of the request, and public_url's.

    What a trusted proxy was asked for itself is the last that it added.
    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-Host
    """
    found = {request.host, _split(options.config.public_url).netloc}
    if options.proxies.are_trusted(request.remote_addr or ""):
        found.add(request.headers.get("X-Forwarded-Host", "").rpartition(",")[2].strip())
    return frozenset(host.lower() for host in found if host)


def foreign_form(options: BoardOptions) -> str:
    """Say what is wrong with where a form was sent from; "" when that is a page of ours.

    Browsers tell by ``Sec-Fetch-Site``, but for plain HTTP by ``Origin`` alone.
    https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return "" if site == "same-origin" else "The form comes from another site."
    origin = request.headers.get("Origin")
    if origin is None:
        return "The form comes from another site, or from no page at all."
    if _split(origin).netloc.lower() in hosts(options):
        return ""
    return (
        f"The form comes from {cut(origin, 100)}, and this board was asked for as"
        f" {cut(request.host, 100)}. Where both are the board: set public_url to the address that"
        " people use, or let the proxy pass the Host header on."
    )


def came_from(options: BoardOptions) -> str:
    """Where to go back to: the page of ours that the browser says it came from, else "/"."""
    parts = _split(request.referrer or "")
    if parts.netloc.lower() not in hosts(options) or parts.path == "/login":
        return "/"
    return within(parts.path + (f"?{parts.query}" if parts.query else ""))


def here() -> str:
    """The address that was asked for, to come back to; a login leads to no other login."""
    query = request.query_string.decode("utf-8", "replace")
    path = request.path + (f"?{query}" if query else "")
    return "/" if request.path == "/login" else path


def within(then: str) -> str:
    """Keep *then* where it is a path of ours, else "/": no link leads through us to other sites."""
    if not then.isprintable():  # browsers drop tabs and line ends: /<tab>/example.com is a host
        return "/"
    parts = _split(then)
    is_path = then.startswith("/") and not then.startswith("//") and "\\" not in then
    return then if is_path and not parts.netloc else "/"


def _split(url: str) -> SplitResult:
    """Take an address apart that anybody may have made up; what is none is that of no place."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
