"""The mail: threads, headers that hold, text and page, pictures inside."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from grafherald.channels import email
from grafherald.channels.email.message import address, message_ids
from grafherald.channels.email.smtp import MailServer
from grafherald.demo.standins import mail
from grafherald.errors import ConfigError, PermanentError
from grafherald.event import Event, Kind, State
from grafherald.notification import Notification
from grafherald.notification.templates import Templates

from ..conftest import PANEL, PNG

NOW = datetime(2026, 11, 21, 3, 12, 9, tzinfo=timezone.utc)


@pytest.fixture
def channels(event: Event, templates: Templates, sink: mail.Sink) -> Callable[..., list[Any]]:
    """Open the channels of an event with settings for the sink."""

    def open_(of: Event = event, **more: Any) -> list[Any]:
        settings = {
            "smtp": sink.url,
            "from": "Graf Herald <grafherald@example.com>",
            "to": ["ops@example.com", "Jo Döe <jo@example.com>"],
            **more,
        }
        opened = email.open_channels("oncall", settings, of, templates)
        return [replace(channel, clock=lambda: NOW) for channel in opened]

    return open_


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_each_recipient_gets_the_same_mail(
    channels: Callable[..., list[Any]], sink: mail.Sink, notification: Notification
) -> None:
    receipts = [channel.send(notification).text for channel in channels()]
    assert receipts == ["250 queued as 1", "250 queued as 2"]
    first, second = sink.mails
    assert (first.recipients, second.recipients) == (("ops@example.com",), ("jo@example.com",))
    assert first.raw == second.raw
    assert first.raw.decode() == channels()[0].payload(notification)
    assert first.sender == "grafherald@example.com"


def test_one_refused_recipient_stops_nobody(
    channels: Callable[..., list[Any]], sink: mail.Sink, notification: Notification
) -> None:
    sink.refusals = {"ops@example.com": "550 5.1.1 no such user"}
    refused, taken = channels()
    with pytest.raises(PermanentError, match="no such user"):
        refused.send(notification)
    taken.send(notification)
    assert [m.recipients for m in sink.mails] == [("jo@example.com",)]


def test_the_headers_of_a_machines_mail(
    channels: Callable[..., list[Any]], sink: mail.Sink, notification: Notification
) -> None:
    settings = {"reply_to": "team@example.com", "subject_prefix": "[alert] "}
    channels(**settings)[0].send(notification)
    message = sink.mails[0].message
    assert message["Subject"] == "[alert] [CRITICAL] web01/cpu"
    assert message["To"] == "ops@example.com, Jo Döe <jo@example.com>"
    assert message["From"] == "Graf Herald <grafherald@example.com>"
    assert message["Reply-To"] == "team@example.com"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == NOW


def test_text_and_page_and_the_picture_inside_it(
    channels: Callable[..., list[Any]], sink: mail.Sink, notification: Notification
) -> None:
    channels()[0].send(notification)
    message = sink.mails[0].message
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    [picture] = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert picture.get_content() == PNG
    assert picture.get_filename() == "graph-1.png"
    assert picture.get_content_disposition() == "inline"
    page = body(message, "html")
    assert f'src="cid:{picture["Content-ID"][1:-1]}"' in page
    assert f'href="{PANEL.link.replace("&", "&amp;")}"' in page
    text = body(message, "plain")
    assert text.startswith("web01/cpu is CRITICAL\n\nCheckCPU CRITICAL: 97 % used\n\nSince: ")
    assert f"Live panel: {PANEL.link}" in text


def test_no_name_is_decoded_in_a_header(channels: Callable[..., list[Any]], event: Event) -> None:
    named = Notification(event._replace(entity="=?utf-8?q?=0ABcc:_evil?=", check="a\r\nBcc: b"))
    message = read(channels()[0].payload(named).encode())
    assert message["Subject"] == "[CRITICAL] = ?utf-8?q?=0ABcc:_evil?=/a Bcc: b"
    assert "Bcc" not in message


def test_a_missing_picture_says_why_in_both(
    channels: Callable[..., list[Any]], event: Event
) -> None:
    missing = Notification(event, (PANEL._replace(problem="Grafana answered 401"),))
    message = read(channels()[0].payload(missing).encode())
    for kind in ("plain", "html"):
        assert "graph: Grafana answered 401" in body(message, kind)


def test_pictures_too_large_for_mail_stay_out(
    channels: Callable[..., list[Any]], event: Event
) -> None:
    graphs = (PANEL._replace(png=PNG), PANEL._replace(png=b"\x89PNG" * 1_250_000))
    message = read(channels()[0].payload(Notification(event, graphs)).encode())
    assert [part.get_filename() for part in message.walk() if part.get_filename()] == [
        "graph-1.png"
    ]
    assert "graph 2: the picture is too large for a mail" in body(message, "html")


def test_the_dots_of_smtp_are_no_part_of_the_mail(
    channels: Callable[..., list[Any]], sink: mail.Sink, event: Event
) -> None:
    channels()[0].send(Notification(event._replace(output="one\n.\n..two\n.three")))
    text = body(sink.mails[0].message, "plain")
    assert "one\n.\n..two\n.three" in text


IDS: list[tuple[str, dict[str, Any], bool]] = [
    ("the first", {}, True),
    ("repeated", {"occurrences": 2, "history": (0, 2, 2)}, False),
    ("worse", {"history": (0, 1, 2)}, False),
    ("resolved", {"kind": Kind.RESOLVE, "status": 0, "history": (2, 0)}, False),
    ("acknowledged", {"kind": Kind.ACKNOWLEDGEMENT}, False),
]


@pytest.mark.parametrize(("_name", "changes", "is_first"), IDS)
def test_mails_of_an_incident_thread(
    event: Event, _name: str, changes: dict[str, Any], is_first: bool
) -> None:
    first, _ = message_ids(event, "example.com")
    own, root = message_ids(event._replace(**changes), "example.com")
    assert root == first
    assert (own == first) is is_first
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.com>", own)


def test_each_mail_of_an_incident_has_its_own_id(event: Event) -> None:
    later = event.occurred_at + timedelta(hours=1)
    events = [event._replace(**changes) for _, changes, _ in IDS]
    events.append(event._replace(occurrences=2, history=(0, 2, 2), occurred_at=later))
    parts = [event._replace(part=part) for part in ("sda", "sdb")]
    events += [*parts, parts[0]._replace(id="again"), parts[0]._replace(occurred_at=later)]
    ids = [message_ids(e, "example.com")[0] for e in events]
    assert len(set(ids)) == len(ids)


def test_a_reply_names_the_first_mail(channels: Callable[..., list[Any]], event: Event) -> None:
    end = event._replace(kind=Kind.RESOLVE, state=State.OK, status=0)
    [problem, resolve] = [
        read(channels()[0].payload(Notification(e)).encode()) for e in (event, end)
    ]
    assert "In-Reply-To" not in problem
    assert resolve["In-Reply-To"] == resolve["References"] == problem["Message-ID"]
    subjects = (problem["Subject"], resolve["Subject"])
    assert subjects == ("[CRITICAL] web01/cpu", "[RESOLVED] web01/cpu")


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("ops@example.com", "ops@example.com"),
        ("Ops Team <ops@example.com>", "ops@example.com"),
        ('"Döe, Jo" <jo@example.com>', "jo@example.com"),
        ("root@localhost", "root@localhost"),
        ("jo@bücher.example", "jo@xn--bcher-kva.example"),
        ("jo@straße.example", "jo@xn--strae-oqa.example"),
        ("jo@-ü-.example", None),
        ("jö@example.com", None),
        ("ops", None),
        ("", None),
        ("a@b@c", None),
        ("ops@example.com\r\nBcc: evil@example.com", None),
        ("ops@example.com> SIZE=1", None),
        ("<script>@example.com", None),
        (f"a@{'x' * 70}.example", None),
    ],
)
def test_an_address_is_one_or_none(text: str, spec: str | None) -> None:
    found = address(text)
    assert (found.addr_spec if found else None) == spec


def test_what_is_no_address_fails_alone(
    channels: Callable[..., list[Any]], event: Event, sink: mail.Sink
) -> None:
    named = event._replace(attributes={"mail_to": ("ops at example", "jo@example.com")})
    wrong, right = channels(named)
    with pytest.raises(PermanentError, match="'ops at example' is no mail address"):
        wrong.send(Notification(named))
    right.send(Notification(named))
    assert sink.mails[0].message["To"] == "jo@example.com"


def test_a_source_may_name_its_contacts(channels: Callable[..., list[Any]], event: Event) -> None:
    nagios = event._replace(addresses=("contact@example.com",))
    assert [c.recipient for c in channels(nagios, to=None)] == ["contact@example.com"]
    assert [c.recipient for c in channels(nagios, to="ops@example.com")] == ["ops@example.com"]


def test_nobody_to_write_to_is_for_a_person(
    channels: Callable[..., list[Any]], notification: Notification
) -> None:
    [channel] = channels(to=[])
    with pytest.raises(PermanentError, match="no mail address"):
        channel.send(notification)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail", MailServer("smtp", "mail", 25)),
        ("smtp+starttls://u%40x:p%3A%2Fw@mail.example.com", None),
        ("smtps://mail.example.com:9465/", MailServer("smtps", "mail.example.com", 9465)),
        ("smtp://[::1]:25", MailServer("smtp", "::1", 25)),
    ],
)
def test_a_server_is_a_url(url: str, server: MailServer | None) -> None:
    found = MailServer.parse("channels.oncall.smtp", url)
    assert found == (server or MailServer("smtp+starttls", "mail.example.com", 587, "u@x", "p:/w"))
    assert "p:/w" not in repr(found)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"smtp": ""}, "smtp"),
        ({"smtp": "mail.example.com:25"}, "smtp"),
        ({"smtp": "http://u:s3cret@mail"}, "smtp"),
        ({"smtp": "smtp://u:s3cret@mail:port"}, "smtp"),
        ({"smtp": "smtp://u:s3cr%C3%A9t@mail"}, "smtp"),
        ({"smtp": "smtp://u:s3cret%0A@mail"}, "smtp"),
        ({"from": "nobody"}, "from"),
    ],
)
def test_a_wrong_setting_is_named_not_shown(
    channels: Callable[..., list[Any]], settings: dict[str, str], key: str
) -> None:
    with pytest.raises(ConfigError, match=rf"^channels\.oncall\.{key}: ") as caught:
        channels(**settings)
    assert "s3cr" not in str(caught.value)


def test_the_text_has_more_of_a_long_output_than_the_page(
    channels: Callable[..., list[Any]], event: Event
) -> None:
    long = Notification(event._replace(output="\n".join(f"disk {n} is full" for n in range(200))))
    message = read(channels()[0].payload(long).encode())
    assert "disk 199 is full" in body(message, "plain")
    page = body(message, "html")
    assert all(f"disk {number} is full" in page for number in (0, 20, 190, 199))
    assert "disk 60 is full" not in page
    assert " characters left out …" in page


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"state": State.WARNING},
        {"kind": Kind.RESOLVE},
        {"state": State.UNKNOWN},
        {"kind": Kind.DOWNTIME_END},
    ],
)
def test_the_word_for_the_state_can_be_read_on_its_colour(
    channels: Callable[..., list[Any]], event: Event, changes: dict[str, Any]
) -> None:
    notification = Notification(event._replace(**changes))
    page = body(read(channels()[0].payload(notification).encode()), "html")
    [band] = re.findall(
        r'<td class="pad" bgcolor="(#\w+)" style="background:(#\w+);color:(#\w+)', page
    )
    assert band[0] == band[1]
    assert contrast(band[1], band[2]) >= 4.5
    assert f">{notification.word}</div>" in page


def contrast(one: str, other: str) -> float:
    """Return the ratio of WCAG 2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("text", "recipients"),
    [
        ("a@x.example b@x.example", ["a@x.example", "b@x.example"]),
        ("a@x.example;b@x.example\r\nc@x.example", ["a@x.example", "b@x.example", "c@x.example"]),
        ("Ann B <a@x.example>; b@x.example", ["a@x.example", "b@x.example"]),
        ("a@x.example, a@x.example", ["a@x.example"]),
        ("Ann B <a@x.example>", ["a@x.example"]),
        ("ops at example", ["ops at example", "ops@example.com", "jo@example.com"]),
        ('"Doe, Jane" <a@x.example>', ["a@x.example"]),
    ],
)
def test_several_addresses_may_stand_in_one_text(
    channels: Callable[..., list[Any]], event: Event, text: str, recipients: list[str]
) -> None:
    named = event._replace(attributes={"mail_to": (text,)})
    assert [channel.recipient for channel in channels(named)] == recipients


