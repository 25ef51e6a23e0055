"""Who may do what: every route of the board, for everybody who may send a request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from grafherald.delivery.backlog import Backlog
from grafherald.delivery.outbox import FAILED
from grafherald.history import acts
from grafherald.web.people import Role, hashed

from .conftest import Told

Make = Callable[..., Flask]
Became = dict[str, str]  # by route
OWN = {"Sec-Fetch-Site": "same-origin"}
HASH = hashed("her own")
USERS = {
    "eve": {"password": HASH, "role": "look"},
    "jane": {"password": HASH, "role": "act"},
    "root": {"password": HASH, "role": "administer"},
    "lee": {"role": "act"},  # of whom a proxy alone may speak
}
ROUTES = {
    "GET /": Role.LOOK,
    "GET /wall": Role.LOOK,
    "GET /outbox": Role.LOOK,
    "GET /numbers": Role.LOOK,
    "GET /several": Role.LOOK,
    "GET /changes": Role.LOOK,
    "GET /alerts/<int:number>": Role.LOOK,
    "GET /alerts/<int:number>/act": Role.LOOK,
    "GET /alerts/<int:number>/event": Role.LOOK,
    "GET /alerts/<int:number>/now.png": Role.LOOK,
    "GET /alerts/<int:number>/live.svg": Role.LOOK,
    "POST /alerts/<int:number>/<any(acknowledge, take):what>": Role.ACT,
    "POST /alerts/<int:number>/silence": Role.ACT,
    "POST /several": Role.ACT,
    "POST /acts/<int:number>/undo": Role.ACT,
    "POST /acts/undo": Role.ACT,
    "POST /outbox/<int:number>/<any(retry, drop):action>": Role.ADMINISTER,
    "GET /assets/<digest>/<name>": Role.NOBODY,
    "GET /login": Role.NOBODY,
    "POST /login": Role.NOBODY,
    "POST /logout": Role.NOBODY,
}
SCRIPTS = ("/changes", "/now.png", "/live.svg")  # and pictures, which nobody leads to a page
FORM = {"hours": "1", "scope": "entity", "alert": "1", "act": "1", "user": "", "password": ""}


def routes(app: Flask) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield f"{method} {rule.rule}"


def log_in(client: FlaskClient, name: str) -> FlaskClient:
    form = {"user": name, "password": "her own", "then": "/"}
    assert client.post("/login", data=form, headers=OWN).status_code == 303
    return client


def token(client: FlaskClient, **options: Any) -> str:
    """What a page gives its forms: everybody with a name has a page with one."""
    found = re.search(r'name="token" value="(\w+)"', client.get("/alerts/1", **options).text)
    return found[1] if found else ""


@pytest.fixture
def delivery(told: Told) -> int:
    """A delivery that failed, and an act that can be undone."""
    now = datetime.now(timezone.utc)
    acts.silence(told.database, (("entity", "web01"),), timedelta(hours=1), "joe", "", now, 1)
    return Backlog(told.database).deliveries([FAILED], 1)[0].id


def send(
    client: FlaskClient, route: str, delivery: int, form: dict[str, str], **options: Any
) -> str:
    """Send a request; refused, led to the login, or passed is what becomes of it."""
    method, _, rule = route.partition(" ")
    path = re.sub(r"<any\((\w+),.*?>", r"\1", rule).replace("<digest>/<name>", "0/board.css")
    path = path.replace("<int:number>", str(delivery) if "/outbox/" in rule else "1")
    given = {"data": form} if method == "POST" else {}
    answer = client.open(path, method=method, **{"headers": OWN, **given, **options})
    assert answer.status_code < 500 or "live.svg" in path, answer.text
    if answer.status_code in (401, 403):
        return "refused"
    return "login" if answer.headers.get("Location", "").startswith("/login?") else "passed"


def test_the_table_has_every_route(make_app: Make) -> None:
    assert set(routes(make_app(users=USERS))) == ROUTES.keys()


def became(client: FlaskClient, delivery: int, form: dict[str, str], **options: Any) -> Became:
    """What becomes of a request to each route."""
    return {route: send(client, route, delivery, form, **options) for route in ROUTES}


def expected(role: Role, otherwise: str = "refused") -> Became:
    """What is to become of them, for somebody of this *role* who gives a wrong password."""
    found = {route: "passed" if role >= least else otherwise for route, least in ROUTES.items()}
    return {**found, "POST /login": "refused"}


@pytest.mark.parametrize(
    ("name", "role"), [("eve", Role.LOOK), ("jane", Role.ACT), ("root", Role.ADMINISTER)]
)
def test_who_is_logged_in_may_do_what_the_role_says(
    make_app: Make, told: Told, delivery: int, name: str, role: Role
) -> None:
    client = log_in(make_app(users=USERS).test_client(), name)
    assert became(client, delivery, {**FORM, "token": token(client)}) == {
        **expected(role),
        "POST /logout": "passed",
    }
    assert len(acts.latest(told.database, 9)) == (1 if role is Role.LOOK else 4)


def test_who_is_not_logged_in_is_led_to_the_login(
    make_app: Make, told: Told, delivery: int
) -> None:
    client = make_app(users=USERS).test_client()
    by_scripts = dict.fromkeys((r for r in ROUTES if r.endswith(SCRIPTS)), "refused")
    assert became(client, delivery, FORM) == {**expected(Role.NOBODY, "login"), **by_scripts}
    assert len(acts.latest(told.database, 9)) == 1


def test_on_an_open_board_anybody_may_look_and_no_more(
    make_app: Make, told: Told, delivery: int
) -> None:
    client = make_app(users=USERS, open=True).test_client()
    assert became(client, delivery, FORM) == expected(Role.LOOK, "login")
    assert len(acts.latest(told.database, 9)) == 1


@pytest.mark.parametrize("how", ["without a token", "another's token", "from another site"])
def test_nothing_is_done_without_a_form_of_ours(
    make_app: Make, told: Told, delivery: int, how: str
) -> None:
    app = make_app(users=USERS)
    client, other = log_in(app.test_client(), "root"), log_in(app.test_client(), "root")
    form = {**FORM, "token": token(other if how == "another's token" else client)}
    if how == "without a token":
        del form["token"]
    headers = {"Sec-Fetch-Site": "cross-site"} if how == "from another site" else OWN
    found = became(client, delivery, form, headers=headers)
    refused = {route: what for route, what in found.items() if route.startswith("POST")}
    if how != "from another site":
        assert refused.pop("POST /logout") == "passed", "it only ends the session"
    assert set(refused.values()) == {"refused"}
    assert len(acts.latest(told.database, 9)) == 1
    assert Backlog(told.database).depth()[FAILED] == 1


@pytest.mark.parametrize(
    ("name", "role"), [("lee", Role.ACT), ("somebody", Role.LOOK), ("root", Role.ADMINISTER)]
)
def test_a_listed_proxys_word_counts_as_a_login_and_nobody_elses(
    make_app: Make, told: Told, delivery: int, name: str, role: Role
) -> None:
    client = make_app(users=USERS, trusted_proxies=["10.0.0.0/8"]).test_client()
    said = {"HTTP_X_REMOTE_USER": name}
    listed = {"environ_base": {"REMOTE_ADDR": "10.1.2.3"}, "environ_overrides": said}
    elsewhere = {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}, "environ_overrides": said}
    form = {**FORM, "token": token(client, **listed)}
    found = became(client, delivery, form, **elsewhere)
    assert {r for r, what in found.items() if what == "passed"} == {
        route for route, least in ROUTES.items() if least is Role.NOBODY
    } - {"POST /login"}
    assert len(acts.latest(told.database, 9)) == 1
    assert became(client, delivery, form, **listed) == expected(role)


def test_whom_the_settings_give_no_password_can_not_log_in(make_app: Make) -> None:
    client = make_app(users=USERS).test_client()
    for password in ("", "her own"):
        form = {"user": "lee", "password": password, "then": "/"}
        assert client.post("/login", data=form, headers=OWN).status_code == 401


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"jane": {"password": hashed("another"), "role": "act"}}, "jane"),
        ({"root": USERS["root"]}, "jane"),
    ],
)
def test_a_session_ends_with_its_password_and_its_person(
    make_app: Make, told: Told, delivery: int, changed: dict[str, Any], name: str
) -> None:
    before, after = make_app(users=USERS).test_client(), make_app(users=changed).test_client()
    log_in(before, name)
    cookie = before.get_cookie("grafherald")
    assert cookie
    after.set_cookie("grafherald", cookie.value)
    assert before.get("/").status_code == 200
    for route, what in became(after, delivery, FORM).items():
        assert what != "passed" or ROUTES[route] is Role.NOBODY
    assert len(acts.latest(told.database, 9)) == 1


def test_a_session_is_over_after_a_shift(make_app: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    client = log_in(make_app(users=USERS).test_client(), "jane")
    assert client.get("/").status_code == 200
    later = datetime.now(timezone.utc) + timedelta(hours=12, seconds=1)
    monkeypatch.setattr("time.time", later.timestamp)
    assert client.get("/").status_code == 303
    assert client.get("/changes").status_code == 401
