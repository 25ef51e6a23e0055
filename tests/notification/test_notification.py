"""The words and facts that every channel shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from grafherald.event import Event, Kind, State
from grafherald.notification import Graph, Notification, is_web_url, span

MakeEvent = Callable[..., Event]
OUTPUT = "CheckCPU CRITICAL: 97 % used"
TRACEBACK = "Traceback (most recent call last):"
AT = datetime(2026, 11, 21, 3, 12, 5, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("changes", "word", "tone"),
    [
        ({}, "CRITICAL", "critical"),
        ({"state": State.WARNING, "status": 1}, "WARNING", "warning"),
        ({"state": State.UNKNOWN, "status": 3}, "UNKNOWN", "unknown"),
        ({"state": State.UNKNOWN, "status": 127}, "UNKNOWN (exit 127)", "unknown"),
        ({"kind": Kind.RESOLVE, "state": State.OK, "status": 0}, "RESOLVED", "ok"),
        ({"kind": Kind.OK, "state": State.OK, "status": 0}, "OK", "ok"),
        ({"kind": Kind.FLAPPING}, "FLAPPING", "warning"),
        ({"kind": Kind.ACKNOWLEDGEMENT}, "ACKNOWLEDGED", "info"),
        ({"kind": Kind.DOWNTIME_START}, "DOWNTIME STARTED", "info"),
        ({"state_text": "DOWN"}, "DOWN", "critical"),
    ],
)
def test_the_word_and_the_tone_follow_the_event(
    make_event: MakeEvent, changes: dict[str, object], word: str, tone: str
) -> None:
    notification = Notification(make_event(**changes))
    assert (notification.word, notification.tone) == (word, tone)


def test_the_subject_names_the_host_first_and_stays_when_the_problem_ends(
    make_event: MakeEvent,
) -> None:
    problem, end = Notification(make_event()), Notification(make_event(kind=Kind.RESOLVE))
    assert problem.subject == end.subject == "web01/cpu"


def test_a_check_may_say_its_own_text(make_event: MakeEvent) -> None:
    event = make_event(attributes={"notification": ("The shop is slow",)})
    assert Notification(event).text == "The shop is slow"


def test_facts_of_a_problem_say_since_when_and_how_often(make_event: MakeEvent) -> None:
    event = make_event(since=AT - timedelta(minutes=7), occurrences=4, silenced=("linux:*",))
    facts = dict(Notification(event).facts)
    assert facts["Since"].endswith("(7 min)")
    assert facts["Occurrences"] == "4 in a row"
    assert facts["Silenced by"] == "linux:*"


def test_facts_of_a_resolve_say_how_long_it_lasted(make_event: MakeEvent) -> None:
    event = make_event(kind=Kind.RESOLVE, since=AT - timedelta(hours=2, minutes=5))
    assert dict(Notification(event).facts)["Lasted"].startswith("2 h 5 min, until ")


def test_links_lead_to_panels_and_books_and_nowhere_else(make_event: MakeEvent) -> None:
    attributes = {
        "runbook": ("https://wiki/cpu",),
        "playbook": ("javascript:alert(1)",),
        "dashboard": ("https://g/d/all",),
    }
    graphs = (Graph("https://g/render/d-solo/a", "https://g/d/a"),)
    notification = Notification(make_event(attributes=attributes), graphs)
    assert notification.links == (
        ("Live panel", "https://g/d/a"),
        ("Runbook", "https://wiki/cpu"),
        ("Dashboard", "https://g/d/all"),
    )
    assert ("Playbook", "javascript:alert(1)") in notification.facts


def test_what_is_blank_is_no_fact_and_no_state(make_event: MakeEvent) -> None:
    blank = {"runbook": ("\n",), "playbook": (" ",)}
    notification = Notification(
        make_event(attributes=blank, details=(("Zone", "\t"),), comment=" ")
    )
    assert [label for label, _ in notification.facts] == ["At"]
    assert Notification(make_event(state_text="\n")).state == "CRITICAL"


@pytest.mark.parametrize(
    ("urls", "labels"),
    [
        (["x", "y"], ["Live panel 1", "Live panel 2"]),
        (["a/web?panelId=4", "a/web?orgId=1&panelId=7"], ["Live panel 4", "Live panel 7"]),
        (["a/web?panelId=4", "b/db?panelId=4"], ["Live web panel 4", "Live db panel 4"]),
        (["a/web?panelId=4&x=1", "a/web?panelId=4&x=2"], ["Live panel 4 (1)", "Live panel 4 (2)"]),
    ],
)
def test_several_graphs_are_named_by_their_panels(
    make_event: MakeEvent, urls: list[str], labels: list[str]
) -> None:
    graphs = tuple(Graph(f"https://g/render/d-solo/{url}", "https://g/d/1") for url in urls)
    assert [label for label, _ in Notification(make_event(), graphs).links] == labels


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (45, "45 s"), (60, "1 min"), (3660, "1 h 1 min"), (90061, "1 d 1 h")],
)
def test_a_span_shows_its_two_largest_units(seconds: int, text: str) -> None:
    assert span(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    "text", ["javascript:x", "https://a b", "https://a\nb", "https://a\u202eb", "//x", ""]
)
def test_only_a_plain_web_url_is_a_link(text: str) -> None:
    assert not is_web_url(text)


@pytest.mark.parametrize(
    ("changes", "short"),
    [
        ({}, "web01/cpu is CRITICAL: CheckCPU CRITICAL: 97 % used"),
        ({"output": ""}, "web01/cpu is CRITICAL"),
        ({"output": "two\nlines", "long_output": "more"}, "web01/cpu is CRITICAL: two lines more"),
        (
            {"kind": Kind.ACKNOWLEDGEMENT, "author": "ann", "comment": "mine"},
            "web01/cpu is ACKNOWLEDGED: ann: mine",
        ),
        ({"output": "x" * 200}, "web01/cpu is CRITICAL: " + "x" * 134 + "..."),
        ({"output": "\n \n  DOWN\nmore"}, "web01/cpu is CRITICAL: DOWN more"),
        (
            {"output": '{"status": "x", "checks": [{"title": "inner"}], "Error": "disk is full"}'},
            "web01/cpu is CRITICAL: disk is full",
        ),
        ({"output": '{"checks": [{"message": "inner"}]}'}, "web01/cpu is CRITICAL: inner"),
        ({"output": '{"checks": [1, null]}'}, 'web01/cpu is CRITICAL: {"checks": [1, null]}'),
        ({"output": '{"message": '}, 'web01/cpu is CRITICAL: {"message":'),
        (
            {"output": f"{TRACEBACK}\n  File x, line 3\nQueueFull: 9 jobs wait\n"},
            "web01/cpu is CRITICAL: QueueFull: 9 jobs wait",
        ),
        (
            {"kind": Kind.CUSTOM, "author": "jane", "comment": "we know"},
            "web01/cpu: CUSTOM NOTIFICATION: jane: we know",
        ),
        (
            {"kind": Kind.DOWNTIME_START, "author": "jane", "comment": "new disk"},
            "web01/cpu: DOWNTIME STARTED: jane: new disk",
        ),
        ({"kind": Kind.RESOLVE, "comment": "of the problem"}, f"web01/cpu is RESOLVED: {OUTPUT}"),
        (
            {"entity": "web" * 60, "output": "disk is full"},
            f"{('web' * 60)[:77]}... is CRITICAL: disk is full",
        ),
    ],
)
def test_the_short_form_fits_into_an_sms(
    make_event: MakeEvent, changes: dict[str, object], short: str
) -> None:
    assert Notification(make_event(**changes)).short == short
    assert len(short) <= 160


def test_leading_blank_lines_go_and_the_indent_of_the_first_line_stays(
    make_event: MakeEvent,
) -> None:
    assert Notification(make_event(output="\n \n  DOWN\n    more")).text == "  DOWN\n    more"


def test_a_custom_notification_is_a_persons_words_and_no_new_outage(make_event: MakeEvent) -> None:
    shown = Notification(make_event(kind=Kind.CUSTOM, author="jane", comment="we know"))
    assert shown.text == f"jane: we know\n{OUTPUT}"
    assert shown.tone == "info"
    assert shown.headline == "web01/cpu: CUSTOM NOTIFICATION"
    assert dict(shown.facts)["State"] == "CRITICAL"
    assert "Comment" not in dict(shown.facts)


@pytest.mark.parametrize(
    "kind", [kind for kind in Kind if kind not in ("problem", "resolve", "ok")]
)
def test_what_is_no_change_of_the_state_says_the_state(make_event: MakeEvent, kind: Kind) -> None:
    shown = Notification(make_event(kind=kind, state_text="DOWN"))
    assert dict(shown.facts)["State"] == "DOWN"


def test_a_late_message_says_how_late_it_is(make_event: MakeEvent) -> None:
    late = timedelta(hours=2, minutes=5)
    assert (
        Notification(make_event(), late=late).headline == "web01/cpu is CRITICAL (2 h 5 min late)"
    )
    both = Notification(make_event(), may_repeat=True, late=late)
    assert (both.word, both.state) == ("CRITICAL (may be a repeat, 2 h 5 min late)", "CRITICAL")


@pytest.mark.parametrize(
    ("perfdata", "labels"),
    [
        ("", []),
        ("p99=812ms;300;500;0;", []),
        ("/=80%;90;95", ["/"]),
        ("/=5MB;;;0;9", ["/"]),
        ("rta=1ms;5;9 pl=100%;20;60 hops=7;5;9", ["pl", "hops", "rta"]),
        ("a=5%;80 time=9s b=70%;80 c=81%;80 d=95%;80", ["d", "c", "b", "a", "time"]),
    ],
)
def test_metrics_are_shown_when_they_say_more_than_the_output(
    make_event: MakeEvent, perfdata: str, labels: list[str]
) -> None:
    metrics = Notification(make_event(perfdata=perfdata)).metrics
    assert [metric.label for metric in metrics] == labels
