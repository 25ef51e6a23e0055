"""The board behind a proxy that asks for it by another name than people do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from .. import nginx
from .conftest import PASSWORD, served
from .test_acts import token

Make = Callable[..., Flask]
FORM = {"user": "oncall", "password": PASSWORD, "then": "/"}
PUBLIC = {"settings": {"public_url": "http://board.example:81"}}
TRUSTED = {"trusted_proxies": ["10.0.0.0/8"]}


@pytest.mark.parametrize(
    ("board", "headers", "address", "status"),
    [
        ({}, {"Origin": "http://board.example:81"}, "10.1.2.3", 403),
        (PUBLIC, {"Origin": "http://board.example:81"}, "10.1.2.3", 303),
        (PUBLIC, {"Origin": "http://BOARD.example:81"}, "10.1.2.3", 303),
        (PUBLIC, {"Origin": "http://board.example"}, "10.1.2.3", 403),
        (PUBLIC, {"Origin": "http://evil.example"}, "10.1.2.3", 403),
        (PUBLIC, {"Origin": "null"}, "10.1.2.3", 403),
        (PUBLIC, {}, "10.1.2.3", 403),
        (
            PUBLIC,
            {"Origin": "http://board.example:81", "Sec-Fetch-Site": "cross-site"},
            "10.1.2.3",
            403,
        ),
        (
            TRUSTED,
            {"Origin": "http://board.example", "X-Forwarded-Host": "evil.example, board.example"},
            "10.1.2.3",
            303,
        ),
        (
            TRUSTED,
            {"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example, board.example"},
            "10.1.2.3",
            403,
        ),
        (
            TRUSTED,
            {"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example"},
            "192.0.2.7",
            403,
        ),
        (
            {},
            {"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example"},
            "10.1.2.3",
            403,
        ),
    ],
)
def test_a_form_counts_from_the_addresses_that_are_the_boards(
    make_app: Make, board: dict[str, Any], headers: dict[str, str], address: str, status: int
) -> None:
    client = make_app(password=PASSWORD, **board).test_client()
    place = {"REMOTE_ADDR": address, "HTTP_HOST": "127.0.0.1:3030"}
    answer = client.post("/login", data=FORM, headers=headers, environ_base=place)
    assert answer.status_code == status


def test_who_is_refused_reads_what_to_do(make_app: Make) -> None:
    client = make_app(password=PASSWORD).test_client()
    hostile = {"Origin": "http://<b>board.example", "Host": "127.0.0.1:3030"}
    html = client.post("/login", data=FORM, headers=hostile).text
    assert "The form comes from http://&lt;b&gt;board.example" in html
    assert "asked for as 127.0.0.1:3030" in html
    assert "set public_url to the address that people use" in html


def test_one_comes_back_to_the_page_that_the_browser_was_on(make_app: Make) -> None:
    client = make_app(password=PASSWORD, open=True, **PUBLIC).test_client()
    client.post("/login", data=FORM, headers={"Origin": "http://board.example:81"})
    for referrer, then in (
        ("http://board.example:81/?q=web01", "/?q=web01"),
        ("http://evil.example/?q=web01", "/"),
    ):
        html = client.get("/alerts/1/act", headers={"Referer": referrer}).text
        assert f'name="then" value="{then}"' in html


@pytest.mark.parametrize(("origin", "secure"), [("https", True), ("http", False)])
def test_the_cookie_goes_by_https_alone_where_the_login_did(
    make_app: Make, origin: str, secure: bool
) -> None:
    client = make_app(password=PASSWORD, **PUBLIC).test_client()
    client.post("/login", data=FORM, headers={"Origin": f"{origin}://board.example:81"})
    cookie = client.get_cookie("grafherald")
    assert cookie
    assert cookie.secure is secure


@pytest.mark.real
@pytest.mark.parametrize("is_known", [True, False])
def test_behind_nginx_that_changes_the_host_over_plain_http(
    browser: Any, make_app: Make, tmp_path: Path, is_known: bool
) -> None:
    port = nginx.free_port()
    public = f"http://board.example:{port}"  # no secure context, unlike 127.0.0.1
    settings = {"public_url": public} if is_known else {}
    page = browser.new_page()
    with (
        served(make_app(password=PASSWORD, settings=settings)) as board,
        nginx.running(tmp_path, port, f"location / {{ proxy_pass {board}; }}"),
    ):
        page.goto(f"{public}/alerts/1")
        page.fill("input[name=user]", "oncall")
        page.fill("input[name=password]", PASSWORD)
        page.click("main button")
        if is_known:
            page.click("button:has-text('Acknowledge')")
            page.wait_for_selector("text=oncall acknowledged")
        else:
            assert "set public_url to the address" in page.locator("main").text_content()
    page.close()


def test_a_form_token_is_asked_for_whatever_the_address(make_app: Make) -> None:
    client = make_app(password=PASSWORD, open=True, **PUBLIC).test_client()
    origin = {"Origin": "http://board.example:81"}
    client.post("/login", data=FORM, headers=origin)
    assert token(client)
    answer = client.post("/alerts/1/acknowledge", data={"token": "0" * 64}, headers=origin)
    assert answer.status_code == 403
