"""The picture service inside the daemon: the same application, behind Flask.

Its event loop runs in a thread of its own, so that all requests share its renders.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import MutableMapping
from typing import Any

import flask

from grafherald.images.application import Application, Settings

_AT_ONCE = 16  # requests that may hold one of the server's threads while Grafana renders
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def blueprint(settings: Settings) -> flask.Blueprint:
    """Return ``/grafana-images`` and ``/saved-images/``."""
    application = Application(settings)
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="pictures", daemon=True).start()
    free = threading.Semaphore(_AT_ONCE)

    def view(**_: str) -> flask.Response:
        if not free.acquire(blocking=False):
            body = b'{"error": "too many ask for pictures at once", "hint": "Ask again soon."}\n'
            head = {"Content-Type": "application/json", "Retry-After": "5"}
            return flask.Response(body, 503, head)
        try:
            answered = asyncio.run_coroutine_threadsafe(_answer(application, _scope()), loop)
            return answered.result()
        finally:
            free.release()

    routes = flask.Blueprint("images", __name__)
    routes.add_url_rule("/grafana-images", "service", view, methods=_METHODS)
    routes.add_url_rule("/saved-images/<path:name>", "pictures", view, methods=_METHODS)
    return routes


def _scope() -> MutableMapping[str, Any]:
    """Return the present request as ASGI has it, its body with it."""
    request = flask.request
    headers = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in request.headers]
    return {
        "type": "http",
        "method": request.method,
        "path": request.path,
        "headers": headers,
        "client": (request.remote_addr or "-", 0),
        "body": request.get_data(cache=False),
    }


async def _answer(application: Application, scope: MutableMapping[str, Any]) -> flask.Response:
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": scope["body"], "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    head, body = sent
    headers = [(name.decode(), value.decode()) for name, value in head["headers"]]
    return flask.Response(body["body"], head["status"], headers)
