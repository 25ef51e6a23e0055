"""Templates: the user's before ours, and a broken one never costs an alert."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from grafherald.event import Event
from grafherald.notification import Notification
from grafherald.notification import templates as rendering
from grafherald.notification.presentation import Budget, view
from grafherald.notification.templates import Templates, slack_escape

MakeEvent = Callable[..., Event]


@pytest.fixture
def warnings() -> list[str]:
    return []


def write(directory: Path, name: str, text: str) -> None:
    (directory / name).parent.mkdir(parents=True, exist_ok=True)
    (directory / name).write_text(text)


@pytest.mark.parametrize(
    ("ending", "shown"),
    [
        ("html", "&lt;b&gt; &amp; &#34;"),
        ("mrkdwn", '&lt;b&gt; &amp; "'),
        ("txt", '<b> & "'),
    ],
)
def test_the_ending_decides_what_is_escaped(
    tmp_path: Path, warnings: list[str], ending: str, shown: str
) -> None:
    write(tmp_path, f"x/y.{ending}", "{{ said }}")
    assert Templates(tmp_path, warnings.append).render(f"x/y.{ending}", said='<b> & "') == shown


def test_a_template_of_the_users_wins(tmp_path: Path, warnings: list[str]) -> None:
    write(tmp_path, "email/subject.txt", "mine")
    assert Templates(tmp_path, warnings.append).render("email/subject.txt") == "mine"
    assert warnings == []


@pytest.mark.parametrize("broken", ["{% if %}", "{{ nothing.at.all }}", "{{ 1 / 0 }}"])
def test_a_broken_one_falls_back_and_is_named(
    tmp_path: Path, warnings: list[str], monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    write(ours, "x.txt", "ours")
    write(theirs, "x.txt", broken)
    monkeypatch.setattr(rendering, "_SHIPPED", ours)
    assert Templates(theirs, warnings.append).render("x.txt") == "ours"
    assert len(warnings) == 1
    assert str(theirs / "x.txt") in warnings[0]


def test_slack_is_escaped_by_its_three_letters() -> None:
    assert slack_escape("<!channel> & 'x'") == "&lt;!channel&gt; &amp; 'x'"


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("disk", "theirs, of disk"),
        ("short", "ours, short"),
        ("unknown", "theirs"),
        ("", "theirs"),
        ("../theirs/disk", "theirs"),
        ("disk/..", "theirs"),
        ("x" * 5000, "theirs"),
    ],
)
def test_a_style_goes_before_and_what_it_lacks_is_there(
    tmp_path: Path, warnings: list[str], monkeypatch: pytest.MonkeyPatch, style: str, shown: str
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    write(ours, "email/x.txt", "ours")
    write(ours, "short/email/x.txt", "ours, short")
    write(theirs, "email/x.txt", "theirs")
    write(theirs, "disk/email/x.txt", "theirs, of disk")
    monkeypatch.setattr(rendering, "_SHIPPED", ours)
    assert Templates(theirs, warnings.append).styled(style).render("email/x.txt") == shown
    assert warnings == []


def test_a_style_can_build_on_what_is_outside(tmp_path: Path, warnings: list[str]) -> None:
    write(tmp_path, "email/x.txt", "{% block b %}plain{% endblock %}!")
    write(
        tmp_path, "disk/email/x.txt", "{% extends 'email/x.txt' %}{% block b %}disk{% endblock %}"
    )
    assert Templates(tmp_path, warnings.append, "disk").render("email/x.txt") == "disk!"


def test_a_broken_style_falls_back_to_what_is_outside(tmp_path: Path, warnings: list[str]) -> None:
    write(tmp_path, "email/subject.txt", "mine")
    write(tmp_path, "disk/email/subject.txt", "{% if %}")
    assert Templates(tmp_path, warnings.append, "disk").render("email/subject.txt") == "mine"
    assert len(warnings) == 1


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("one\n{{ notification.hots }}", 2, "hots"),
        ("{{ nothing }}", 1, "'nothing' is undefined"),
        ("one\ntwo\n{% if %}", 3, "Expected an expression"),
        ("{% for n in nothing %}{% endfor %}x", 1, "'nothing' is undefined"),
        ("{{ ''.__class__ }}", 1, "__class__"),
        ("{{ 'x' * 10 ** 9 }}", 1, "too long"),
        ("{{ 9 ** 9 ** 9 }}", 1, "too large"),
    ],
)
def test_what_is_wrong_is_said_with_file_line_and_name(
    tmp_path: Path, warnings: list[str], make_event: MakeEvent, text: str, line: int, reason: str
) -> None:
    write(tmp_path, "email/subject.txt", text)
    shown = Templates(tmp_path, warnings.append).render(
        "email/subject.txt", notification=Notification(make_event())
    )
    assert shown.strip() == "[CRITICAL] web01/cpu"
    [warning] = warnings
    assert warning.startswith(f"template {tmp_path}/email/subject.txt, line {line}: ")
    assert reason in warning


def test_an_empty_result_is_an_error_where_ours_says_something(
    tmp_path: Path, warnings: list[str], make_event: MakeEvent
) -> None:
    values = {"notification": Notification(make_event())}
    write(tmp_path, "email/subject.txt", "{% if false %}x{% endif %}")
    templates = Templates(tmp_path, warnings.append)
    assert templates.render("email/subject.txt", **values)
    assert "gives nothing" in warnings[0]
    write(tmp_path, "email/subject.txt", "{#- Nothing, on purpose. -#}")
    assert not templates.render("email/subject.txt", **values)
    write(tmp_path, "slack/rest.mrkdwn", "{% if rest %}{{ rest }}{% endif %}")
    assert not templates.render("slack/rest.mrkdwn", rest="", **values)
    assert len(warnings) == 1


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}x",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) ~ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}x",
    ],
)
def test_a_template_without_end_costs_that_template(
    tmp_path: Path, warnings: list[str], make_event: MakeEvent, text: str
) -> None:
    write(tmp_path, "email/subject.txt", text)
    templates, threads = Templates(tmp_path, warnings.append), threading.active_count()
    values = {"notification": Notification(make_event())}
    began = time.monotonic()
    for _ in range(10):
        assert templates.styled("disk").render("email/subject.txt", **values).startswith("[CRIT")
    assert time.monotonic() - began < 20
    assert threading.active_count() <= threads  # idle ones of other tests may end
    [warning] = warnings
    assert "takes more than 0.5 s" in warning


@pytest.mark.parametrize(
    ("base", "text", "name"),
    [
        ("base.txt", "{% block head %}{% endblock %} ours alone", "email/body.txt"),
        ("base.html", "{% block open %}{% endblock %} ours alone", "hipchat/message.html"),
        ("perfdata.txt", "ours alone", "slack/perfdata.mrkdwn"),
    ],
)
def test_what_others_build_on_may_stand_alone(
    tmp_path: Path,
    warnings: list[str],
    make_event: MakeEvent,
    base: str,
    text: str,
    name: str,
) -> None:
    write(tmp_path, base, text)
    event = make_event(perfdata="/=80%;90;95 /srv=99%;90;95")
    seen = view(Notification(event), lambda *_: "", Budget(999, 999, 1))
    shown = Templates(tmp_path, warnings.append).render(name, **seen.values())
    assert "ours alone" in shown
    assert warnings == []


def test_a_template_of_the_settings_wins_and_falls_back(
    warnings: list[str], make_event: MakeEvent
) -> None:
    values, templates = (
        {"notification": Notification(make_event())},
        Templates(None, warnings.append),
    )
    assert (
        templates.render("email/subject.txt", "{{ notification.state }}!", **values) == "CRITICAL!"
    )
    assert templates.render("email/subject.txt", "{{ oops }}", **values).startswith("[CRITICAL]")
    assert warnings == ["the template '{{ oops }}': UndefinedError: 'oops' is undefined; used ours"]
