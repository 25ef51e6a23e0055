"""What people do on the board, and who may."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from flask import Flask
from flask.testing import FlaskClient

from grafherald.delivery.backlog import Backlog
from grafherald.delivery.outbox import DUE, FAILED, SENT, Outbox
from grafherald.errors import ConfigError
from grafherald.event import Event, Kind, State
from grafherald.history import acts
from grafherald.history.record import record
from grafherald.web.people import hashed, matches

from .conftest import HOSTILE, PASSWORD, Told

Make = Callable[..., Flask]
OWN = {"Sec-Fetch-Site": "same-origin"}
HASH = hashed("jane's own")
USERS = {
    "jane": {"password": HASH},
    "root": {"password": HASH, "role": "administer"},
    "eve": {"password": HASH, "role": "look"},
}


def log_in(client: FlaskClient, user: str, password: str = "jane's own") -> int:
    form = {"user": user, "password": password, "then": "/"}
    return client.post("/login", data=form, headers=OWN).status_code


def token(client: FlaskClient, path: str = "/alerts/1", **headers: str) -> str:
    found = re.search(r'name="token" value="(\w+)"', client.get(path, headers=headers).text)
    return found[1] if found else ""


def do(client: FlaskClient, path: str, **form: str) -> tuple[int, str]:
    """Send a form of the page; return the status and where it leads."""
    answer = client.post(path, data={"token": token(client), **form}, headers=OWN)
    return answer.status_code, answer.headers.get("Location", "")


@pytest.fixture
def jane(make_app: Make) -> FlaskClient:
    """A board that anybody may look at, and jane act on."""
    client = make_app(users=USERS, open=True).test_client()
    assert log_in(client, "jane") == 303
    return client


@pytest.fixture
def shift(make_app: Make) -> FlaskClient:
    """A board with one login that a shift shares."""
    client = make_app(password=PASSWORD, open=True).test_client()
    assert log_in(client, "oncall", PASSWORD) == 303
    return client


def now() -> datetime:
    return datetime.now(timezone.utc)


def test_an_alert_is_acknowledged_with_a_word(jane: FlaskClient, told: Told) -> None:
    status, where = do(jane, "/alerts/1/acknowledge", comment="looking", then="/?q=web01")
    assert (status, where) == (303, "/?q=web01&did=1")
    (act,) = acts.of_alert(told.database, 1)
    assert (act.author, act.comment, act.what.value) == ("jane", "looking", "acknowledge")
    html = jane.get("/").text
    assert "2 of 3 shown" in html
    assert html.index('id="acknowledged"') < html.index("jane: looking")
    offered = jane.get(where).text
    assert "jane acknowledged" in offered
    assert 'action="/acts/1/undo"' in offered


def test_the_alerts_channels_are_told(make_app: Make, told: Told) -> None:
    channel = {"type": "file", "directory": str(told.folder)}
    client = make_app(users=USERS, settings={"channels": {"look": channel}}).test_client()
    log_in(client, "jane")
    do(client, "/alerts/1/acknowledge", comment="looking")
    (delivery,) = Backlog(told.database).deliveries([DUE], 9)
    assert (delivery.channel, delivery.alert_id) == ("look", 1)
    event = delivery.event
    assert (event.kind, event.author, event.comment) == (Kind.ACKNOWLEDGEMENT, "jane", "looking")


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/alerts/1/acknowledge", {}),
        ("/alerts/1/take", {}),
        ("/alerts/1/silence", {"hours": "4", "scope": "entity"}),
    ],
)
def test_a_second_click_does_nothing_more(
    make_app: Make, told: Told, path: str, form: dict[str, str]
) -> None:
    channel = {"type": "file", "directory": str(told.folder)}
    client = make_app(users=USERS, settings={"channels": {"look": channel}}).test_client()
    log_in(client, "jane")
    answers = {do(client, path, comment="looking", **form) for _ in range(2)}
    assert answers == {(303, "/?did=1")}
    assert len(Backlog(told.database).deliveries([DUE], 9)) == 1
    do(client, path, comment="another word", **form)
    assert len(acts.of_alert(told.database, 1)) == 2


def test_who_knows_of_an_alert_is_told_of_its_silence_and_of_the_end(
    make_app: Make, told: Told
) -> None:
    channel = {"type": "file", "directory": str(told.folder)}
    client = make_app(users=USERS, settings={"channels": {"look": channel}}).test_client()
    log_in(client, "jane")
    backlog = Backlog(told.database)
    do(client, "/alerts/1/silence", hours="4", scope="entity", comment="new disk")
    do(client, "/acts/1/undo")
    told_of = [delivery.event for delivery in backlog.deliveries([DUE], 9)]
    assert {event.id: (event.kind, event.author, event.comment) for event in told_of} == {
        "board-act-1": (Kind.DOWNTIME_START, "jane", "silenced host web01 for 4 h: new disk"),
        "board-act-1-undone": (
            Kind.DOWNTIME_CANCELLED,
            "jane",
            "silenced host web01 for 4 h: new disk",
        ),
    }
    assert {(d.channel, d.alert_id) for d in backlog.deliveries([DUE], 9)} == {("look", 1)}


def test_a_silence_of_what_nobody_knows_of_is_quiet(make_app: Make, told: Told) -> None:
    channel = {"type": "file", "directory": str(told.folder)}
    client = make_app(users=USERS, settings={"channels": {"look": channel}}).test_client()
    log_in(client, "jane")
    event = Event("sensu-go", Kind.PROBLEM, State.CRITICAL, 2, "db07", "disk", "full", now())
    number = record(told.database, event, now()).alert
    assert do(client, f"/alerts/{number}/silence", hours="1", scope="entity")[0] == 303
    assert Backlog(told.database).deliveries([DUE], 99) == []


def test_an_alert_is_taken_and_given_back(jane: FlaskClient, told: Told) -> None:
    do(jane, "/alerts/2/take")
    assert "jane has it" in jane.get("/alerts/2").text
    assert re.findall(r'data-alert="(\d+)"', jane.get("/?show=mine").text) == ["2"]
    status, where = do(jane, "/acts/1/undo", then="/alerts/2?did=1&x=y")
    assert (status, where) == (303, "/alerts/2?x=y")
    assert "jane has it" not in jane.get("/alerts/2").text
    assert "jane took that back: took it" in jane.get("/alerts/2").text
    assert do(jane, "/acts/1/undo")[0] == 409


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("here", (("entity", "db01"), ("check", "disk"))),
        ("entity", (("entity", "db01"),)),
        ("check", (("check", "disk"),)),
        ('["team", "db"]', (("label:team", "db"),)),
    ],
)
def test_a_silence_is_by_host_check_or_label(
    jane: FlaskClient, told: Told, scope: str, expected: acts.Scope
) -> None:
    number = told.tell("db01", "disk", State.CRITICAL, 1, labels={"team": "db"})
    status, _ = do(jane, f"/alerts/{number}/silence", hours="4", scope=scope, comment="work")
    assert status == 303
    (act,) = acts.silences(told.database, now())
    assert (act.scope, act.author, act.comment) == (expected, "jane", "work")
    assert timedelta(hours=3.9) < (act.until or now()) - now() <= timedelta(hours=4)
    html = jane.get("/").text
    assert "2 of 3 shown" in html
    assert 'id="silenced"' in html
    assert do(jane, f"/acts/{act.id}/undo")[0] == 303
    assert acts.silences(told.database, now()) == []


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"hours": "2", "scope": "entity"}, 400),
        ({"hours": "-1", "scope": "entity"}, 400),
        ({"hours": "4", "scope": '["team", "other"]'}, 400),
        ({"hours": "4"}, 400),
    ],
)
def test_a_silence_is_of_what_was_offered(
    jane: FlaskClient, told: Told, form: dict[str, str], status: int
) -> None:
    assert do(jane, "/alerts/1/silence", **form)[0] == status
    assert acts.silences(told.database, now()) == []


def test_what_is_over_or_not_there_can_not_be_acknowledged(jane: FlaskClient) -> None:
    assert do(jane, "/alerts/4/acknowledge")[0] == 409
    assert do(jane, "/alerts/999/acknowledge")[0] == 409
    assert do(jane, "/alerts/999/silence", hours="1", scope="entity")[0] == 404
    assert do(jane, f"/acts/{2**70}/undo")[0] == 409


def test_a_shift_says_its_own_name_and_a_user_is_who_logged_in(
    shift: FlaskClient, make_app: Make, told: Told
) -> None:
    do(shift, "/alerts/1/acknowledge", name="  joe\n<b> ", comment=HOSTILE)
    do(shift, "/alerts/2/acknowledge")
    jane = make_app(users=USERS).test_client()
    log_in(jane, "jane")
    do(jane, "/alerts/3/acknowledge", name="somebody else")
    assert [act.author for act in acts.latest(told.database, 9)] == ["jane", "oncall", "joe <b>"]
    for path in ("/", "/alerts/1", "/alerts/1/act", "/numbers", "/wall"):
        html = shift.get(path).text
        assert "<script>window" not in html
        assert "joe <b>" not in html


def test_who_may_look_may_not_act_and_who_may_act_not_administer(
    make_app: Make, told: Told
) -> None:
    client = make_app(users=USERS).test_client()
    failed = Backlog(told.database).deliveries([FAILED], 1)[0].id
    assert log_in(client, "eve") == 303
    assert "/acknowledge" not in client.get("/alerts/1").text
    assert do(client, "/alerts/1/acknowledge")[0] == 403
    assert do(client, "/alerts/1/silence", hours="1", scope="entity")[0] == 403
    assert log_in(client, "jane") == 303
    assert do(client, f"/outbox/{failed}/drop")[0] == 403
    assert "administer" in client.get("/outbox").text
    assert log_in(client, "root") == 303
    assert do(client, f"/outbox/{failed}/drop")[0] == 303
    assert acts.latest(told.database, 9) == []


@pytest.mark.parametrize("path", ["/alerts/1/acknowledge", "/alerts/1/take", "/acts/1/undo"])
def test_no_act_without_a_form_of_ours(jane: FlaskClient, told: Told, path: str) -> None:
    for headers, given in (
        ({"Sec-Fetch-Site": "cross-site"}, token(jane)),
        ({}, token(jane)),
        (OWN, "0" * 64),
        (OWN, ""),
    ):
        assert jane.post(path, data={"token": given}, headers=headers).status_code == 403
    jane.delete_cookie("grafherald")
    answer = jane.post(path, data={"token": ""}, headers=OWN)
    assert answer.headers["Location"].startswith("/login?then=")
    assert acts.latest(told.database, 9) == []


def test_a_proxy_names_its_users_and_nobody_else_does(make_app: Make, told: Told) -> None:
    board = {"trusted_proxies": ["10.0.0.0/8"], "users": {"jane": {"role": "act"}}}
    client = make_app(**board).test_client()
    proxy = {"environ_base": {"REMOTE_ADDR": "10.1.2.3"}}
    jane = {"X-Remote-User": "jane"}
    assert client.get("/").status_code == 303
    assert client.get("/", headers=jane).status_code == 303, "not from the proxy"
    assert client.get("/", environ_base=proxy["environ_base"]).status_code == 303, "no name"
    html = client.get("/alerts/1", headers=jane, **proxy).text
    given = re.search(r'name="token" value="(\w+)"', html)
    assert given
    form = {"token": given[1], "comment": "x"}
    path = "/alerts/1/acknowledge"
    assert client.post(path, data=form, headers={**OWN, **jane}).status_code == 303
    assert acts.latest(told.database, 9) == []
    answer = client.post(path, data=form, headers={**OWN, **jane}, **proxy)
    assert answer.headers["Location"] == "/?did=1"
    other = {"X-Remote-User": "somebody"}
    assert "/acknowledge" not in client.get("/alerts/1", headers=other, **proxy).text
    answer = client.post(path, data=form, headers={**OWN, **other}, **proxy)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("board", "said"),
    [
        ({"users": {"jane": {"password": "plain"}}}, r"board\.users\.jane\.password: is not what"),
        ({"trusted_proxies": ["proxy.example"]}, r"board\.trusted_proxies: 'proxy.example' is no"),
    ],
)
def test_settings_that_can_not_be_meant_are_refused(
    make_app: Make, board: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        make_app(**board)


@pytest.mark.parametrize(
    "secret", ["", "x", "scrypt:1:2", "scrypt:99999999:8:1:aaaa:bbbb", "scrypt:a:8:1:YQ==:YQ=="]
)
def test_what_is_no_hash_is_nobodys_password(secret: str) -> None:
    assert not matches("", secret)
    assert not matches("x", secret)


def test_a_password_is_kept_with_a_salt_of_its_own() -> None:
    one, other = hashed("päss wörd"), hashed("päss wörd")
    assert one != other
    assert matches("päss wörd", one)
    assert not matches("päss wörD", one)


def test_a_retry_never_breaks_the_order(make_app: Make, told: Told) -> None:
    client = make_app(users=USERS).test_client()
    log_in(client, "root")
    failed = Backlog(told.database).deliveries([FAILED], 1)[0]
    assert "/retry" in client.get("/outbox").text
    told.tell("web01", "cpu", State.OK, 1)
    html = client.get("/outbox").text
    assert "of the same alert went out since" in html
    assert f"/outbox/{failed.id}/retry" not in html
    assert do(client, f"/outbox/{failed.id}/retry")[0] == 409
    assert Backlog(told.database).delivery(failed.id) == failed


def test_a_retry_goes_before_what_came_later(told: Told) -> None:
    outbox = Outbox(told.database)
    told.tell("web01", "cpu", State.CRITICAL, 2, send=False, id="2")
    told.tell("web01", "cpu", State.OK, 1, send=False, id="3")
    failed = Backlog(told.database).deliveries([FAILED], 1)[0]
    second, third = sorted(one.id for one in Backlog(told.database).deliveries([DUE], 9))
    assert Backlog(told.database).behind([failed.id, second, third]) == {third: second}
    assert Backlog(told.database).retry_now(failed.id, now())
    order = []
    while claimed := outbox.claim(now() + timedelta(minutes=1), timedelta(minutes=1)):
        order += [one.id for one in claimed]
        outbox.done(claimed, "204", "", now())
    assert order == [failed.id, second, third]
    assert len(Backlog(told.database).deliveries([SENT], 99)) >= 3
