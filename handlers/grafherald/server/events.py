"""Events over HTTP: ``POST /events`` and ``/events/<input>``, answered when they are on disk."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import TimeoutError as TooLate
from threading import Event

from flask import Blueprint, Response, request

from grafherald import inputs
from grafherald.errors import ConfigError
from grafherald.inputs import InputType
from grafherald.server.http import refusal, verdict
from grafherald.server.intake import FAILED, REFUSED, Input

_PATIENCE = 10.0  # seconds that an event may take to be on disk
# what a page in a browser can send anywhere without asking first:
# https://fetch.spec.whatwg.org/#cors-safelisted-request-header
_BY_ANY_PAGE = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "")


def blueprint(
    put: Callable[[Input], object], token: str, hosts: Collection[str] | None = None
) -> Blueprint:
    """Make the routes of events, for who is not refused. See `refusal`."""
    routes = Blueprint("events", __name__)

    @routes.post("/events")
    def take() -> Response:
        if no := refusal(token, hosts):
            return no
        if not token and request.mimetype != "application/json":
            # a page in a browser can't send this type to us without asking first
            return verdict(415, REFUSED, "Content-Type: expected application/json")
        try:
            kind = inputs.find(request.args.get("source", inputs.DEFAULT))
        except ConfigError:
            return verdict(400, REFUSED, f"source: expected {' or '.join(inputs.names())}")
        return _take(put, kind)

    @routes.route("/events/<name>", methods=["POST", "PUT"])  # as Grafana's contact point says
    def take_of(name: str) -> Response:
        if no := refusal(token, hosts):
            return no
        try:
            kind = inputs.find(name)
        except ConfigError as error:
            return verdict(404, REFUSED, str(error))
        taken = [each for each in kind.content_types if token or each not in _BY_ANY_PAGE]
        if request.mimetype not in taken:
            return verdict(415, REFUSED, f"Content-Type: expected {' or '.join(taken)}")
        return _take(put, kind)

    return routes


def _take(put: Callable[[Input], object], kind: InputType) -> Response:
    """Answer an event when it is on disk."""
    late = Event()
    given = Input(kind.name, request.get_data(cache=False), is_awaited=lambda: not late.is_set())
    if len(given.raw) > kind.limit:
        return verdict(413, REFUSED, f"expected at most {kind.limit} bytes")
    put(given)
    try:
        answer = given.answer.result(_PATIENCE)
    except TooLate:
        late.set()
        return verdict(503, FAILED, "the event is not on disk yet; send it again")
    status = {REFUSED: 400, FAILED: 503}.get(answer.outcome, 200)
    return verdict(status, answer.outcome, answer.text)
