import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from grafherald.chat import socket_mode
from grafherald.chat.bot import Bot
from grafherald.chat.settings import BotSettings
from grafherald.chat.slack import SlackApp
from grafherald.settings import Settings


class Socket:
    """Slack's end of the WebSocket: sends envelopes, keeps what comes back."""

    def __init__(self) -> None:
        self.url = ""
        self.connected = threading.Event()
        self.acknowledged: list[str] = []
        self.all_acknowledged = threading.Event()

    def speak(self, connection: ServerConnection) -> None:
        connection.send(json.dumps({"type": "hello", "connection_info": {"app_id": "A1"}}))
        payload = {"text": "help", "user_id": "U1", "response_url": f"{self.http}/say"}
        mention = {"type": "app_mention", "user": "U1", "channel": "C1", "text": "<@U0> help"}
        for envelope_id, kind, content in (
            ("e1", "slash_commands", payload),
            ("e2", "events_api", {"event_id": "Ev1", "event": mention}),
            ("e3", "interactive", {}),
        ):
            envelope = {"envelope_id": envelope_id, "type": kind, "payload": content}
            connection.send(json.dumps(envelope))
        for message in connection:
            self.acknowledged.append(json.loads(message)["envelope_id"])
            if len(self.acknowledged) == 3:
                self.all_acknowledged.set()

    http = ""


@pytest.fixture
def socket(slack_api: Any) -> Iterator[Socket]:
    """A `Socket` on a free port."""
    state = Socket()
    state.http = slack_api.url
    with serve(state.speak, "127.0.0.1", 0) as server:
        state.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield state
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_questions_come_over_the_socket_and_are_acknowledged(
    socket: Socket, slack_api: Any
) -> None:
    slack_api.has(
        "/apps.connections.open",
        {"ok": True, "url": socket.url},
        method="POST",
        headers={"authorization": "Bearer xapp-1"},
    )
    slack_api.has("/say", b"ok", method="POST")
    slack_api.has("/chat.postMessage", {"ok": True}, method="POST")
    answered = threading.Semaphore(0)

    def submit(job: Any) -> None:
        job()
        answered.release()

    bot = Bot(BotSettings.of(Settings.of({"chat": {"slack": {"token": "xoxb-1"}}})), {})
    slack = SlackApp(bot, bot.settings.slack, submit, api=slack_api.url)

    client = socket_mode.connect(slack, "xapp-1", api=slack_api.url)
    try:
        assert socket.all_acknowledged.wait(10)
        assert answered.acquire(timeout=10)
        assert answered.acquire(timeout=10)
    finally:
        client.close()

    assert sorted(socket.acknowledged) == ["e1", "e2", "e3"]
    targets = [asked.target for asked in slack_api.requests]
    assert sorted(targets[1:]) == ["/chat.postMessage", "/say"]
    assert all(b"graf list" in asked.body for asked in slack_api.requests[1:])
