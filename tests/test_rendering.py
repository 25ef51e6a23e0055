"""Templates: the user's before ours, and a broken one never costs an alert."""

from __future__ import annotations

from pathlib import Path

import pytest

from grafherald import rendering
from grafherald.rendering import Templates, slack_escape


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
