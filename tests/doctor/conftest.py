"""A whole installation of stand-ins for the doctor to visit."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from grafherald.demo.standins import chat, grafana, mail
from grafherald.doctor import Visit, examine
from grafherald.doctor.findings import Finding
from grafherald.settings import Settings, sources

GRAFANA_TOKEN = "glsa_Gr4f4n4S3cret_5678901234567890"
CHAT_TOKEN = "xoxb-Ch4tS3cret"
PASSWORD = "M4ilS3cret"


@dataclass
class Web:
    """What serves the published pictures; *headers* are added, *status* replaces 200 and more."""

    url: str = ""
    status: int = 0
    headers: dict[str, str] = field(default_factory=lambda: {"X-Content-Type-Options": "nosniff"})
    asked: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Installation:
    """The servers, and the settings that name them."""

    grafana: grafana.GrafanaStandIn
    chat: chat.Chat
    mail: mail.Sink
    web: Web
    folder: Path

    @property
    def settings(self) -> dict[str, Any]:
        smtp = f"smtp://herald:{PASSWORD}@{self.mail.host}:{self.mail.port}"
        return {
            "grafana": {"url": self.grafana.url, "token": GRAFANA_TOKEN},
            "images": {
                "publish": {"directory": str(self.folder / "saved"), "url": f"{self.web.url}/saved"}
            },
            "channels": {
                "ops": {"type": "hipchat", "url": self.chat.url, "room": "o", "token": CHAT_TOKEN},
                "hook": {"type": "slack", "webhook_url": self.chat.webhook_url},
                "bot": {
                    "type": "slack",
                    "url": f"{self.chat.url}/api",
                    "token": CHAT_TOKEN,
                    "channel": "ops",
                },
                "oncall": {
                    "type": "email",
                    "smtp": smtp,
                    "from": "a@b.example",
                    "to": "c@d.example",
                },
                "look": {"type": "file", "directory": str(self.folder / "out")},
            },
        }

    def load(self, *changes: str, without: Collection[str] = ()) -> Settings:
        """Return the settings, changed by ``KEY=VALUE``, the top keys *without* left out."""
        settings = {key: value for key, value in self.settings.items() if key not in without}
        file = self.folder / "settings.json"
        file.write_text(json.dumps(settings))
        file.chmod(0o600)
        return sources.load(str(file), changes, {})

    def visit(
        self,
        *changes: str,
        environment: Mapping[str, str] | None = None,
        without: Collection[str] = (),
        **visit: Any,
    ) -> list[Finding]:
        """Return all that the doctor finds."""
        visit.setdefault("now", datetime.now(timezone.utc))
        return list(
            examine(self.load(*changes, without=without), environment or {}, Visit("host", **visit))
        )

    @property
    def posted(self) -> int:
        """How many messages arrived anywhere."""
        files = list((self.folder / "out").glob("*.json"))
        chats = len(self.chat.hipchat.messages) + len(self.chat.slack.messages)
        return chats + len(self.mail.mails) + len(files)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """An installation in which all is well."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    (tmp_path / "saved").mkdir()
    with ExitStack() as stack:
        yield Installation(
            stack.enter_context(grafana.running(GRAFANA_TOKEN)),
            stack.enter_context(chat.running(CHAT_TOKEN)),
            stack.enter_context(mail.running(user="herald", password=PASSWORD)),
            stack.enter_context(_web(tmp_path)),
            tmp_path,
        )


@contextmanager
def _web(directory: Path) -> Iterator[Web]:
    web = Web()

    class Handler(SimpleHTTPRequestHandler):
        wbufsize = -1

        def do_GET(self) -> None:
            web.asked.append({name.lower(): value for name, value in self.headers.items()})
            if web.status:
                self.send_response(web.status)
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                super().do_GET()

        def end_headers(self) -> None:
            for name, value in web.headers.items():
                self.send_header(name, value)
            super().end_headers()

        def guess_type(self, path: object) -> str:
            return web.headers.get("Content-Type", "image/png") if path else ""

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: `asked` remembers."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(directory)))
    server.daemon_threads = True
    web.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
