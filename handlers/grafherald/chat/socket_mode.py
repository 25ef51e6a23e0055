"""Slack's Socket Mode, for hosts that Slack can't reach: the same questions over a WebSocket.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from grafherald.chat.slack import API, Slack


def connect(slack: Slack, app_token: str, *, api: str = API) -> SocketModeClient:
    """Return a connected client that asks *slack*; it reconnects by itself until ``close()``.

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
