from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from flask import Flask
from flask.testing import FlaskClient

from grafherald.delivery.backlog import Backlog
from grafherald.delivery.outbox import DROPPED, DUE, FAILED, Outbox
from grafherald.errors import ConfigError
from grafherald.event import State

from .conftest import HOSTILE, PASSWORD, PNG, Told

Make = Callable[..., Flask]
OWN = {"Sec-Fetch-Site": "same-origin"}


def page(client: FlaskClient, path: str = "/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def titles(html: str) -> list[str]:
    """Return the open alerts, in order."""
    names = re.findall(r'<a class="title".*?</a>', html)
    return [re.sub(r"<.*?>", "", name) for name in names]


def log_in(client: FlaskClient, password: str = PASSWORD) -> int:
    form = {"user": "oncall", "password": password, "then": "/outbox"}
    return client.post("/login", data=form, headers=OWN).status_code


def token(client: FlaskClient) -> str:
    found = re.search(r'name="token" value="(\w+)"', page(client, "/outbox"))
    return found[1] if found else ""


def failed(told: Told) -> int:
    return Backlog(told.database).deliveries([FAILED], 1)[0].id


def test_open_alerts_come_first_the_worst_of_them_before_all(client: FlaskClient) -> None:
    html = page(client)
    assert titles(html) == ["web01/cpu", "evil/xss", "db01/disk"]
    assert html.index("3 open alerts") < html.index("Ended in the past 24 hours")
    assert "web02</bdi>/<wbr><bdi>load" in html[html.index("Ended in") :]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=web01", ["web01/cpu"]),
        ("q=entity%3Ddb*", ["db01/disk"]),
        ("q=severity%3E%3Dunknown", ["web01/cpu", "evil/xss"]),
        ("severity=warning", ["db01/disk"]),
        ("q=nobody", []),
        ("severity=x&last=x", ["web01/cpu", "evil/xss", "db01/disk"]),
    ],
)
def test_the_address_says_what_is_searched(
    client: FlaskClient, query: str, expected: list[str]
) -> None:
    html = page(client, f"/?{query}")
    assert titles(html) == expected
    assert "Nothing is wrong" not in html
    assert ("None of the 3 open alerts matches" in html) is not bool(expected)
    assert (f"{len(expected)} of 3 shown" in html) is (len(expected) < 3)


def test_a_search_that_can_not_be_read_says_why(client: FlaskClient) -> None:
    html = page(client, "/?q=name%3D~(%3Cb%3E")
    assert "name =~: is no regular expression" in html
    assert "(<b>" not in html


def test_the_past_is_as_long_as_chosen(client: FlaskClient) -> None:
    assert "web02" not in page(client, "/?last=1h")
    assert "web02" in page(client, "/?last=6h")


@pytest.mark.parametrize("path", ["/", "/alerts/3", "/outbox"])
def test_hostile_text_is_only_text(client: FlaskClient, path: str) -> None:
    html = page(client, path)
    assert "<script>window" not in html
    assert "<img src=x" not in html
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", html)


def test_the_alerts_own_page(client: FlaskClient, told: Told) -> None:
    html = page(client, "/alerts/1")
    for part in (
        "97 % used",
        "#room",
        "the room is gone",
        "1 attempt",
        "https://wiki.example/disk",
    ):
        assert part in html
    assert f'src="{told.pictures}/1.png"' in html
    assert re.search(r'src="/alerts/1/live\.svg\?at=\d+&amp;large&amp;theme=light"', html)
    states = re.findall(r'<rect .*?class="(\w+)"', html)
    assert states == ["warning", "critical", "critical"], "two states, one incident in 30 days"


def test_a_delivery_tells_of_each_attempt_that_failed(client: FlaskClient, told: Told) -> None:
    outbox = Outbox(told.database)
    now = datetime.now(timezone.utc)
    (delivery,) = Backlog(told.database).deliveries([FAILED], 1)
    Backlog(told.database).retry_now(delivery.id, now)
    claimed = outbox.claim(now, timedelta(minutes=1), events=[delivery.event_id])
    outbox.retry(claimed, now + timedelta(minutes=1), "answered <503>", now)
    html = page(client, "/alerts/1")
    assert "2 failed attempts" in html
    attempts = re.findall(r'<li value="(\d)">.*?<span class="small">(.*?)</span>', html)
    assert attempts == [("1", "the room is gone"), ("2", "answered &lt;503&gt;")]


