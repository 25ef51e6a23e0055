"""A payload read as text: words and links, a line for each block."""

from __future__ import annotations

import pytest

from grafherald.demo.reader import as_text, seen


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<b>web01 is CRITICAL</b><br>\n<pre>a\n  b</pre>\nsee", "web01 is CRITICAL\na\nb\nsee"),
        ('<a href="https://x/?a=1&amp;b=2">live</a> · y', "live https://x/?a=1&b=2 · y"),
        ('<a href="https://x/">https://x/</a>', "https://x/"),
        (
            '<p>a</p>\n<p>b &lt;c&gt;</p><img alt="CPU" src="https://p/1.png">',
            "a\nb <c>\n[CPU] https://p/1.png",
        ),
        ("", ""),
    ],
)
def test_a_fragment_keeps_its_words(html: str, text: str) -> None:
    assert as_text(html) == text


def test_what_nobody_knows_is_shown_as_it_is_sent() -> None:
    one = seen({"pages": ["<b>"], "text": "a\nb"})
    assert one.text == "pages:\n- <b>\ntext: |-\n  a\n  b"
    assert "<b>" not in one.html


def test_what_others_show_is_read_as_they_show_it() -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "*a* <https://x/|b>"}}
    assert seen({"text": "t", "attachments": [{"blocks": [section]}]}).text == "a b https://x/"
    assert seen({"parse_mode": "HTML", "text": "<b>a</b>\n&lt;"}).text == "a\n<"
    assert seen({"body": "x", "formatted_body": "<b>a</b>"}).text == "a"
    assert seen({"title": "a", "message": "b"}).text == "a\n\nb"
