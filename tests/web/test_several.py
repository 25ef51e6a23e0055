"""One act about several alerts."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

import pytest
from flask.testing import FlaskClient

from grafherald.event import State
from grafherald.history import acts
from grafherald.history.acts import What

from .conftest import PASSWORD, Told
from .test_acts import HASH, OWN, USERS, Make, log_in


@pytest.fixture
def jane(make_app: Make) -> FlaskClient:
    client = make_app(users=USERS, open=True).test_client()
    assert log_in(client, "jane") == 303
    return client


def do(client: FlaskClient, path: str, **form: Any) -> tuple[int, str]:
    found = re.search(r'name="token" value="(\w+)"', client.get("/several").text)
    given = {"token": found[1] if found else "", **form}
    answer = client.post(path, data=given, headers=OWN)
    return answer.status_code, answer.headers.get("Location", "")


def now() -> datetime:
    return datetime.now(timezone.utc)


def listed(html: str) -> list[tuple[str, bool]]:
    found = re.findall(r'name="alert" value="(\d+)"( checked)?', html)
    return [(number, bool(checked)) for number, checked in found]


def test_the_page_lists_what_the_view_lists(jane: FlaskClient) -> None:
    everything = listed(jane.get("/several").text)
    assert len(everything) == 3
    assert not any(checked for _, checked in everything)
    searched = listed(jane.get("/several?q=web01").text)
    assert searched == [("1", True)], "what was searched for is chosen"
    assert listed(jane.get("/several?q=web01&choose=").text) == [("1", False)]
    assert all(checked for _, checked in listed(jane.get("/several?choose=all").text))
    assert 'href="/several?q=web01"' not in jane.get("/?q=web01").text, "one alert has its own page"
    assert 'href="/several"' in jane.get("/").text


def test_several_are_acknowledged_and_that_is_undone(jane: FlaskClient, told: Told) -> None:
    form = {"alert": ["1", "2", "4", "999", "1"], "do": "acknowledge", "comment": "the switch"}
    status, where = do(jane, "/several", **form, then="/?q=severity%3Dcritical&did=7")
    assert (status, where) == (303, "/?q=severity%3Dcritical&did=1.2"), "the others are over"
    done = acts.latest(told.database, 9)
    assert {(act.alert, act.author, act.comment) for act in done} == {
        (1, "jane", "the switch"),
        (2, "jane", "the switch"),
    }
    html = jane.get("/?did=1.2").text
    assert "jane did 2 things" in html
    assert "1 of 3 shown" in html
    assert do(jane, "/acts/undo", act=["1", "2"], then="/?did=1.2") == (303, "/")
    assert all(act.undone_by == "jane" for act in acts.latest(told.database, 9))
    assert do(jane, "/acts/undo", act=["1", "2"])[0] == 409


def test_several_are_taken(jane: FlaskClient, told: Told) -> None:
    assert do(jane, "/several", alert=["1", "2"], do="take")[0] == 303
    assert {act.what for act in acts.latest(told.database, 9)} == {What.TAKE}


@pytest.mark.parametrize(("about", "number"), [("here", 3), ("entity", 2), ("check", 2)])
def test_a_silence_of_several_is_one_for_each_host_or_check(
    jane: FlaskClient, told: Told, about: str, number: int
) -> None:
    alerts = [
        told.tell("db01", "load", State.CRITICAL, 1),
        told.tell("db01", "swap", State.WARNING, 1),
        told.tell("db02", "swap", State.WARNING, 1),
    ]
    status, where = do(jane, "/several", alert=alerts, hours="4", about=about)
    assert (status, where) == (303, "/?did=" + ".".join(map(str, range(1, number + 1))))
    found = acts.silences(told.database, now())
    assert len({act.scope for act in found}) == len(found) == number


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"do": "acknowledge"}, 400),
        ({"alert": ["x", ""], "do": "acknowledge"}, 400),
        ({"alert": [str(number) for number in range(101)], "do": "acknowledge"}, 400),
        ({"alert": ["1"], "do": "silence"}, 400),
        ({"alert": ["1"], "hours": "3", "about": "here"}, 400),
        ({"alert": ["1"], "hours": "4", "about": "label:team"}, 400),
        ({"alert": ["4"], "do": "acknowledge"}, 409),
        ({"alert": ["4", "999"], "hours": "4"}, 409),
    ],
)
def test_what_can_not_be_meant_changes_nothing(
    jane: FlaskClient, told: Told, form: dict[str, Any], status: int
) -> None:
    assert do(jane, "/several", **form)[0] == status
    assert acts.latest(told.database, 9) == []


def test_who_may_not_act_on_one_may_not_on_several(make_app: Make, told: Told) -> None:
    client = make_app(users={**USERS, "eve": {"password": HASH, "role": "look"}}).test_client()
    assert client.get("/several").status_code == 303
    assert log_in(client, "eve") == 303
    assert listed(client.get("/several").text) == []
    assert "act on several" not in client.get("/").text
    for path, form in (("/several", {"alert": "1", "do": "take"}), ("/acts/undo", {"act": "1"})):
        assert client.post(path, data=form, headers=OWN).status_code == 403
        crossed = {"Sec-Fetch-Site": "cross-site"}
        assert client.post(path, data=form, headers=crossed).status_code == 403
    assert acts.latest(told.database, 9) == []


def test_of_a_login_that_a_shift_shares_the_name_is_kept(make_app: Make, told: Told) -> None:
    client = make_app(password=PASSWORD, open=True).test_client()
    assert log_in(client, "oncall", PASSWORD) == 303
    do(client, "/several", alert=["1", "2"], do="acknowledge", name="joe")
    assert {act.author for act in acts.latest(told.database, 9)} == {"joe"}
