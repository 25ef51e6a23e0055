"""Whether anything changed: every open board asks each few seconds, so it costs next to nothing.

The answer is a few bytes that are another as soon as somebody has written, or the daemon was
started anew; 304 when they are what the browser has. That no answer comes tells it that the daemon
is gone, and 401 that the session is over.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from grafherald.store.pool import Pool


def add_changes(routes: Blueprint, pool: Pool, started: str) -> None:
    """Add the route that open boards ask."""

    @routes.get("/changes")
    def changes() -> Response:
        version = f"{started}-{pool.version()}"
        etag = f'"{version}"'
        if request.headers.get("If-None-Match") == etag:
            response = Response(status=304)
        else:
            response = Response(version, content_type="text/plain; charset=utf-8")
        response.headers["ETag"] = etag
        response.headers["Cache-Control"] = "private, no-cache"
        return response