def test_the_raw_event_as_text(client: FlaskClient) -> None:
    answer = client.get("/alerts/3/event")
    assert answer.mimetype == "text/plain"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert HOSTILE.encode("utf-8", "replace") in answer.data


def test_the_picture_as_it_is_now(client: FlaskClient) -> None:
    answer = client.get("/alerts/1/now.png")
    assert answer.mimetype == "image/png"
    assert answer.data[:8] == PNG[:8]


@pytest.mark.parametrize("path", ["/alerts/999", f"/alerts/{2**80}", "/alerts/999/event"])
def test_what_is_not_there_is_said(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_nothing_but_our_own_runs_or_loads(client: FlaskClient, told: Told) -> None:
    for path in ("/", "/alerts/1", "/outbox", "/login", "/alerts/999"):
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert not re.search(
            r"<script(?! src=\"/assets/)|<style|<\w[^<>]*\s(on\w+|style)=", answer.text
        )
    assert f"img-src 'self' {told.pictures};" in client.get("/").headers["Content-Security-Policy"]


def test_assets_are_kept_by_browsers_and_change_their_address(client: FlaskClient) -> None:
    for path in re.findall(r'"(/assets/[^"]+)"', page(client)):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
    assert client.get("/assets/0/login.html").status_code == 404


def test_a_page_that_did_not_change_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get("/outbox")
    again = client.get("/outbox", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_a_full_board_is_small(client: FlaskClient, told: Told) -> None:
    for number in range(70):
        told.tell(
            f"host{number}.example.com", "check-of-something", State.CRITICAL, 9, output="<" * 4000
        )
        if number % 2:
            told.tell(f"host{number}.example.com", "check-of-something", State.OK, 5)
    html = page(client)
    assets = sum(len(client.get(path).data) for path in re.findall(r'"(/assets/[^"]+)"', html))
    assert len(html.encode()) + assets < 150_000
    packed = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data).decode() == html
    assert len(packed.data) < 20_000


def test_a_browser_asks_whether_anything_changed(client: FlaskClient, told: Told) -> None:
    shown = re.search(r'data-live="([^"]+)"', page(client))
    assert shown
    have = {"If-None-Match": f'"{shown[1]}"'}
    assert client.get("/changes", headers=have).status_code == 304
    told.tell("new", "cpu", State.WARNING, 1)
    changed = client.get("/changes", headers=have)
    assert (changed.status_code, changed.text != shown[1]) == (200, True)


def test_a_daemon_that_was_started_anew_is_another(make_app: Make) -> None:
    one, other = (make_app(open=True).test_client().get("/changes").text for _ in range(2))
    assert one != other


def test_who_is_not_logged_in_can_change_nothing(client: FlaskClient, told: Told) -> None:
    number = failed(told)
    answer = client.post(f"/outbox/{number}/retry", headers=OWN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?then=%2Foutbox")
    assert Backlog(told.database).deliveries([FAILED], 1)[0].id == number
    assert "<button aria-label" not in page(client, "/outbox")


@pytest.mark.parametrize(("action", "state"), [("retry", DUE), ("drop", DROPPED)])
def test_what_failed_is_retried_or_dropped_after_a_login(
    client: FlaskClient, told: Told, action: str, state: str
) -> None:
    assert log_in(client) == 303
    number = failed(told)
    form = {"token": token(client)}
    answer = client.post(f"/outbox/{number}/{action}", data=form, headers=OWN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/outbox")
    delivery = Backlog(told.database).delivery(number)
    assert delivery
    assert delivery.state == state
    again = client.post("/outbox/9999/drop", data=form, headers=OWN)
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("headers", "data"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Origin": "https://evil.example"}, True),
        ({"Origin": "http://["}, True),
        ({}, True),
        (OWN, False),
    ],
)
def test_a_form_of_another_site_changes_nothing(
    client: FlaskClient, told: Told, headers: dict[str, str], data: bool
) -> None:
    log_in(client)
    form = {"token": token(client)} if data else {"token": "0" * 64}
    answer = client.post(f"/outbox/{failed(told)}/drop", data=form, headers=headers)
    assert answer.status_code == 403
    assert Backlog(told.database).depth()[FAILED] == 1


def test_a_form_that_is_come_to_from_an_odd_page_leads_back_to_the_board(
    client: FlaskClient, told: Told
) -> None:
    log_in(client)
    number = told.tell("odd01", "cpu", State.CRITICAL, 0)
    answer = client.get(f"/alerts/{number}/act", headers={"Referer": "http://["})
    assert answer.status_code == 200
    assert 'name="then" value="/"' in answer.text


def test_a_wrong_password_and_many_of_them(client: FlaskClient) -> None:
    assert [log_in(client, "x") for _ in range(10)] == [401] * 10
    assert log_in(client) == 429


def test_a_session_is_known_by_its_signature(client: FlaskClient) -> None:
    log_in(client)
    cookie = client.get_cookie("grafherald")
    assert cookie
    assert (cookie.http_only, cookie.same_site) == (True, "Lax")
    until, nonce, name, signature = cookie.value.split(".")
    for wrong in (
        f"{int(until) + 1}.{nonce}.{name}.{signature}",
        f"{until}.{nonce}..{signature}",
        f"{until}.{nonce}.{name}.",
        "",
        "...",
        "a.b.c.d",
        "\xe9.\xe9.\xe9.\xe9",
    ):
        client.set_cookie("grafherald", wrong)
        assert "Log out" not in page(client)


def test_after_a_logout_nobody_is_logged_in(client: FlaskClient) -> None:
    log_in(client)
    assert "Log out" in page(client)
    client.post("/logout", headers=OWN)
    assert "Log out" not in page(client)


def test_an_alert_whose_picture_was_never_made_says_so(make_app: Make, told: Told) -> None:
    told.pictures = "nowhere"
    panel = "https://grafana.example.com/render/d-solo/node/host?panelId=2"
    number = told.tell("dark01", "cpu", State.CRITICAL, 0, attributes={"graph_image": (panel,)})
    html = page(make_app(open=True, grafana="").test_client(), f"/alerts/{number}")
    assert "No picture was made; the live panel has the graph." in html
    assert "<figure>" not in html


@pytest.mark.parametrize(
    "then",
    [
        "//evil.example",
        "//[",
        "https://evil.example",
        "/\\evil.example",
        "x",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\u200b/x",
    ],
)
def test_a_login_leads_nowhere_else(client: FlaskClient, then: str) -> None:
    form = {"user": "oncall", "password": PASSWORD, "then": then}
    answer = client.post("/login", data=form, headers=OWN)
    assert answer.headers["Location"] == "/"


@pytest.mark.slow
def test_ten_wrong_passwords_slow_the_address_that_sent_them_alone(make_app: Make) -> None:
    app = make_app(password=PASSWORD, trusted_proxies=["192.0.2.1"])

    def tried(password: str, address: str, **headers: str) -> int:
        client = app.test_client()
        form = {"user": "oncall", "password": password, "then": "/"}
        place = {"REMOTE_ADDR": address}
        return client.post(
            "/login", data=form, headers={**OWN, **headers}, environ_base=place
        ).status_code

    for number in range(10):
        assert tried("wrong", "198.51.100.7") == 401
        assert tried("wrong", "192.0.2.1", **{"X-Forwarded-For": "1.2.3.4, 203.0.113.9"}) == 401
        assert tried("wrong", f"2001:db8::{number}") == 401
    assert tried(PASSWORD, "198.51.100.7") == 429
    assert tried(PASSWORD, "198.51.100.7", **{"X-Forwarded-For": "1.2.3.4"}) == 429
    assert tried(PASSWORD, "198.51.100.8") == 303
    assert tried(PASSWORD, "192.0.2.1", **{"X-Forwarded-For": "203.0.113.9"}) == 429
    assert tried(PASSWORD, "192.0.2.1", **{"X-Forwarded-For": "203.0.113.10"}) == 303
    assert tried(PASSWORD, "2001:db8::ffff") == 429
    assert tried(PASSWORD, "2001:db8:0:1::1") == 303


def test_with_a_password_all_pages_ask_for_it(make_app: Make) -> None:
    client = make_app(password=PASSWORD).test_client()
    answer = client.get("/alerts/1?x=1")
    assert answer.headers["Location"] == "/login?then=%2Falerts%2F1%3Fx%3D1"
    assert client.get("/changes").status_code == 401
    assert client.get("/alerts/1/event").status_code == 303
    log_in(client)
    assert "97 % used" in page(client, "/alerts/1")


def test_without_a_password_this_machine_may_look(make_app: Make) -> None:
    client = make_app().test_client()
    assert "3 open alerts" in page(client)
    assert client.get("/login").status_code == 404
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 403


def test_without_a_password_nobody_else_is_served(make_app: Make) -> None:
    with pytest.raises(ConfigError, match=r"board\.password: is needed"):
        make_app(is_local=False)
