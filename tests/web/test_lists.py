"""What the first page lists: groups, pages, filters as links, and how many of how many."""

from __future__ import annotations

import html as escapes
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from flask import Flask
from flask.testing import FlaskClient

from grafherald.event import State
from grafherald.history import acts
from grafherald.web.query import Query, query

from .conftest import Told, fill
from .test_acts import USERS, do, log_in
from .test_board import page, titles

Make = Callable[..., Flask]


@pytest.fixture
def teams(told: Told) -> Told:
    for place, team in enumerate(("db", "web", "db", 'a "b\\')):
        told.tell(
            f"team{place}", "cpu", State.WARNING, 3, labels={"team": team}, perfdata="cpu=97%"
        )
    return told


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("team", ["(none)", "db", 'a "b\\', "web"]),
        ("check", ["cpu", "xss", "disk"]),
        ("severity", ["critical", "unknown", "warning"]),
        ("source", ["sensu-go"]),
        ("entity", ["web01", "evil", "db01", "team0", "team1", "team2", "team3"]),
    ],
)
def test_alerts_are_grouped_the_worst_group_first(
    client: FlaskClient, teams: Told, group: str, expected: list[str]
) -> None:
    found = re.findall(r'<h3 class="group">(.*?)</h3>', page(client, f"/?group={group}"))
    names = [re.sub("<span.*", "", name).strip() for name in found]
    assert [escapes.unescape(re.sub("<.*?>", "", name)) for name in names] == expected


def test_a_group_is_a_link_to_itself_alone(client: FlaskClient, teams: Told) -> None:
    links = re.findall(r'<h3 class="group"><a href="(.*?)">', page(client, "/?group=team"))
    shown = {frozenset(titles(page(client, escapes.unescape(link)))) for link in links}
    assert shown == {
        frozenset({"team0/cpu", "team2/cpu"}),
        frozenset({"team1/cpu"}),
        frozenset({"team3/cpu"}),
    }


def test_attributes_are_searched_as_labels_are(client: FlaskClient, teams: Told) -> None:
    assert len(titles(page(client, "/?q=runbook%3D*disk"))) == 7
    assert titles(page(client, "/?q=runbook%3Dnone")) == []


@pytest.mark.parametrize("q", ["taem%3Ddb", "label:entity%3Dx", "hots!%3Dweb01"])
def test_a_field_that_is_not_there_is_an_error_and_not_silence(
    client: FlaskClient, teams: Told, q: str
) -> None:
    html = page(client, f"/?q={q}")
    assert "no such field" in html
    assert "Known: entity, check, severity" in html
    assert "Nothing is wrong" not in html
    assert "None of the" not in html
    assert "7 open alerts" in html


def test_counts_are_links_that_filter(client: FlaskClient, teams: Told) -> None:
    html = page(client)
    chips = re.findall(r'<a class="chip[^"]*" href="([^"]*)"[^>]*><b>(\d+)</b> (\w+)</a>', html)
    assert [(number, word) for _, number, word in chips] == [
        ("1", "critical"),
        ("1", "unknown"),
        ("5", "warning"),
        ("5", "new"),
    ]
    for link, number, _ in chips:
        filtered = page(client, escapes.unescape(link))
        assert len(titles(filtered)) == int(number)
        assert f"{number} of 7 shown" in filtered
        assert 'aria-current="true"' in filtered


