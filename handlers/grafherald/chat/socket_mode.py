"""Slack's Socket Mode, for hosts that Slack can't reach: the same questions over a WebSocket.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from grafherald.chat.slack import API, SlackApp

_AGAIN = 30.0  # seconds between two tries to connect for the first time
_log = logging.getLogger(__name__)


def keep_connected(slack: SlackApp, app_token: str) -> Callable[[], None]:
    """Connect in a thread of its own, again and again until Slack lets us in. See `connect`.

    Returns:
        what ends it.
    """
    ended = threading.Event()
    connected: list[SocketModeClient] = []

    def run() -> None:
        while not ended.is_set():
            try:
                connected.append(connect(slack, app_token))
            except Exception as error:  # noqa: BLE001 - of several libraries; the daemon goes on
                reason = type(error).__name__
                _log.error("chat.slack.app_token: Slack can't be reached (%s)", reason)
                ended.wait(_AGAIN)
            else:
                _log.info("connected to Slack by Socket Mode")
                break
        if ended.is_set():
            end()

    def end() -> None:
        ended.set()
        while connected:
            connected.pop().close()

    threading.Thread(target=run, name="socket mode", daemon=True).start()
    return end


def connect(slack: SlackApp, app_token: str, *, api: str = API) -> SocketModeClient:
    """Connect to Slack and let *slack* answer; it reconnects by itself until ``close()``.

    Args:
        slack: what answers.
        app_token: the app-level token with the scope ``connections:write`` (``xapp-...``).
        api: where Slack's Web API is.
    """

    def listen(client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
        if request.type == "slash_commands":
            slack.command(request.payload)
        elif request.type == "events_api":
            slack.event(request.payload)

    client = SocketModeClient(
        app_token=app_token, web_client=WebClient(base_url=f"{api.rstrip('/')}/")
    )
    client.socket_mode_request_listeners.append(listen)
    client.connect()
    return client
