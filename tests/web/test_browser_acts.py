"""The board in a real browser: what people do, how much it shows, and whether it is true."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import grafherald
from grafherald.event import Event, Kind, State
from grafherald.history import acts
from grafherald.history.record import record
from grafherald.store import Database

from .conftest import PASSWORD, Told, hurry, log_in, served
from .test_browser import keep, seen_in_both_schemes

Make = Callable[..., Flask]
Open = Callable[..., Any]
pytestmark = pytest.mark.real
WIDTHS = {360: 740, 800: 900, 1400: 900}
SCHEMES = ("light", "dark")
FOCUSED = "document.activeElement.textContent"
PLACE = """() => { const at = document.activeElement;
  if (at === document.body) return null;
  const box = at.getBoundingClientRect();
  const row = at.closest("header, .bar, .headline, .row, .recent li") || at;
  return [Math.round(row.getBoundingClientRect().top + scrollY), Math.round(box.left)]; }"""
AXE = Path(__file__).parent / "axe"


@pytest.fixture(scope="session")
def axe() -> str:
    script = AXE / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file() and shutil.which("npm"):
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=AXE, check=False)
    if not script.is_file():
        pytest.skip("axe-core cannot be installed by npm")
    return script.read_text()


def violations(page: Any, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found]


def fill(database: Database, number: int) -> None:
    """Open *number* alerts, of which none was there."""
    now = datetime.now(timezone.utc)
    with database.transaction(alone=True):
        for place in range(number):
            status = place % 3 + 1
            state = State.from_status(status)
            labels = {"team": ("db", "web", "infra")[place % 3]}
            event = Event(
                "sensu-go",
                Kind.PROBLEM,
                state,
                status,
                f"host{place:04}.example.com",
                f"check-{place % 7}",
                f"it is {state.value}: 97 % used",
                now - timedelta(minutes=place % 900, seconds=20),
                perfdata="used=97%;90;95",
                labels=labels,
            )
            record(database, event, now)


def viewport(width: int) -> dict[str, Any]:
    return {"width": width, "height": WIDTHS[width]}


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


def test_it_says_since_when_it_is_not_connected(browser: Any, make_app: Make, told: Told) -> None:
    context = browser.new_context()
    context.clock.install()
    page = context.new_page()
    app = make_app(password=PASSWORD, open=True)
    with served(app) as url:
        page.goto(url)
        page.wait_for_selector("#updates:has-text('Live')")
    hurry(page)
    page.wait_for_selector("#lost:has-text('Not connected since')")
    assert "What is shown is from" in page.locator("#lost").text_content()
    keep(page, "lost")
    told.tell("new01", "cpu", State.CRITICAL, 0)
    with served(make_app(password=PASSWORD, open=True), int(url.rpartition(":")[2])):
        hurry(page)
        page.wait_for_selector("text=4 open alerts")
        page.wait_for_selector("#lost", state="hidden")
    context.close()


def daemon(folder: Path, port: int) -> subprocess.Popen[bytes]:
    settings = {
        "store": f"sqlite:///{folder}/daemon.db",
        "listen": {"http": f"127.0.0.1:{port}"},
        "channels": {"look": {"type": "file", "directory": str(folder / "out")}},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "grafherald", "serve", "--config"]
    environment = {**os.environ, "PYTHONPATH": str(Path(grafherald.__file__).parent.parent)}
    return subprocess.Popen(
        [*command, f"{folder}/settings.json"], stderr=subprocess.DEVNULL, env=environment
    )


def reached(page: Any, url: str) -> None:
    """Open a page as soon as the daemon is there."""
    for _ in range(100):
        try:
            page.goto(url)
            return
        except Exception as error:
            if "ERR_CONNECTION_REFUSED" not in str(error):
                raise
            time.sleep(0.1)


def test_a_daemon_that_is_killed_is_missed_and_one_that_comes_back_is_seen(
    browser: Any, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    context = browser.new_context()
    page = context.new_page()
    first = daemon(tmp_path, port)
    try:
        reached(page, f"http://127.0.0.1:{port}/")
        page.wait_for_selector("text=Nothing is wrong.")
        first.kill()
        first.wait()
        page.wait_for_selector("#lost:has-text('Not connected since')", timeout=10_000)
        second = daemon(tmp_path, port)
        try:
            page.wait_for_selector("#lost", state="hidden", timeout=20_000)
        finally:
            second.terminate()
            second.wait()
    finally:
        first.kill()
        first.wait()
        context.close()


def test_the_login_comes_when_the_session_is_over(browser: Any, make_app: Make) -> None:
    context = browser.new_context()
    context.clock.install()
    page = context.new_page()
    with served(make_app(password=PASSWORD)) as url:
        log_in(context, url)
        page.goto(f"{url}/?q=web01")
        page.wait_for_selector("#updates:has-text('Live')")
        context.clear_cookies()
        hurry(page)
        page.wait_for_url("**/login?then=%2F%3Fq%3Dweb01")
    context.close()


def test_times_are_the_readers_and_utc_is_at_hand(opened: Open, told: Told) -> None:
    page = opened("/alerts/1", timezone_id="Asia/Kathmandu", locale="en-GB")
    shown = page.locator("article time >> nth=1")
    utc = datetime.now(timezone.utc) - timedelta(minutes=200)
    there = utc + timedelta(hours=5, minutes=45)
    assert there.strftime("%H:%M") in shown.text_content()
    assert utc.strftime("%Y-%m-%d %H:%M") in shown.get_attribute("title")


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


def test_a_wrong_field_is_said_with_the_known_ones(opened: Open, told: Told) -> None:
    told.tell("db02", "disk", State.WARNING, 1, labels={"team": "db"})
    page = opened("/?q=taem%3Ddb")
    error = page.locator("main .error").text_content()
    assert "no such field: 'taem'; did you mean team?" in error
    assert "entity, check, severity" in error
    assert page.locator("text=Nothing is wrong").count() == 0


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
    page.goto(board)
    page.wait_for_selector("#muted:has-text('no sound until')")
    page.keyboard.press("j")
    page.wait_for_selector("#muted", state="hidden")
    page.goto(board + "/numbers")
    context.close()
