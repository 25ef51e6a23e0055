"""The demo: the page it leaves shows what the three readers see."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from grafherald import channels
from grafherald.demo.slack_view import message, mrkdwn


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* and _it_", "<b>bold</b> and <i>it</i>"),
        ("a_b_c 2*3*4", "a_b_c 2*3*4"),
        ("&lt;b&gt; &amp;", "&lt;b&gt; &amp;"),
        ("<https://x/?a&amp;b|Live>", '<a href="https://x/?a&amp;b">Live</a>'),
        ("*<https://x/|Live>* *b*", '<b><a href="https://x/">Live</a></b> <b>b</b>'),
        ("`*x*`", "<code>*x*</code>"),
        ("```\n*x*\n```", "<pre>*x*</pre>"),
        ("one\ntwo", "one<br>two"),
    ],
)
def test_slacks_markup_is_shown_as_slack_shows_it(text: str, html: str) -> None:
    assert mrkdwn(text) == html


def test_a_hostile_block_stays_text() -> None:
    block = {"type": "header", "text": {"type": "plain_text", "text": "<script>x</script>"}}
    assert message([block]) == "<h3>&lt;script&gt;x&lt;/script&gt;</h3>"


@pytest.mark.slow
def test_the_page_shows_three_notifications_and_needs_no_server(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "grafherald", "demo", "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    page = (tmp_path / "demo.html").read_text()
    assert (tmp_path / "demo.html").as_uri() in done.stdout
    assert page.count("web01/cpu is CRITICAL") >= 2
    (picture,) = (tmp_path / "saved-images").iterdir()
    carrying = [name for name in channels.names() if name not in ("file", "webhook", "email")]
    assert page.count(f'src="saved-images/{picture.name}"') >= len(carrying)
    for name in channels.names():
        assert f"<b>{name}</b>" in page or name in ("hipchat", "slack", "email")
    assert 'src="photo"' not in page
    assert 'src="attachment' not in page
    assert "data:image/png;base64," in page
    assert 'src="http://127.0.0.1' not in page
    assert "has no image renderer" in page
    assert len(re.findall(r"now \d\d\.\d%, limit 90%", page)) >= 3, "it was drawn, with its limit"


def test_a_moment_in_slacks_text_is_shown_as_a_time_and_no_code() -> None:
    shown = mrkdwn("Since <!date^1795649159^{date_num} {time_secs}|2026-11-25> (3 min)")
    assert re.fullmatch(r"Since 2026-11-2\d \d\d:\d\d:59 \(3 min\)", shown)
