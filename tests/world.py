"""Stand-ins for all that the handler talks to, and the handler itself as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grafherald import cli
from grafherald.demo.standins import chat, grafana, mail

GRAFANA_TOKEN, CHAT_TOKEN = "glsa_Gr4f4n4S3cret", "xoxb-Ch4tS3cret"
EVENTS = Path(__file__).parent / "events"


@dataclass
class World:
    """Stand-ins for all that the handler talks to, and the handler itself."""

    grafana: grafana.GrafanaStandIn
    chat: chat.Chat
    mail: mail.Sink
    folder: Path

    @property
    def settings(self) -> dict[str, Any]:
        pictures = {"directory": str(self.folder / "saved"), "url": "https://public.example.com/i"}
        return {
            "grafana": {"url": self.grafana.url, "token": GRAFANA_TOKEN},
            "graph": {"wait": 2},
            "images": {"publish": pictures},
            "channels": {
                "ops": {"type": "hipchat", "url": self.chat.url, "room": "o", "token": CHAT_TOKEN},
                "chat": {"type": "slack", "webhook_url": self.chat.webhook_url},
                "oncall": {
                    "type": "email",
                    "smtp": self.mail.url,
                    "from": "alerts@example.com",
                    "to": ["oncall@example.com"],
                },
            },
        }

    def handle(
        self,
        settings: dict[str, Any] | None = None,
        event: bytes | None = None,
        *flags: str,
        source: str = "sensu",
        inside: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run ``grafherald sensu`` on the event of web01/cpu.

        Args:
            source: the input, where it is another one.
            inside: the command that runs it, ``unshare ...``.
        """
        config = self.folder / "config.json"
        config.write_text(json.dumps(settings or self.settings))
        command = [sys.executable, "-m", "grafherald", source, "--config", str(config), *flags]
        return subprocess.run(
            [*inside, *command],
            input=self.event if event is None else event,
            capture_output=True,
            check=False,
            timeout=150,
            env={"PYTHONPATH": str(Path(cli.__file__).parent.parent), **(environment or {})},
        )

    @property
    def event(self) -> bytes:
        """The event of web01/cpu, its panel in our Grafana."""
        event = (EVENTS / "sensu-go.json").read_bytes()
        return event.replace(b"https://grafana.example.com", self.grafana.url.encode())

    @property
    def arrived(self) -> tuple[int, int, int]:
        """How many notifications HipChat, Slack and the mailbox got."""
        return len(self.chat.hipchat.messages), len(self.chat.slack.messages), len(self.mail.mails)


@contextmanager
def running(folder: Path) -> Iterator[World]:
    """Yield a world whose files are in *folder*."""
    (folder / "saved").mkdir()
    with ExitStack() as stack:
        yield World(
            stack.enter_context(grafana.running(GRAFANA_TOKEN)),
            stack.enter_context(chat.running(CHAT_TOKEN)),
            stack.enter_context(mail.running()),
            folder,
        )
