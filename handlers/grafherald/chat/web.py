"""The chat's routes for Flask: those of ``/chat`` that the settings have a secret for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import flask

from grafherald.chat.bot import Bot
from grafherald.chat.hipchat import HipChatWebhook
from grafherald.chat.http import Headers, HttpResponse, QueryRoute, problem
from grafherald.chat.slack import SlackApp, Submit

_MOST_BYTES = 64 * 1024


def blueprint(bot: Bot, submit: Submit | None = None) -> flask.Blueprint:
    """Make the routes under ``/chat``: of each way to ask that has its token or secret set.

    Args:
        bot: what answers.
        submit: runs a function later in another thread; default: eight threads of our own.
    """
    settings = bot.settings
    submit = submit or ThreadPoolExecutor(8, "chat").submit
    routes = flask.Blueprint("chat", __name__, url_prefix="/chat")
    if settings.query_token:
        _add(routes, "query", QueryRoute(bot, settings.query_token).handle)
    if settings.slack.signing_secret:
        _add(routes, "slack", SlackApp(bot, settings.slack, submit).handle)
    if settings.hipchat_token:
        hipchat = HipChatWebhook(bot, settings.hipchat_token)
        _add(routes, "hipchat", lambda _, body: hipchat.handle(flask.request.args, body))
    return routes


def _add(
    routes: flask.Blueprint, name: str, handle: Callable[[Headers, bytes], HttpResponse]
) -> None:
    def view() -> flask.Response:
        body = flask.request.stream.read(_MOST_BYTES + 1)
        headers = {key.lower(): value for key, value in flask.request.headers.items()}
        if len(body) > _MOST_BYTES:
            status, fields, content = problem(413, f"more than {_MOST_BYTES} bytes")
        else:
            status, fields, content = handle(headers, body)
        return flask.Response(content, status, fields)

    routes.add_url_rule(f"/{name}", name, view, methods=["POST"])
