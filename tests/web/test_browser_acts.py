"""The board in a real browser: what people do on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from grafherald.history import acts

from .conftest import Told
from .looks import WIDTHS, seen_in_both_schemes, viewport

Open = Callable[..., Any]
pytestmark = pytest.mark.real
FOCUSED = "document.activeElement.textContent"
PLACE = """() => { const at = document.activeElement;
  if (at === document.body) return null;
  const box = at.getBoundingClientRect();
  const row = at.closest("header, .bar, .headline, .row, .recent li") || at;
  return [Math.round(row.getBoundingClientRect().top + scrollY), Math.round(box.left)]; }"""


@pytest.mark.parametrize("width", WIDTHS)
def test_every_act_at_every_size(opened: Open, told: Told, width: int) -> None:
    page = opened("/", is_logged_in=True, viewport=viewport(width))
    page.click("a.title >> nth=0")
    page.locator("input[name=comment] >> nth=0").fill("looking at it")
    page.locator("input[name=name] >> nth=0").fill("jane")
    page.click("button:has-text('Acknowledge')")
    page.wait_for_selector("text=jane acknowledged")
    seen_in_both_schemes(page, f"acknowledged-{width}")
    page.click(".notice.done button")
    page.wait_for_selector("text=took that back")
    page.click("button:has-text('I take it')")
    page.wait_for_selector("text=has it")
    page.goto(page.url.partition("/alerts")[0] + "/alerts/2")
    page.locator("select[name=scope]").select_option("entity")
    page.click("button:has-text('4 h')")
    page.wait_for_selector("text=silenced host db01")
    assert len(acts.silences(told.database, datetime.now(timezone.utc))) == 1
    page.click(".notice.done button")
    page.wait_for_selector("text=took that back: silenced host db01")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_acts_by_keys_in_a_dialog(opened: Open, told: Told, width: int) -> None:
    page = opened("/", is_logged_in=True, viewport=viewport(width))
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED) == "evil/xss"
    page.keyboard.press("k")
    page.keyboard.press("a")
    page.wait_for_selector("dialog[open] h1:has-text('web01/cpu')")
    page.keyboard.type("on it")
    seen_in_both_schemes(page, f"dialog-{width}")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=oncall acknowledged")
    page.wait_for_selector("text=2 of 3 shown")
    assert page.evaluate(FOCUSED) == "evil/xss", "one goes on where one was"
    assert [act.comment for act in acts.latest(told.database, 9)] == ["on it"]
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.wait_for_selector("dialog[open] h1:has-text('db01/disk')")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
    assert page.evaluate(FOCUSED) == "db01/disk", "the focus comes back"
    page.keyboard.press("?")
    page.wait_for_selector("#helping[open]")
    page.keyboard.press("Escape")
    assert page.evaluate(FOCUSED) == "db01/disk"
    page.keyboard.press("v")
    page.wait_for_selector(".card")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url("**/alerts/3")


def test_one_takes_and_silences_by_keys_alone(opened: Open, told: Told) -> None:
    page = opened("/", is_logged_in=True)
    page.keyboard.press("t")
    page.wait_for_selector("dialog[open]")
    page.keyboard.type("mine")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=oncall took it")
    page.keyboard.press("s")
    page.wait_for_selector("dialog[open] h1:has-text('evil/xss')")
    page.keyboard.type("known")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=silenced host evil, check xss for 1 h")
    done = [(act.what.value, act.comment) for act in acts.latest(told.database, 9)]
    assert done == [("silence", "known"), ("take", "mine")]
    page.goto(page.url.partition("?")[0] + "alerts/2")
    page.keyboard.press("a")
    page.wait_for_selector("dialog[open] h1:has-text('db01/disk')")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=oncall acknowledged")
    page.keyboard.press("g")
    page.wait_for_selector("text=All that is wrong is known of")


def test_tab_goes_through_the_page_in_the_order_that_is_seen(opened: Open, told: Told) -> None:
    page = opened("/", is_logged_in=True)
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(PLACE))
        if seen[-1] is None:  # back in the browser
            break
    places = [place for place in seen if place][1:]  # without the link that skips
    assert len(places) > 20
    assert places == sorted(places), "from row to row, left to right"


@pytest.mark.parametrize("width", WIDTHS)
def test_one_act_about_several(opened: Open, told: Told, width: int) -> None:
    page = opened("/", is_logged_in=True, viewport=viewport(width))
    page.keyboard.press("m")
    page.wait_for_selector("h1:has-text('Act on several')")
    assert page.locator("input[name=alert]:checked").count() == 0
    page.click("text=choose all")
    assert page.locator("input[name=alert]:checked").count() == 3
    page.click("text=choose none")
    page.locator("input[name=alert] >> nth=0").check()
    page.click("label:has-text('disk')")
    page.fill("input[name=comment]", "the switch")
    seen_in_both_schemes(page, f"several-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click("button:has-text('Acknowledge')")
    page.wait_for_selector("text=oncall did 2 things")
    page.wait_for_selector("text=1 of 3 shown")
    seen_in_both_schemes(page, f"several-done-{width}")
    assert {act.comment for act in acts.latest(told.database, 9)} == {"the switch"}
    page.click("button:has-text('Undo')")
    page.wait_for_selector("text=3 open alerts")
    page.wait_for_selector(".notice.done", state="detached")
    assert all(act.undone for act in acts.latest(told.database, 9))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
