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
    one = seen({"pages": ["<b>"]})
    assert one.text == '{\n  "pages": [\n    "<b>"\n  ]\n}'
    assert "<b>" not in one.html


def test_slack_without_blocks_and_in_attachments_is_read_too() -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "*a* <https://x/|b>"}}
    assert seen({"text": "t", "attachments": [{"blocks": [section]}]}).text == "a b https://x/"
    assert seen({"text": "*t*", "attachments": []}).text == "t"
