"""The routes, as a Flask blueprint; in direct mode a browser asks them from Grafana's pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone

from flask import Blueprint, Response, request

from grafherald.datasource.cache import ResponseCache
from grafherald.datasource.reply import ROUTES, AnswerSource, dumps, reply
from grafherald.datasource.request import read_body
from grafherald.errors import QueryError, StoreError
from grafherald.net.deadline import Deadline
from grafherald.server.access import Access, is_local_name
from grafherald.server.compression import packed, tagged
from grafherald.settings import schema
from grafherald.store import Overdue
from grafherald.store.pool import Pool

_log = logging.getLogger(__name__)
_LARGEST = 1 << 20  # bytes of a request
_REMEMBER = "600"  # seconds that a browser keeps what it was allowed


def _clock() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class DatasourceOptions:
    """How the routes answer.

    Attributes:
        origins: of the pages that may ask from a browser, ``https://grafana.example.com``.
        seconds: how long one request may take.
    """

    access: Access = field(default_factory=Access)
    origins: frozenset[str] = frozenset()
    seconds: float = 10.0
    clock: Callable[[], datetime] = _clock


def blueprint(pool: Pool, options: DatasourceOptions) -> Blueprint:
    """Make the routes below ``/datasource``; they share one cache of answers."""
    routes = Blueprint("datasource", __name__, url_prefix="/datasource")
    cache = ResponseCache()
    routes.before_request(lambda: _refused(options))
    routes.after_request(lambda response: _finished(response, options))
    for error in (QueryError, StoreError):
        routes.register_error_handler(error, _explained)

    @routes.route("/<path:_path>", methods=["OPTIONS"])
    @routes.route("", methods=["OPTIONS"], strict_slashes=False)
    def asked_before(_path: str = "") -> Response:
        raise AssertionError("answered before")  # pragma: no cover

    @routes.get("", strict_slashes=False)
    def tested() -> Response:
        with pool.connection(options.seconds) as database:
            database.rows("SELECT 1 FROM alerts LIMIT 1")
        return _said(200, "the history of alerts can be read")

    @routes.get("/openapi.json")
    def described() -> Response:
        return _json(200, dumps(schema.load("datasource-openapi")))

    @routes.post("/<any(" + ",".join(f"'{name}'" for name in ROUTES) + "):name>")
    def answered(name: str) -> Response:
        if (request.content_length or 0) > _LARGEST:
            return _said(413, f"the request is larger than {_LARGEST} bytes")
        body = read_body(request.get_data(cache=False))
        source = AnswerSource(pool, cache, options.clock(), Deadline(options.seconds))
        return _json(200, reply(source, name, body))

    return routes


def _refused(options: DatasourceOptions) -> Response | None:
    if request.method == "OPTIONS":
        return Response(status=204)  # browsers ask it without credentials
    if options.access.is_open and not is_local_name(request.host):
        return _said(
            403, "without credentials this answers to localhost only; set datasource.token"
        )
    if options.access.allows(request.headers.get("Authorization", "")):
        return None
    response = _said(401, "expected the datasource's token, or its user and password")
    response.headers["WWW-Authenticate"] = options.access.challenge
    return response


def _finished(response: Response, options: DatasourceOptions) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cache-Control", "no-cache")
    _allow(response, options)
    return packed(tagged(response, request), request)


def _allow(response: Response, options: DatasourceOptions) -> None:
    """Let pages of Grafana's origin read the answer; others can't make a browser show it them.

    Where credentials are asked for, any page may ask: it has to know them, browsers don't add
    theirs. https://fetch.spec.whatwg.org/#http-cors-protocol
    """
    origin = request.headers.get("Origin")
    response.headers.add("Vary", "Origin")
    if not origin:
        return
    is_known = origin in options.origins
    if not is_known and options.access.is_open:
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    if is_known:
        response.headers["Access-Control-Allow-Credentials"] = "true"
    if request.method == "OPTIONS":
        asked = request.headers.get("Access-Control-Request-Headers")
        response.headers["Access-Control-Allow-Headers"] = asked or "content-type, authorization"
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        response.headers["Access-Control-Max-Age"] = _REMEMBER
        response.headers.add("Vary", "Access-Control-Request-Headers")


def _explained(error: Exception) -> Response:
    """Answer an error: Grafana shows ``message`` to whoever looks at the panel."""
    if isinstance(error, QueryError):
        return _said(400, str(error))
    if isinstance(error, Overdue):
        return _said(504, str(error))
    _log.error("%s", error)
    return _said(503, "the store of alerts can't be read; the log has the reason")


def _said(status: int, sentence: str) -> Response:
    return _json(status, dumps({"message": sentence}))


def _json(status: int, body: bytes) -> Response:
    return Response(body, status, content_type="application/json")
