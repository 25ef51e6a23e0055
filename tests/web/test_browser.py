"""The board in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from grafherald.delivery.backlog import Backlog
from grafherald.delivery.outbox import DROPPED, FAILED
from grafherald.event import State

from .conftest import PASSWORD, Told, hurry
from .looks import keep, seen_in_both_schemes

pytestmark = pytest.mark.real


@pytest.mark.parametrize("path", ["/", "/alerts/1", "/outbox", "/numbers", "/wall", "/login"])
def test_all_text_can_be_read(opened: Callable[..., Any], path: str) -> None:
    seen_in_both_schemes(opened(path), f"page{path.replace('/', '-')}")


@pytest.mark.parametrize(
    "path", ["/", "/?view=cards", "/alerts/1", "/alerts/3", "/outbox", "/numbers", "/login"]
)
def test_a_phone_shows_all_without_scrolling_sideways(
    opened: Callable[..., Any], path: str
) -> None:
    page = opened(path, viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    small = page.evaluate(
        "[...document.querySelectorAll('button, nav a, input, select')]"
        ".filter((e) => e.offsetParent && !e.closest('.skip'))"
        ".map((e) => [e.outerHTML.slice(0, 60), e.getBoundingClientRect().height])"
        ".filter(([, height]) => height < 40)"
    )
    assert small == [], "fingers are wide"
    assert page.evaluate("document.querySelector('header').offsetHeight") < 70
    keep(page, f"phone{re.sub('[/?=]', '-', path)}")


def test_hostile_text_hurts_nobody(opened: Callable[..., Any]) -> None:
    for path in ("/", "/alerts/3", "/outbox"):
        page = opened(path)
        page.wait_for_load_state("load")
        assert page.evaluate("window.hurt") is None
        assert page.locator("main script, main img[src='x']").count() == 0


def test_both_pictures_are_shown(opened: Callable[..., Any]) -> None:
    page = opened("/alerts/1")
    page.locator("#graph").scroll_into_view_if_needed()
    pictures = page.locator(".pictures img")
    for number in range(2):  # a string that is polled in the page is refused by its policy
        pictures.nth(number).evaluate("image => image.decode()")
    assert pictures.count() == 2


def test_what_happens_appears_without_a_reload(opened: Callable[..., Any], told: Told) -> None:
    page = opened("/", is_hurried=True)
    page.wait_for_selector("text=3 open alerts")
    page.locator("#q").evaluate("element => element.value = 'half a word'")
    told.tell("new01", "cpu", State.CRITICAL, 0)
    hurry(page)
    page.wait_for_selector("text=4 open alerts")
    page.wait_for_selector("text=new01")
    assert page.title().startswith("(4) ")
    assert page.locator("#news").text_content() == "4 open alerts"


def test_updates_can_be_paused(opened: Callable[..., Any], told: Told) -> None:
    page = opened("/", is_hurried=True)
    button = page.locator("#updates")
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    told.tell("new01", "cpu", State.CRITICAL, 0)
    with page.expect_response("**/changes"):
        hurry(page)
    page.wait_for_selector("#updates:has-text('there is news')")
    assert page.locator("h2#open").text_content() == "3 open alerts"
    button.click()
    page.wait_for_selector("text=4 open alerts")


def test_all_of_it_can_be_done_with_keys(opened: Callable[..., Any], told: Told) -> None:
    page = opened("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("db01")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"q=db01"))
    page.wait_for_selector("text=1 of 3 shown")


def test_a_person_logs_in_and_drops_what_failed(opened: Callable[..., Any], told: Told) -> None:
    page = opened("/outbox")
    page.click("main >> text=Log in")
    page.fill("input[name=user]", "oncall")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_selector("text=Log out")
    assert page.url.endswith("/outbox")
    keep(page, "outbox-logged-in")
    page.click("text=Drop")
    page.wait_for_selector("text=Nothing failed.")
    assert Backlog(told.database).deliveries([DROPPED], 1)
    assert not Backlog(told.database).deliveries([FAILED], 1)
