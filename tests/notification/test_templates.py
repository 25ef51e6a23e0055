"""Templates: the user's before ours, and a broken one never costs an alert."""

from __future__ import annotations

from pathlib import Path

import pytest

from grafherald.notification import templates as rendering
from grafherald.notification.templates import Templates, slack_escape


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