def test_the_subject_is_a_template(channels: Callable[..., list[Any]], event: Event) -> None:
    own = "{{ notification.event.check }} on {{ notification.event.entity }}"
    [channel] = channels(subject=own, subject_prefix="#", to="ops@example.com")
    message = read(channel.payload(Notification(event)).encode())
    assert message["Subject"] == "#cpu on web01"


def test_what_follows_answers_the_incidents_first_mail(
    channels: Callable[..., list[Any]], event: Event, sink: mail.Sink
) -> None:
    [channel] = channels(to="ops@example.com")
    problem = event._replace(incident="web01/cpu@1795631000")
    first = channel.send(Notification(problem)).reference
    end = event._replace(kind=Kind.RESOLVE, state=State.OK, status=0, incident="web01/cpu")
    assert channel.follow(Notification(end), first).reference == first
    one, two = (each.message for each in sink.mails)
    assert one["Message-ID"] == first
    assert two["In-Reply-To"] == two["References"] == first


def test_a_name_that_came_apart_at_its_comma_is_one(
    channels: Callable[..., list[Any]], event: Event
) -> None:
    pieces = ('"Doe', 'Jane" <a@x.example>', "b@x.example")
    opened = channels(event._replace(attributes={"mail_to": pieces}))
    assert [channel.recipient for channel in opened] == ["a@x.example", "b@x.example"]
    assert opened[0].to[0].display_name == "Doe, Jane"


def test_where_a_check_names_no_address_the_settings_own_are_told_too(
    channels: Callable[..., list[Any]], event: Event, sink: mail.Sink
) -> None:
    named = event._replace(attributes={"mail_to": ("ops at example",)})
    wrong, usual = channels(named, to="jo@example.com")
    with pytest.raises(PermanentError, match="no mail address"):
        wrong.send(Notification(named))
    usual.send(Notification(named))
    assert sink.mails[0].message["To"] == "jo@example.com"
