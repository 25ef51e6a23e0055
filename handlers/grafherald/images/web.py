"""The picture service's routes.

    POST /grafana-images {"imageUrl": URL}  ->  200 {"pubImg": URL}
    GET  /saved-images/<file>                   the pictures, where there is a directory

An answer that is no picture is JSON, ``{"error": ..., "hint": ...}``: 4xx when the request was
wrong, 502 to 504 when Grafana was, 500 and 507 when we were. The token is in none of them.
"""

from __future__ import annotations

import json
import logging
import math
import os
import re
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import flask
from flask.sansio.blueprints import BlueprintSetupState
from prometheus_client import CollectorRegistry
from werkzeug.routing import Rule

from grafherald.errors import GraphError
from grafherald.images import Picture
from grafherald.images.body import HINT, image_url
from grafherald.images.cache import Key
from grafherald.images.composition import Images
from grafherald.images.limiter import NoTurnError
from grafherald.images.metrics import PictureMetrics
from grafherald.net.deadline import Deadline

_LARGEST = 64 * 1024  # bytes of a request
_FILE = re.compile(r"[0-9a-f]{32,64}\.png", re.ASCII)
_OUTCOMES = {500: "failed", 507: "failed", 502: "no_picture", 503: "no_picture", 504: "no_picture"}
_PICTURE_HEADERS = {
    "Content-Type": "image/png",
    "Cache-Control": "public, max-age=604800, immutable",  # the name is made of the content
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
_log = logging.getLogger(__name__)


def blueprint(images: Images, registry: CollectorRegistry) -> flask.Blueprint:
    """Make ``/grafana-images`` and ``/saved-images/``.

    Args:
        registry: where the counters go.

    Raises:
        ConfigError: the settings lack what the service needs; the text names it.
    """
    service = PictureService(
        images, PictureMetrics(registry, lambda: images.renders.limiter.waiting)
    )
    routes = flask.Blueprint("images", __name__)

    def connect(state: BlueprintSetupState) -> None:
        for rule, view in (
            ("/grafana-images", service.picture),
            ("/saved-images/<path:name>", service.saved),
        ):
            endpoint = f"images.{view.__name__}"
            state.app.view_functions[endpoint] = view
            state.app.url_map.add(Rule(rule, endpoint=endpoint))  # by any method, even unknown ones
        at_hand = state.app.config.setdefault("AT_HAND", {})
        at_hand["/grafana-images"] = service.is_at_hand

    routes.record(connect)
    return routes


class PictureService:
    """Answers for pictures, each client with its own token."""

    def __init__(self, images: Images, metrics: PictureMetrics) -> None:
        self._images = images
        self._metrics = metrics
        self._grafanas, self._publisher = images.served()

    def is_at_hand(self, authorization: str, body: bytes) -> bool:
        """Tell whether a picture that is asked for was made lately."""
        try:
            return self._images.renders.cache.has(Key(authorization, image_url(body)))
        except GraphError:
            return False

    def picture(self) -> flask.Response:
        """Answer ``/grafana-images``."""
        began = time.monotonic()
        if flask.request.method != "POST":
            return _logged(_not_allowed("POST"), began)
        try:
            url = image_url(_body())
            key = Key(_authorization(), url)
            known = self._images.renders.known(key)
            outcome, level = "shared", logging.DEBUG  # thousands a second, and counted
            if known is None:
                self._grafanas.check(key.render_url)
                known, shared = self._published(key)
                outcome, level = "shared" if shared else "rendered", logging.INFO
            response, note = _json(200, {"pubImg": known.url}), outcome
        except GraphError as error:
            response, note, level = _refused(error), str(error), logging.INFO
            outcome = _OUTCOMES.get(error.status, "refused")
        self._metrics.requests.labels(outcome).inc()
        return _logged(response, began, note, level)

    def saved(self, name: str) -> flask.Response:
        """Answer ``/saved-images/<name>``."""
        began = time.monotonic()
        body = None
        if self._images.directory and _FILE.fullmatch(name):
            body = _read(self._images.directory / name)
        if body is None:
            hint = "Pictures: POST /grafana-images."
            response = _json(404, {"error": "there is nothing here", "hint": hint})
        elif flask.request.method in ("GET", "HEAD"):
            response = flask.Response(body, 200, _PICTURE_HEADERS)
        else:
            response = _not_allowed("GET")
        return _logged(response, began)

    def _published(self, key: Key) -> tuple[Picture, bool]:
        """Have the picture made in the time that is left since the client asked."""
        timeout = self._images.timeout
        waited = flask.request.environ.get("grafherald.waited", 0.0)
        deadline = Deadline(timeout, spent=waited)
        if not deadline.allows(timeout / 10):
            raise NoTurnError(deadline)
        return self._chosen(key, deadline)

    def _chosen(self, key: Key, deadline: Deadline) -> tuple[Picture, bool]:
        """Have it rendered or drawn, as ``graph.draw`` says."""
        shared = True

        def rendered(trouble: Callable[[GraphError], None]) -> Picture:
            def render() -> Picture:
                try:
                    return self._render(key, deadline)
                except GraphError as error:
                    trouble(error)
                    raise

            nonlocal shared
            picture, shared = self._images.renders.get(key, deadline, render, alone=True)
            return picture

        if self._images.drawing is None:
            return rendered(lambda _: None), shared

        def publish(png: bytes) -> str:
            nonlocal shared
            shared = False
            return self._publish(png)

        panel = self._images.drawing.panel(key, self._grafanas)
        begin = partial(self._images.renders.begin, key)
        return self._images.drawing.get(panel, deadline, rendered, publish, begin), shared

    def _render(self, key: Key, deadline: Deadline) -> Picture:
        with self._metrics.render_seconds.time():
            png = self._grafanas.render(
                key.render_url, key.authorization, deadline, for_others=True
            )
            return Picture(self._publish(png))

    def _publish(self, png: bytes) -> str:
        public = self._publisher.publish(png)
        self._metrics.pictures.inc()
        self._metrics.bytes.inc(len(png))
        return public


def _body() -> bytes:
    if (flask.request.content_length or 0) > _LARGEST:
        raise GraphError("the request is too large", status=413, hint=HINT)
    return flask.request.get_data(cache=False)


def _authorization() -> str:
    """Read the one Authorization header, for Grafana to judge; WSGI joins several by a comma."""
    found = flask.request.headers.get("Authorization", "")
    scheme, _, credentials = found.partition(" ")
    is_clear = found.isascii() and found.isprintable() and "," not in found
    if not scheme or not credentials.strip() or not is_clear:
        raise GraphError(
            "the request has no Authorization",
            status=401,
            hint="Send Grafana's token: Authorization: Bearer <token>.",
        )
    return found


def _read(path: Path) -> bytes | None:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            return file.read()
    except OSError:
        return None


def _refused(error: GraphError) -> flask.Response:
    response = _json(error.status, {"error": str(error), "hint": error.hint})
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(math.ceil(error.retry_after))
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="grafana-images"'
    return response


def _logged(
    response: flask.Response, began: float, note: str = "", level: int = logging.INFO
) -> flask.Response:
    if _log.isEnabledFor(level):
        request, seconds = flask.request, time.monotonic() - began
        values = (request.remote_addr, request.method, request.path, response.status_code)
        _log.log(level, "%s %s %.100r %d %.3fs %s", *values, seconds, note)
    return response


def _not_allowed(method: str) -> flask.Response:
    response = _json(405, {"error": "this method is not allowed", "hint": f"Use {method}."})
    response.headers["Allow"] = method
    return response


def _json(status: int, document: dict[str, str]) -> flask.Response:
    return flask.Response(json.dumps(document) + "\n", status, content_type="application/json")
