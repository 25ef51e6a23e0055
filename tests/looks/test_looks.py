"""What readers see, measured in Chromium: light and dark, on a phone and on a desk.

``python -m tests.looks DIRECTORY`` draws the same pages.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from . import browser
from .cases import CASES
from .readers import READERS, mail_html

PHONE, DESK = 360, 640
FOLD = 740  # pixels that a phone shows at once
GMAIL_CLIPS = 102_000  # bytes
Found = dict[str, dict[str, Any]]


@pytest.fixture(scope="module", params=[False, True], ids=["light", "dark"])
def dark(request: pytest.FixtureRequest) -> bool:
    if not browser.PROGRAM:
        pytest.skip("chromium is not installed")
    return bool(request.param)


@pytest.fixture(scope="module", params=[PHONE, DESK])
def seen(request: pytest.FixtureRequest, dark: bool, tmp_path_factory: Any) -> tuple[int, Found]:
    """A width, and what is found in each reader's view of each case at that width."""
    frames = {f"{r} {c}": READERS[r](CASES[c]) for r, c in product(READERS, CASES)}
    html = browser.page(frames, request.param)
    return request.param, browser.measured(html, tmp_path_factory.mktemp("looks"), dark=dark)


@pytest.mark.real
def test_nothing_is_wider_than_the_screen(seen: tuple[int, Found]) -> None:
    width, found = seen
    assert {name: each["width"] for name, each in found.items() if each["width"] > width} == {}


@pytest.mark.real
def test_every_text_can_be_read(seen: tuple[int, Found], dark: bool) -> None:
    _, found = seen
    assert all(each["dark"] is dark for each in found.values())
    assert {
        name: each["contrast"] for name, each in found.items() if each["contrast"][0] < 4.5
    } == {}


@pytest.mark.real
def test_the_state_stands_there_as_a_word(seen: tuple[int, Found]) -> None:
    for name, each in seen[1].items():
        assert CASES[name.partition(" ")[2]].word in each["text"], name


@pytest.mark.real
def test_the_first_picture_is_seen_without_scrolling(seen: tuple[int, Found]) -> None:
    low = {
        name: each["pictures"][0]["bottom"]
        for name, each in seen[1].items()
        if each["pictures"] and each["pictures"][0]["bottom"] > FOLD
    }
    assert low == {}


@pytest.mark.real
def test_each_graph_is_one_tap_away(seen: tuple[int, Found]) -> None:
    for name, each in seen[1].items():
        graphs = CASES[name.partition(" ")[2]].graphs
        live = [link for link in each["links"] if link["text"].startswith("Live panel")]
        assert len(live) == len(graphs), name
        if name.startswith("mail"):
            assert all(link["height"] >= 36 for link in live), name


@pytest.mark.real
def test_a_chat_and_a_mail_have_the_same_order(seen: tuple[int, Found]) -> None:
    for name, each in seen[1].items():
        live = [link["top"] for link in each["links"] if link["text"].startswith("Live panel")]
        pictures = [picture["bottom"] for picture in each["pictures"]]
        assert max(pictures, default=0) <= min(live, default=9999), name
        if live:
            assert each["text"].index(CASES[name.partition(" ")[2]].word) < each["text"].index(
                "Live panel"
            ), name


@pytest.mark.parametrize("case", CASES)
def test_a_mail_is_shown_whole_by_gmail(case: str) -> None:
    html = mail_html(CASES[case])
    assert len(html.encode()) < GMAIL_CLIPS
    assert "data:" not in html
    assert "<script" not in html
