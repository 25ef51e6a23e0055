"""The board in a real browser: how much it shows, and whether everybody can read it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from grafherald.event import State

from .conftest import Told, fill
from .looks import SCHEMES, WIDTHS, keep, seen_in_both_schemes, viewport, violations

Open = Callable[..., Any]
pytestmark = pytest.mark.real
AXE = Path(__file__).parent / "axe"


@pytest.fixture(scope="session")
def axe() -> str:
    script = AXE / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file() and shutil.which("npm"):
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=AXE, check=False)
    if not script.is_file():
        pytest.skip("axe-core cannot be installed by npm")
    return script.read_text()


@pytest.mark.parametrize("number", [0, 1, 60, 2000])
def test_any_number_of_alerts(opened: Open, empty: Told, axe: str, number: int) -> None:
    fill(empty.database, number)
    for width in WIDTHS:
        page = opened("/", viewport=viewport(width))
        heading = page.locator("#open").text_content()
        assert heading == f"{number} open alert{'' if number == 1 else 's'}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        keep(page, f"{number}-alerts-{width}")
        if width == 1400 or number <= 1:  # what one row has in another width, all have
            seen_in_both_schemes(page, f"{number}-alerts-{width}")
            assert violations(page, axe) == []
    seen = page.evaluate(
        "[...document.querySelectorAll('.row')].filter((e) => {"
        " const box = e.getBoundingClientRect(); return box.bottom <= innerHeight; }).length"
    )
    assert seen >= min(number, 60)
    if number == 2000:
        assert page.locator(".row").count() == 100
        page.click("text=next")
        page.wait_for_selector("text=101–200 of 2000")


@pytest.mark.parametrize(("width", "columns"), [(800, 1), (1400, 2)])
def test_a_wall_needs_no_scrolling_and_says_what_it_leaves_out(
    opened: Open, empty: Told, width: int, columns: int
) -> None:
    fill(empty.database, 120)
    page = opened("/wall", viewport=viewport(width))
    assert page.evaluate("document.documentElement.scrollHeight") <= 900
    shown = page.locator(".wall-rows .row:visible").count()
    assert shown > 20 * columns
    assert page.locator("#more").text_content() == f"and {120 - shown} more"
    lefts = "e => [...e.children].map(row => row.getBoundingClientRect().left)"
    assert len(set(page.locator(".wall-rows").evaluate(lefts)) - {0}) == columns
    page.set_viewport_size({"width": width, "height": 600})
    page.wait_for_function(
        "n => document.querySelectorAll('.row:not([hidden])').length < n", arg=shown
    )
    assert page.evaluate("document.documentElement.scrollHeight") <= 600


def test_a_hosts_own_name_is_whole_where_room_is_short(opened: Open, told: Told) -> None:
    for number in range(30):
        told.tell(
            f"cache{number + 100}.fra.example.com", "certificate-of-the-shop", State.WARNING, 1
        )
    told.tell("h" * 200, "disk", State.CRITICAL, 1)
    cut = """[...document.querySelectorAll('.row .own')]
        .filter((own) => own.scrollWidth > own.clientWidth).map((own) => own.textContent)"""
    for path, width in (("/", 1400), ("/", 800), ("/", 360), ("/wall", 1400), ("/wall", 800)):
        page = opened(path, viewport=viewport(width))
        assert set(page.evaluate(cut)) <= {"h" * 200}, (path, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_phone_shows_twelve_alerts(opened: Open, empty: Told) -> None:
    fill(empty.database, 60)
    page = opened("/", viewport=viewport(360), is_mobile=True, has_touch=True)
    seen = page.evaluate(
        "[...document.querySelectorAll('.row')].filter((e) =>"
        " e.getBoundingClientRect().bottom <= innerHeight).length"
    )
    assert seen >= 12


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?view=cards",
        "/?group=team",
        "/alerts/1",
        "/alerts/3/act",
        "/several?choose=all",
        "/outbox",
        "/numbers",
        "/wall",
        "/login",
        "/alerts/999",
    ],
)
def test_nobody_is_left_out(opened: Open, axe: str, path: str) -> None:
    page = opened(path, is_logged_in=True, ignore_console="999" in path, viewport=viewport(800))
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert violations(page, axe) == [], scheme


def test_a_picture_that_does_not_load_takes_no_room(opened: Open, told: Told) -> None:
    told.pictures = "http://127.0.0.1:1"
    told.tell("dark01", "cpu", State.CRITICAL, 0)
    page = opened("/?view=cards", ignore_console=True)
    page.wait_for_selector("[data-alert] .graph[hidden]", state="attached")


def test_times_are_the_readers_and_utc_is_at_hand(opened: Open, told: Told) -> None:
    page = opened("/alerts/1", timezone_id="Asia/Kathmandu", locale="en-GB")
    shown = page.locator("article time >> nth=1")
    utc = datetime.now(timezone.utc) - timedelta(minutes=200)
    there = utc + timedelta(hours=5, minutes=45)
    assert there.strftime("%H:%M") in shown.text_content()
    assert utc.strftime("%Y-%m-%d %H:%M") in shown.get_attribute("title")


def test_a_wrong_field_is_said_with_the_known_ones(opened: Open, told: Told) -> None:
    told.tell("db02", "disk", State.WARNING, 1, labels={"team": "db"})
    page = opened("/?q=taem%3Ddb")
    error = page.locator("main .error").text_content()
    assert "no such field: 'taem'; did you mean team?" in error
    assert "entity, check, severity" in error
    assert page.locator("text=Nothing is wrong").count() == 0
