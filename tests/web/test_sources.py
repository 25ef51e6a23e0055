"""What is done on the board is given on: stand-ins that answer as the APIs' documentation says.

https://docs.sensu.io/sensu-go/latest/api/core/silenced/
https://icinga.com/docs/icinga-2/latest/doc/12-icinga2-api/#actions
https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from flask import Flask

from grafherald.errors import DeliveryError, PermanentError, TemporaryError
from grafherald.event import Event, Kind, State
from grafherald.history import acts
from grafherald.history.acts import Act, What
from grafherald.settings import Settings
from grafherald.settings.served import AlertmanagerSettings, TokenApiSettings, UserApiSettings
from grafherald.store import open_database
from grafherald.store.pool import Pool
from grafherald.web import acting
from grafherald.web.login import Login
from grafherald.web.options import BoardOptions
from grafherald.web.sources.alertmanager import Alertmanager
from grafherald.web.sources.icinga import Icinga
from grafherald.web.sources.sensu_go import SensuGo

from .conftest import Api, Told
from .test_acts import OWN, USERS, do, log_in, token

Make = Callable[..., Flask]
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=timezone.utc)
EVENT = Event("sensu-go", Kind.PROBLEM, State.CRITICAL, 2, "web01", "cpu", "97 %", NOW)
EVENT = EVENT._replace(namespace="ops", labels={"alertname": "cpu", "instance": "web01", "dc": "x"})
ACK = Act(7, NOW, What.ACKNOWLEDGE, "jane", "on it", 1, 2, (), None, None, "", "", "")

OUR_SILENCE = {"metadata": {"annotations": {"grafherald": "board", "seen": "yes"}}}


def silence(*scope: tuple[str, str]) -> Act:
    return ACK._replace(what=What.SILENCE, scope=scope, until=NOW + timedelta(hours=4))


def test_sensu_silences_what_is_acknowledged_until_it_passes(api: Api) -> None:
    api.answers = [(201, None), (200, OUR_SILENCE), (204, None)]
    sensu = SensuGo(TokenApiSettings(url=api.url + "/", token="k3y"))
    given = sensu.acknowledge(EVENT, ACK)
    assert (given.text, given.reference) == ("silenced in Sensu", "entity:web01:cpu")
    place = "/api/core/v2/namespaces/ops/silenced"
    ours = {"grafherald": "board"}
    document = {
        "metadata": {"name": "entity:web01:cpu", "namespace": "ops", "annotations": ours},
        "creator": "jane",
        "reason": "jane: on it",
        "subscription": "entity:web01",
        "check": "cpu",
        "expire": -1,
        "expire_on_resolve": True,
    }
    assert api.asked == [("POST", place, "Key k3y", document)]
    assert sensu.undo(EVENT, ACK._replace(reference=given.reference))
    assert api.asked[1:] == [
        (method, f"{place}/entity:web01:cpu", "Key k3y", None) for method in ("GET", "DELETE")
    ]


@pytest.mark.parametrize("metadata", [{}, {"annotations": None}, {"annotations": {"a": "b"}}])
def test_a_silence_that_somebody_made_in_sensu_stays_theirs(api: Api, metadata: Any) -> None:
    theirs = {"creator": "ann", "reason": "new\ndisks", "metadata": metadata}
    api.answers = [(409, {"message": "resource already exists"}), (200, theirs)]
    given = SensuGo(TokenApiSettings(url=api.url, token="k3y")).acknowledge(EVENT, ACK)
    assert [asked[0] for asked in api.asked] == ["POST", "GET"]
    assert (given.text, given.reference) == ("already silenced in Sensu by ann: new disks", "")


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ((200, {"creator": "ann", "reason": "disks"}), "still silenced in Sensu by ann: disks"),
        ((404, {"message": "silenced entry not found"}), "no longer silenced in Sensu"),
    ],
)
def test_what_is_undone_takes_nobodys_silence_away_that_came_after_ours(
    api: Api, there: tuple[int, Any], said: str
) -> None:
    api.answers = [there]
    act = ACK._replace(reference="entity:web01:cpu")
    assert SensuGo(TokenApiSettings(url=api.url, token="k3y")).undo(EVENT, act) == said
    assert [asked[0] for asked in api.asked] == ["GET"]


def test_a_silence_of_no_time_is_not_one_for_ever(api: Api) -> None:
    api.answers = [(201, None)]
    SensuGo(TokenApiSettings(url=api.url, token="k3y")).silence(
        EVENT, silence(("entity", "web01"))._replace(until=NOW)
    )
    assert api.asked[0][3]["expire"] == 1


def test_an_own_silence_in_sensu_is_replaced(api: Api) -> None:
    api.answers = [(409, None), (200, OUR_SILENCE), (201, None)]
    given = SensuGo(TokenApiSettings(url=api.url, token="k3y")).acknowledge(EVENT, ACK)
    assert [asked[:2] for asked in api.asked[1:]] == [
        ("GET", "/api/core/v2/namespaces/ops/silenced/entity:web01:cpu"),
        ("PUT", "/api/core/v2/namespaces/ops/silenced/entity:web01:cpu"),
    ]
    assert (given.text, given.reference) == ("silenced in Sensu", "entity:web01:cpu")


@pytest.mark.parametrize(
    ("scope", "name", "named"),
    [
        ([("entity", "web01")], "entity:web01:*", {"subscription": "entity:web01"}),
        ([("check", "cpu")], "*:cpu", {"check": "cpu"}),
        (
            [("entity", "web01"), ("check", "cpu")],
            "entity:web01:cpu",
            {"subscription": "entity:web01", "check": "cpu"},
        ),
    ],
)
def test_sensu_silences_by_host_and_check(
    api: Api, scope: list[tuple[str, str]], name: str, named: dict[str, str]
) -> None:
    api.answers = [(201, None)]
    assert (
        SensuGo(TokenApiSettings(url=api.url, token="k")).silence(EVENT, silence(*scope)).reference
        == name
    )
    document = api.asked[0][3]
    assert document["expire"] == 4 * 3600
    assert {k: document[k] for k in ("subscription", "check") if k in document} == named


def test_sensu_knows_nothing_of_labels(api: Api) -> None:
    with pytest.raises(PermanentError, match="by a label"):
        SensuGo(TokenApiSettings(url=api.url, token="k")).silence(
            EVENT, silence(("label:team", "db"))
        )


ICINGA = {"user": "board", "password": "s3cret"}
BASIC = "Basic " + b64encode(b"board:s3cret").decode()


def done(*names: str) -> dict[str, Any]:
    results = [{"code": 200.0, "status": "Successfully done.", "name": name} for name in names]
    return {"results": results}


def test_icinga_acknowledges_and_tells_nobody_again(api: Api) -> None:
    api.answers = [(200, done("")), (200, done(""))]
    icinga = Icinga(UserApiSettings(api.url, **ICINGA))
    given = icinga.acknowledge(EVENT, ACK)
    names = {"wanted_host": "web01", "wanted_service": "cpu"}
    method, path, login, document = api.asked[0]
    assert (method, path, login) == ("POST", "/v1/actions/acknowledge-problem", BASIC)
    assert document == {
        "type": "Service",
        "filter": "host.name == wanted_host && service.name == wanted_service",
        "filter_vars": names,
        "author": "jane",
        "comment": "on it",
        "notify": False,
        "sticky": False,
    }
    icinga.undo(EVENT, ACK._replace(reference=given.reference))
    assert api.asked[1][1] == "/v1/actions/remove-acknowledgement"
    assert api.asked[1][3]["filter_vars"] == names


def test_icinga_knows_hosts_by_themselves(api: Api) -> None:
    api.answers = [(200, done(""))]
    host = EVENT._replace(check="host", state_text="DOWN")
    Icinga(UserApiSettings(api.url, **ICINGA)).acknowledge(host, ACK)
    assert (api.asked[0][3]["type"], api.asked[0][3]["filter"]) == (
        "Host",
        "host.name == wanted_host",
    )


def test_icingas_silences_are_downtimes_that_can_be_removed(api: Api) -> None:
    api.answers = [(200, done("web01!a", "web01!cpu!b")), (200, done("")), (200, done(""))]
    icinga = Icinga(UserApiSettings(api.url, **ICINGA))
    act = silence(("entity", "web01"))
    given = icinga.silence(EVENT, act)
    assert (given.text, given.reference) == (
        "downtime in Icinga (2 of them)",
        "web01!a web01!cpu!b",
    )
    document = api.asked[0][3]
    assert document["all_services"] is True
    assert document["end_time"] - document["start_time"] == 4 * 3600
    icinga.undo(EVENT, act._replace(reference=given.reference))
    assert [asked[3] for asked in api.asked[1:]] == [
        {"downtime": "web01!a"},
        {"downtime": "web01!cpu!b"},
    ]


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (404, {"error": 404.0, "status": "No objects found."}, "no such host or service"),
        (
            409,
            {"results": [{"code": 409.0, "status": "Service is already acknowledged."}]},
            "already acknowledged",
        ),
        (401, {"error": 401.0, "status": "Unauthorized."}, "answered 401"),
        (200, {"results": []}, "without a result"),
        (200, ["odd"], "without a result"),
    ],
)
def test_what_icinga_refuses_is_said(api: Api, status: int, answer: Any, said: str) -> None:
    api.answers = [(status, answer)]
    with pytest.raises(PermanentError, match=said):
        Icinga(UserApiSettings(api.url, **ICINGA)).acknowledge(EVENT, ACK)


def test_alertmanager_silences_the_alerts_own_labels(api: Api) -> None:
    api.answers = [(200, {"silenceID": "5f1"}), (200, None)]
    manager = Alertmanager(AlertmanagerSettings(url=api.url, token="t0ken"))
    given = manager.acknowledge(EVENT, ACK)
    method, path, login, document = api.asked[0]
    assert (method, path, login) == ("POST", "/api/v2/silences", "Bearer t0ken")
    assert document == {
        "matchers": [
            {"name": name, "value": value, "isRegex": False, "isEqual": True}
            for name, value in (("alertname", "cpu"), ("dc", "x"), ("instance", "web01"))
        ],
        "startsAt": "2026-11-21T03:00:00+00:00",
        "endsAt": "2026-11-22T03:00:00+00:00",
        "createdBy": "jane",
        "comment": "on it",
    }
    manager.undo(EVENT, ACK._replace(reference=given.reference))
    assert api.asked[1][:2] == ("DELETE", "/api/v2/silence/5f1")


@pytest.mark.parametrize(
    ("scope", "label"),
    [
        (("entity", "web01"), "instance"),
        (("check", "cpu"), "alertname"),
        (("label:dc", "x"), "dc"),
    ],
)
def test_alertmanager_silences_by_the_label_that_is_meant(
    api: Api, scope: tuple[str, str], label: str
) -> None:
    api.answers = [(200, {"silenceID": "1"})]
    Alertmanager(AlertmanagerSettings(url=api.url)).silence(EVENT, silence(scope))
    (matcher,) = api.asked[0][3]["matchers"]
    assert (matcher["name"], matcher["value"]) == (label, scope[1])


@pytest.mark.parametrize(
    ("instance", "entity", "pattern"),
    [
        ("web01.x:9100", "web01.x", r"\[?web01\.x\]?(:[0-9]+)?"),
        ("[2001:db8::1]:9100", "2001:db8::1", r"\[?2001:db8::1\]?(:[0-9]+)?"),
    ],
)
def test_alertmanager_silences_a_host_whatever_its_exporters_port(
    api: Api, instance: str, entity: str, pattern: str
) -> None:
    api.answers = [(200, {"silenceID": "1"})]
    event = EVENT._replace(entity=entity, labels={"alertname": "cpu", "instance": instance})
    manager = Alertmanager(AlertmanagerSettings(url=api.url))
    manager.silence(event, silence(("entity", entity), ("check", "cpu")))
    host, check = api.asked[0][3]["matchers"]
    assert (host["name"], host["value"], host["isRegex"]) == ("instance", pattern, True)
    assert re.fullmatch(host["value"], instance)
    assert not re.fullmatch(host["value"], f"x{instance}")
    assert (check["name"], check["value"], check["isRegex"]) == ("alertname", "cpu", False)


def test_alertmanager_is_not_asked_to_silence_by_a_label_that_the_alert_lacks(api: Api) -> None:
    manager = Alertmanager(AlertmanagerSettings(url=api.url))
    with pytest.raises(PermanentError, match="no label of the alert is its entity"):
        manager.silence(EVENT._replace(labels={"alertname": "cpu"}), silence(("entity", "web01")))
    assert api.asked == []


def test_a_source_that_fails_is_said_without_its_secret(api: Api) -> None:
    api.answers = [(500, {"message": "k3y-s3cret is wrong"})]
    with pytest.raises(TemporaryError) as caught:
        SensuGo(TokenApiSettings(url=api.url, token="k3y-s3cret")).acknowledge(EVENT, ACK)
    assert "s3cret" not in str(caught.value)


def test_an_act_is_ours_also_when_its_source_refuses(make_app: Make, told: Told, api: Api) -> None:
    api.answers = [(401, {"message": "no"}), (201, None), (200, OUR_SILENCE), (204, None)]
    settings = {"sensu": {"api": {"url": api.url, "token": "k"}}}
    client = make_app(users=USERS, settings=settings).test_client()
    log_in(client, "jane")
    assert do(client, "/alerts/1/acknowledge", comment="x")[0] == 303
    (refused,) = acts.of_alert(told.database, 1)
    assert refused.upstream.startswith("not given on: 127.0.0.1")
    assert "answered 401" in client.get("/alerts/1").text
    assert acts.acknowledgements(told.database)
    do(client, "/alerts/2/acknowledge")
    (given,) = acts.of_alert(told.database, 2)
    assert (given.upstream, given.reference) == ("silenced in Sensu", "entity:db01:disk")
    do(client, f"/acts/{given.id}/undo")
    assert api.asked[-1][0] == "DELETE"
    (undone,) = acts.of_alert(told.database, 2)
    assert undone.upstream == "no longer silenced in Sensu"


@pytest.mark.parametrize(
    ("path", "form"),
    [("acknowledge", {"comment": "x"}), ("silence", {"hours": "4", "scope": "entity"})],
)
def test_what_is_undone_while_it_is_given_on_is_taken_back_there(
    make_app: Make, told: Told, api: Api, path: str, form: dict[str, str]
) -> None:
    settings = {"sensu": {"api": {"url": api.url, "token": "k"}}}
    client, other = (make_app(users=USERS, settings=settings).test_client() for _ in range(2))
    log_in(client, "jane")
    log_in(other, "jane")
    undone: list[int] = []
    api.answers = [(201, None), (200, OUR_SILENCE), (204, None)]
    api.meanwhile = [lambda: undone.append(do(other, "/acts/1/undo")[0])]
    assert do(client, f"/alerts/1/{path}", **form)[0] == 303
    assert undone == [303]
    assert [method for method, *_ in api.asked] == ["POST", "GET", "DELETE"]
    assert api.asked[2][1].endswith(f"/{api.asked[0][3]['metadata']['name']}")
    (act,) = acts.of_alert(told.database, 1)
    assert (act.undone_by, act.upstream) == ("jane", "no longer silenced in Sensu")


def test_what_the_source_has_not_answered_yet_is_not_said_to_be_given_on(
    make_app: Make, told: Told, api: Api
) -> None:
    settings = {"sensu": {"api": {"url": api.url, "token": "k"}}}
    client, other = (make_app(users=USERS, settings=settings).test_client() for _ in range(2))
    log_in(client, "jane")
    log_in(other, "jane")
    shown: list[str] = []
    api.answers = [(201, None)]
    api.meanwhile = [lambda: shown.append(other.get("/alerts/1").text)]
    do(client, "/alerts/1/acknowledge")
    assert "not given on yet" in shown[0]
    assert "not given on yet" not in client.get("/alerts/1").text


def test_many_undone_at_once_wait_for_a_slow_source_no_longer_than_many_done(
    make_app: Make, told: Told, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"sensu": {"api": {"url": api.url, "token": "k"}}}
    client = make_app(users=USERS, settings=settings).test_client()
    log_in(client, "jane")
    api.answers = [(201, None)] * 2
    do(client, "/alerts/1/acknowledge")
    do(client, "/alerts/2/acknowledge")
    monkeypatch.setattr(acting, "_TOGETHER", -1.0)
    given = {"token": token(client), "act": ["1", "2"]}
    assert client.post("/acts/undo", data=given, headers=OWN).status_code == 303
    assert len(api.asked) == 2
    assert {act.upstream for act in acts.latest(told.database, 9)} == {
        "silenced in Sensu; undone here alone"
    }


def test_an_act_and_what_its_channels_hear_are_kept_as_one(told: Told) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    options = BoardOptions(Settings.of({}), Login(), announce=killed)
    pool = Pool(lambda: open_database(f"sqlite:///{told.folder}/store.db"))
    now = datetime.now(timezone.utc)
    with pytest.raises(KeyboardInterrupt):
        acting.perform(
            pool,
            lambda database: acts.acknowledge_all(database, [1], "jane", "", now),
            options,
            now,
        )
    assert acts.latest(told.database, 9) == []
    silent = acts.silence(
        told.database, (("entity", "web01"),), timedelta(hours=1), "jane", "", now, 1
    )
    with pytest.raises(KeyboardInterrupt):
        acting.take_back(pool, [silent.id], "jane", options, now)
    assert [act.id for act in acts.silences(told.database, now)] == [silent.id]
    pool.close()


def test_a_source_that_is_not_there_costs_seconds_at_most() -> None:
    with pytest.raises(DeliveryError, match="refuses connections"):
        SensuGo(TokenApiSettings(url="http://127.0.0.1:1", token="k")).acknowledge(EVENT, ACK)
