"""Events over HTTP: ``POST /events``, answered when they are on disk."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import TimeoutError as TooLate

from flask import Blueprint, Response, request

from grafherald.server.http import is_allowed, unauthorized, verdict
from grafherald.server.intake import FAILED, REFUSED, Input

_PATIENCE = 10.0  # seconds that an event may take to be on disk


def blueprint(put: Callable[[Input], object], token: str) -> Blueprint:
    """Make ``POST /events``, where *token* is asked for as a bearer."""
    routes = Blueprint("events", __name__)

    @routes.post("/events")
    def take() -> Response:
        if not is_allowed(token):
            return unauthorized()
        if not token and request.mimetype != "application/json":
            # a page in a browser can't send this type to us without asking first
            return verdict(415, REFUSED, "Content-Type: expected application/json")
        return _take(put)

    return routes


def _take(put: Callable[[Input], object]) -> Response:
    """Answer an event when it is on disk."""
    given = Input(request.args.get("source", "sensu"), request.get_data(cache=False))
    if given.source not in ("sensu", "nagios"):
        return verdict(400, REFUSED, "source: expected sensu or nagios")
    put(given)
    try:
        answer = given.answer.result(_PATIENCE)
    except TooLate:
        return verdict(503, FAILED, "the event is not on disk yet; send it again")
    status = {REFUSED: 400, FAILED: 503}.get(answer.outcome, 200)
    return verdict(status, answer.outcome, answer.text)
