"""The board in a real browser: what is heard, and what is new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest
from flask import Flask

from grafherald.event import State
from grafherald.history import acts

from .conftest import PASSWORD, Told, hurry, served

Make = Callable[..., Flask]
Open = Callable[..., Any]
pytestmark = pytest.mark.real


def ask_for_sound(page: Any) -> None:
    """Switch the sound on, which is heard at once, and close what has the switch."""
    page.click("#help")
    page.check("#alarm-sound")
    page.wait_for_selector("body[data-beeps='1']")
    page.click("#helping button")


def test_a_sound_on_request(opened: Open, told: Told) -> None:
    page = opened("/", is_hurried=True)
    ask_for_sound(page)
    told.tell("new01", "cpu", State.CRITICAL, 0)
    hurry(page)
    page.wait_for_selector("body[data-beeps='2']")


def test_who_asked_for_a_sound_hears_it_while_another_tab_is_in_front(
    opened: Open, told: Told
) -> None:
    page = opened("/", is_hurried=True)
    ask_for_sound(page)
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
    told.tell("new01", "cpu", State.CRITICAL, 0)
    hurry(page)
    page.wait_for_selector("body[data-beeps='2']")


def test_an_old_alert_that_comes_to_the_page_is_no_new_one(
    make_app: Make, browser: Any, told: Told
) -> None:
    for number in range(12):
        told.tell(f"app{number}", "cpu", State.WARNING, 60 + number)
    context = browser.new_context()
    context.clock.install()
    page = context.new_page()
    with served(make_app(password=PASSWORD, open=True, page=10)) as url:
        page.goto(url)
        ask_for_sound(page)
        page.wait_for_selector("text=15 open alerts")
        told.tell("db01", "disk", State.OK, 0)  # the next page's first one moves up
        hurry(page)
        page.wait_for_selector("text=14 open alerts")
        assert page.evaluate("document.body.dataset.beeps") == "1"
        told.tell("old99", "cpu", State.WARNING, 90)  # a new one on the next page
        hurry(page)
        page.wait_for_selector("body[data-beeps='2']")
    context.close()


def test_what_gets_worse_is_new_to_who_looks_at_what_is_critical(opened: Open, told: Told) -> None:
    told.tell("later", "cpu", State.CRITICAL, 1)
    page = opened("/?severity=critical", is_hurried=True)
    ask_for_sound(page)
    told.tell("db01", "disk", State.CRITICAL, 0)
    hurry(page)
    page.wait_for_selector("body[data-beeps='2']")


def test_an_acknowledgement_taken_back_is_no_new_alert(opened: Open, told: Told) -> None:
    newest = told.tell("later", "cpu", State.CRITICAL, 1)
    page = opened("/", is_hurried=True)
    ask_for_sound(page)
    now = datetime.now(timezone.utc)
    act = acts.acknowledge(told.database, newest, "jane", "mine", now)
    hurry(page)
    page.wait_for_selector("text=3 of 4 shown")
    assert act
    acts.undo(told.database, act.id, "jane", now)
    hurry(page)
    page.wait_for_selector("text=3 of 4 shown", state="detached")
    assert page.evaluate("document.body.dataset.beeps") == "1"


def test_a_page_that_may_not_play_yet_says_so(browser: Any, board: str) -> None:
    context = browser.new_context()
    context.add_init_script("localStorage.setItem('grafherald-sound', 'yes')")
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(board)
    page.wait_for_selector("#muted:has-text('no sound until')")
    page.keyboard.press("j")
    page.wait_for_selector("#muted", state="hidden")
    page.goto(board + "/numbers")
    assert said == []
    context.close()