def test_more_than_are_looked_at_are_not_said_to_be_so_many(
    client: FlaskClient, teams: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "+ open alerts" not in page(client, "/")
    for module in ("history.standing", "web.board"):
        monkeypatch.setattr(f"grafherald.{module}.MOST", 2)
    assert "2+ open alerts" in page(client, "/")


def test_what_was_measured_stands_in_the_row(client: FlaskClient, told: Told) -> None:
    for minute, value in enumerate((90, 97, 93)):
        number = told.tell(
            "db09", "cpu", State.CRITICAL, 9 - minute, perfdata=f"cpu={value}%", id=str(minute)
        )
    html = page(client)
    row = html[html.index(f'data-alert="{number}"') :].partition("</li>")[0]
    assert ">93 %</span>" in row
    assert '<polyline points="0.0,15.0 30.0,1.0 60.0,9.0"/>' in row


def test_without_a_picture_there_is_no_frame(client: FlaskClient, told: Told) -> None:
    told.pictures = "nowhere"
    told.tell("dark01", "cpu", State.CRITICAL, 0)
    cards = page(client, "/?view=cards").split('<li class="card')
    (dark,) = (card for card in cards if "dark01" in card)
    assert "<img" not in dark
    assert "<img" in cards[2]
    assert "<img" not in page(client, "/").partition("<main")[2]


@pytest.mark.slow
def test_two_thousand_alerts_are_on_several_pages(make_app: Make, empty: Told) -> None:
    fill(empty.database, 2000)
    client = make_app(open=True).test_client()
    html = page(client)
    assert "1–100 of 2000" in html
    seen = titles(html)
    for number in range(2, 21):
        seen += titles(page(client, f"/?page={number}"))
    assert len(set(seen)) == 2000
    assert "Nothing is wrong" not in page(client, "/?page=99")


def test_nothing_wrong_is_said_only_when_nothing_is(client: FlaskClient, empty: Told) -> None:
    assert "Nothing is wrong." in page(client)
    assert "Nothing is wrong." in page(client, "/wall")
    number = empty.tell("web01", "cpu", State.CRITICAL, 1)
    acts.acknowledge(empty.database, number, "jane", "", datetime.now(timezone.utc))
    html = page(client)
    assert "All that is wrong is known of, or silenced." in html
    assert "Nothing is wrong that nobody knows of." in page(client, "/wall")
    assert 'id="acknowledged"' in html


def test_acknowledged_elsewhere_is_apart_as_well(client: FlaskClient, told: Told) -> None:
    told.database.run("UPDATE alerts SET acknowledged = 'joe: known' WHERE id = 1")
    html = page(client)
    assert titles(html)[-1] == "web01/cpu"
    assert "joe: known" in html
    assert "2 of 3 shown" in html


def test_an_alert_tells_how_often_it_happened(client: FlaskClient, told: Told) -> None:
    for days in (3, 2, 1):
        told.tell("db09", "load", State.WARNING, days * 1440 + 12, id=f"a{days}")
        told.tell("db09", "load", State.OK, days * 1440, id=f"b{days}")
    number = told.tell("db09", "load", State.WARNING, 3)
    html = page(client, f"/alerts/{number}")
    assert "This happened <b>4 times</b> in 30 days, usually for <b>12 min</b>." in html
    assert "The first time in 30 days" in page(client, "/alerts/2")


def test_numbers_by_any_field(client: FlaskClient, teams: Told) -> None:
    html = page(client, "/numbers?by=team&last=24h")
    assert "By team, the noisiest first" in html
    rows = re.findall(r"<tbody>.*?</tbody>", html, re.DOTALL)[0]
    cells = [escapes.unescape(re.sub("<.*?>", "", c)) for c in re.findall(r"<td.*?</td>", rows)]
    assert cells[:2] == ["(none)", "4"]
    assert "no such field" in page(client, "/numbers?by=nonsense")
    assert "web01" in page(client, "/numbers?by=name&last=90d")
    assert "By channel" in page(client, "/numbers?by=channel")
    assert "By check" in page(client, "/numbers?last=x&by=")


def test_a_view_is_its_address() -> None:
    view = Query("team=db", "critical", "new", "check", "cards", "7d", 3)
    asked = dict(re.findall(r"(\w+)=([^&]*)", view.link(page=3).replace("%3D", "=")))
    assert asked["q"] == "team=db"
    assert query({"q": "team=db", **{k: v for k, v in asked.items() if k != "q"}}) == view
    assert view.link().count("page") == 0
    assert Query().link() == "/"


@pytest.mark.parametrize("number", ["0", "-1", "x", "99999999999999999999", "１"])
def test_an_odd_page_is_a_page(client: FlaskClient, number: str) -> None:
    assert client.get(f"/?page={number}").status_code == 200


def test_the_time_of_a_row_is_short(client: FlaskClient, told: Told) -> None:
    told.tell("old01", "cpu", State.WARNING, int(timedelta(hours=31).total_seconds() // 60))
    ages = re.findall(r'<time class="age brief"[^>]*>(.*?)</time>', page(client))
    assert "1 d 7 h" in ages
    assert all(len(age) <= 8 for age in ages)


def test_a_silence_is_seen_and_undone_while_nothing_is_wrong_below_it(
    make_app: Make, told: Told
) -> None:
    client = make_app(users=USERS).test_client()
    log_in(client, "jane")
    at = datetime.now(timezone.utc)
    scope = (("entity", "web99"),)
    acts.silence(told.database, scope, timedelta(hours=4), "joe", "<i>new</i> disk", at)
    html = page(client)
    assert "<b>0</b> silenced</a>" in html
    assert "silence in force" not in html
    html = page(client, "/?show=silenced")
    assert "1 silence in force" in html
    assert "joe silenced host web99 for 4 h: <bdi>&lt;i&gt;new&lt;/i&gt; disk</bdi>" in html
    assert do(client, "/acts/1/undo")[0] == 303
    assert "silenced</a>" not in page(client)


def test_a_list_of_hosts_says_what_they_share_once(client: FlaskClient, told: Told) -> None:
    for number in range(30):
        told.tell(f"app{number:02}.fra.example.com", "load", State.WARNING, 1)
    html = page(client)
    assert "names end in <bdi>.fra.example.com</bdi>" in html
    assert '<span class="shared">.fra.example.com</span>' in html
