"""The demo: the real command against stand-ins, and a page of what its readers see."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from email.message import EmailMessage
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from markupsafe import Markup

from grafherald.demo import slack_view
from grafherald.demo.event import sensu_go_event
from grafherald.demo.others import Other, others
from grafherald.demo.standins import chat, grafana, hipchat, mail, slack
from grafherald.drawing.options import available
from grafherald.errors import GrafheraldError
from grafherald.notification.templates import Templates

_GRAFANA_TOKEN, _CHAT_TOKEN = "glsa_demo", "xoxb-demo"
_SENTENCE = (
    "web01's CPU is at 97 %. Sensu wrote the event to grafherald's standard input; {picture},"
    " published the picture, and told HipChat, Slack and a mailbox. Below is what their readers"
    " see, and those of all other channels."
)
_DRAWN = (
    "this Grafana has no image renderer, so grafherald asked it for the panel and its data, drew"
    " them with the alert and its limits"
)
_RENDERED = "grafherald asked Grafana for the panel, checked the picture"


@dataclass(frozen=True)
class DemoResult:
    """What the handler printed, and what arrived where."""

    event: str
    printed: str
    hipchat: hipchat.RoomMessage
    slack: slack.SlackMessage
    mail: EmailMessage


def run(directory: Path) -> Path:
    """Run the chain, write ``demo.html`` with its picture into *directory*, return the page.

    Raises:
        GrafheraldError: the handler failed; the text is what it said.
    """
    pictures = directory / "saved-images"
    pictures.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        panels = stack.enter_context(grafana.running(_GRAFANA_TOKEN))
        if available():
            panels.api.data, panels.mode = True, "missing"
        rooms = stack.enter_context(chat.running(_CHAT_TOKEN))
        sink = stack.enter_context(mail.running())
        public = stack.enter_context(_web_server(directory))
        settings = _settings(panels.url, rooms, sink.url, public, pictures)
        (directory / "grafherald.json").write_text(json.dumps(settings, indent=2))
        event = json.dumps(sensu_go_event(panels.url, datetime.now(timezone.utc)), indent=2)
        printed = _handle(event, directory / "grafherald.json")
    shown = DemoResult(
        event,
        printed,
        rooms.hipchat.messages[0],
        rooms.slack.messages[0],
        sink.mails[0].message,
    )
    picture = next(pictures.iterdir())
    source = f"{pictures.name}/{picture.name}"
    rest = list(others(event, settings, source, picture.read_bytes()))
    page = directory / "demo.html"
    page.write_text(_page(shown, rest).replace(f"{public}/", ""))
    return page


def _settings(
    grafana_url: str, rooms: chat.Chat, smtp: str, public: str, pictures: Path
) -> dict[str, Any]:
    return {
        "grafana": {"url": grafana_url, "token": _GRAFANA_TOKEN},
        "images": {"publish": {"directory": str(pictures), "url": f"{public}/saved-images"}},
        "channels": {
            "ops": {"type": "hipchat", "url": rooms.url, "room": "ops", "token": _CHAT_TOKEN},
            "chat": {"type": "slack", "webhook_url": rooms.webhook_url},
            "oncall": {
                "type": "email",
                "smtp": smtp,
                "from": "grafherald <alerts@example.com>",
                "to": ["oncall@example.com"],
            },
        },
    }


def _handle(event: str, config: Path) -> str:
    done = subprocess.run(  # noqa: S603 - our own command with our own arguments
        [sys.executable, "-m", "grafherald", "sensu", "--config", str(config)],
        input=event,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode != 0:
        raise GrafheraldError(f"the handler failed: {done.stderr.strip()}")
    return done.stdout


def _page(shown: DemoResult, rest: Sequence[Other]) -> str:
    plain, html = (shown.mail.get_body((kind,)) for kind in ("plain", "html"))
    assert isinstance(plain, EmailMessage) and isinstance(html, EmailMessage)  # noqa: S101, PT018
    return Templates(None, print).render(
        "demo/page.html",
        sentence=_SENTENCE.format(picture=_DRAWN if available() else _RENDERED),
        event=shown.event,
        printed=shown.printed,
        others=rest,
        hipchat={
            "room": shown.hipchat.room,
            "color": shown.hipchat.colour,
            "sender": shown.hipchat.sender,
            "message": Markup(shown.hipchat.text),  # noqa: S704 - the stand-in checked its tags
        },
        slack={"channel": "#ops", "message": Markup(slack_view.message(shown.slack.blocks))},  # noqa: S704 - escaped there
        mail={
            "to": shown.mail["To"],
            "sender": shown.mail["From"],
            "subject": shown.mail["Subject"],
            "html": _with_pictures(html.get_content(), shown.mail),
            "text": plain.get_content(),
        },
    )


def _with_pictures(html: str, mail: EmailMessage) -> str:
    """Put a mail's pictures into its *html* in place of ``cid:``, for a browser to show it."""
    for part in mail.walk():
        cid = part.get("Content-ID", "").strip("<>")
        if cid:
            data = base64.b64encode(part.get_content()).decode()
            html = html.replace(f"cid:{cid}", f"data:{part.get_content_type()};base64,{data}")
    return html


@contextmanager
def _web_server(directory: Path) -> Iterator[str]:
    """Serve *directory* on loopback, as nginx would the saved images; yield its URL."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(directory)))
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
