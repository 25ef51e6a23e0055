"""Whatever a check prints: each payload is valid, within limits, and does nothing of its own."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from grafherald.channels import email, file, hipchat, slack
from grafherald.demo.standins.blocks import problem
from grafherald.demo.standins.hipchat import markup_problem
from grafherald.event import Event, Kind, State
from grafherald.notification import Graph, Notification
from grafherald.notification.templates import Templates
from grafherald.text import plain

from .conftest import PNG

NASTY = (
    "```", "``", "`", "<!channel>", "<@U0AAAAAAA>", "<https://evil.example|Runbook>", "&amp;", "&",
    "@all", "@here", "\x1b[31m", "\r\nBcc: evil@example.com\r\n", "=?utf-8?q?=0ABcc:x?=", "</pre>",
    "</td></table>", '"><script>alert(1)</script>', "'", "{{ 7*7 }}", "{% raw %}", "\u202e",
    "\ud800", "\x00", "\r", "\n.\n", "From ", "🔥", "ü", "[many 50 \n]", "[many 300  ]",
    "https://)", "http://a.example/?b&c.", "[many 5000 x]", "[many 3000 <]", "[many 30000 &]",
    "[many 12000 🔥]", "[many 3000 a\n]",
)  # fmt: skip
TEXT = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=80),
    st.lists(st.sampled_from(NASTY), max_size=6).map("".join),
)
URL = st.one_of(
    TEXT,
    TEXT.map(lambda text: f"https://g.example.com/{text}"),
    st.integers(1, 4000).map(lambda length: f"https://g.example.com/?[many {length} a|]"),
)
GRAPH = st.builds(
    Graph,
    render_url=URL,
    link=URL,
    png=st.sampled_from([None, PNG]),
    image_url=URL,
    problem=TEXT,
)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=5).map(tuple)
METRICS = st.lists(
    st.tuples(TEXT, st.floats(allow_nan=False)).map(lambda pair: f"'{pair[0]}'={pair[1]}%;80;90"),
    max_size=30,
).map(" ".join)
CHANGES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(Kind),
        "state": st.sampled_from(State),
        "status": st.integers(0, 300),
        "entity": TEXT,
        "check": TEXT,
        "output": TEXT,
        "long_output": TEXT,
        "comment": TEXT,
        "perfdata": METRICS,
        "state_text": st.one_of(st.just(""), TEXT),
        "incident": TEXT,
        "namespace": TEXT,
        "details": PAIRS,
        "links": st.lists(st.tuples(TEXT, URL), max_size=5).map(tuple),
        "attributes": st.fixed_dictionaries(
            {"runbook": URL.map(lambda text: (text,)), "playbook": TEXT.map(lambda text: (text,))}
        ),
    }
)
GRAPHS = st.lists(GRAPH, max_size=7).map(tuple)


def shipped() -> Templates:
    def fail(text: str) -> None:
        raise AssertionError(text)

    return Templates(None, fail)


def expanded(value: Any) -> Any:
    """Return *value* with ``[many 5000 x]`` written out: hypothesis shows what it drew."""
    if isinstance(value, str) and not isinstance(value, Kind | State):
        return re.sub(r"\[many (\d+) (..?)\]", lambda m: m[2] * int(m[1]), value, flags=re.DOTALL)
    if isinstance(value, tuple):
        return tuple(map(expanded, value))
    return {k: expanded(v) for k, v in value.items()} if isinstance(value, dict) else value


def made(changes: dict[str, Any], graphs: tuple[Graph, ...]) -> Notification:
    at = datetime(2026, 11, 21, 3, 12, 5, tzinfo=timezone.utc)
    graphs = tuple(
        graph._replace(link=expanded(graph.link), problem=expanded(graph.problem))
        for graph in graphs
    )
    return Notification(Event(source="sensu-go", occurred_at=at, **expanded(changes)), graphs)


@settings(max_examples=60)
@given(CHANGES, GRAPHS, st.sampled_from(["html", "text"]))
def test_hipchat_gets_a_message_that_it_takes(
    changes: dict[str, Any], graphs: tuple[Graph, ...], form: str
) -> None:
    notification = made(changes, graphs)
    given_ = {"token": "t", "room": "ops", "message_format": form}
    [channel] = hipchat.TYPE.open("ops", given_, notification.event, shipped())
    body = json.loads(json.dumps(channel.payload(notification)).encode())
    assert 1 <= len(body["message"]) <= 10_000
    if body["message_format"] == "html":
        assert markup_problem(body["message"]) == ""
    else:
        assert "@all" not in body["message"]


@settings(max_examples=60)
@given(CHANGES, GRAPHS, st.sampled_from(["#ops", "C0123456789", ""]))
def test_slack_gets_blocks_that_it_takes(
    changes: dict[str, Any], graphs: tuple[Graph, ...], to: str
) -> None:
    notification = made(changes, graphs)
    given_ = {"token": "t", "channel": to} if to else {"webhook_url": "https://hooks.slack.com/x"}
    [channel] = slack.open_channels("chat", given_, notification.event, shipped())
    body = json.loads(json.dumps(channel.payload(notification)).encode())
    assert problem(body["blocks"]) == ""
    assert len(body.get("text", "x")) in range(1, 1600)
    assert "<!channel>" not in json.dumps(body)
    assert "<@U0" not in json.dumps(body)
    assert not re.search(r"<https://evil[^>]*\|", json.dumps(body))


@settings(max_examples=60)
@given(CHANGES, GRAPHS, TEXT)
def test_mail_is_read_back_as_it_was_meant(
    changes: dict[str, Any], graphs: tuple[Graph, ...], prefix: str
) -> None:
    notification = made(changes, graphs)
    given_ = {
        "smtp": "smtp://localhost",
        "from": "Gräf Herald <grafherald@example.com>",
        "to": ["ops@example.com", "Jö <jo@example.com>"],
        "subject_prefix": expanded(prefix),
    }
    channel = email.open_channels("oncall", given_, notification.event, shipped())[0]
    raw = channel.payload(notification)
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split("\r\n"))
    assert "\n" not in raw.replace("\r\n", "")
    mail = message_from_string(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    assert not [part.defects for part in mail.walk() if part.defects]
    assert set(mail.keys()) <= HEADERS
    assert [str(to.addr_spec) for to in mail["To"].addresses] == [
        "ops@example.com",
        "jo@example.com",
    ]
    assert plain(str(mail["Subject"])) == str(mail["Subject"])
    html = mail.get_body(("html",)).get_content()
    assert len(html.encode()) <= 102_000
    check_html(html)
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert plain(text) == text


HEADERS = {
    "Subject", "From", "To", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
    "X-Auto-Response-Suppress", "MIME-Version", "Content-Type",
}  # fmt: skip


@settings(max_examples=30)
@given(CHANGES, GRAPHS)
def test_a_file_holds_json(changes: dict[str, Any], graphs: tuple[Graph, ...]) -> None:
    notification = made(changes, graphs)
    [channel] = file.open_channels("look", {"directory": "out"}, notification.event, shipped())
    assert json.loads(json.dumps(channel.payload(notification)).encode())["state"]


TAGS = "html head meta title style body div table tr td a b img br wbr"
ATTRIBUTES = (
    "lang charset name content class bgcolor style role width colspan cellpadding cellspacing"
)
ATTRIBUTES += " border align valign href src alt"


class Page(HTMLParser):
    """Reads strictly: each tag closed in order, no attribute or address that we don't write."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert {name for name, _ in attrs} <= set(ATTRIBUTES.split())
        for name, value in attrs:
            if name == "href":
                assert value is not None
                assert value.startswith(("https://", "http://"))
            if name == "src":
                assert value is not None
                assert value.startswith("cid:")
        if tag not in ("meta", "img", "br", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check_html(html: str) -> None:
    page = Page()
    page.feed(html)
    page.close()
    assert page.open == []
    assert page.tags <= set(TAGS.split())
