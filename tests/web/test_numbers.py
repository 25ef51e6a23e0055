"""The same numbers wherever one reads them: the board's pages, /metrics and the datasource."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from functools import partial
from http.client import HTTPConnection
from typing import Any

import pytest

from grafherald.commands.serve import mount, read
from grafherald.event import Event, Kind, State
from grafherald.history import SLOT, acts, figures
from grafherald.history.record import record, rendered
from grafherald.server.service import Daemon, Outside
from grafherald.settings import Settings
from grafherald.store import Database, milliseconds
from grafherald.web.numbers import numbers
from grafherald.web.templates import PageTemplates

from ..server.conftest import address
from .conftest import Told

SEVERITIES = ("critical", "unknown", "warning")
HOURS = {"24h": 24, "7d": 168}


class Reader:
    """Reads what a daemon shows."""

    def __init__(self, where: tuple[str, int]) -> None:
        self._where = where

    def _ask(self, method: str, path: str, document: Any = None) -> str:
        connection = HTTPConnection(*self._where, timeout=30)
        body = json.dumps(document) if document else None
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        assert answer.status == 200, text
        return text

    def page(self, path: str) -> str:
        return self._ask("GET", path)

    def figures(self, path: str = "/numbers?last=24h") -> dict[str, str]:
        """The page's figures, by their words."""
        found = re.findall(
            r'figure"><b>(.*?)</b> <span class="small">(.*?)</span>', self.page(path)
        )
        return {words: number.replace(",", "") for number, words in found}

    def table(self, path: str) -> dict[str, list[str]]:
        """The rows of the table by a field: alerts, then by severity, then the mean."""
        body = self.page(path).partition("<tbody>")[2].partition("</tbody>")[0]
        rows = [re.findall(r"<td.*?>(.*?)</td>", row, re.DOTALL) for row in body.split("<tr>")[1:]]
        plain = [[re.sub(r"<.*?>", "", cell).strip() for cell in row] for row in rows]
        return {row[0]: [row[1], *row[3:]] for row in plain}

    def second_table(self, title: str) -> dict[str, list[str]]:
        text = self.page("/numbers?last=24h")
        body = text[text.index(f'id="{title}"') :].partition("<tbody>")[2].partition("</tbody>")[0]
        rows = [re.findall(r"<td.*?>(.*?)</td>", row, re.DOTALL) for row in body.split("<tr>")[1:]]
        plain = [[re.sub(r"<.*?>", "", cell).strip() for cell in row] for row in rows]
        return {row[0]: row[1:] for row in plain}

    def metrics(self, name: str) -> dict[str, float]:
        """A gauge of ours by its label."""
        pattern = rf'^grafherald_{name}\{{\w+="(\w+)"\}} (\S+)$'
        return {label: float(n) for label, n in re.findall(pattern, self.page("/metrics"), re.M)}

    def datasource(self, target: str, hours: int = 24) -> dict[str, list[float]]:
        """The points of each series over the past hours, without those that are empty."""
        stop = milliseconds(datetime.now(timezone.utc)) // SLOT * SLOT + SLOT
        asked = {
            "range": {"from": stop - hours * 3_600_000, "to": stop},
            "intervalMs": SLOT,
            "maxDataPoints": 1000,
            "targets": [{"target": target, "refId": "A", "type": "timeserie"}],
        }
        found = json.loads(self._ask("POST", "/datasource/query", asked))
        return {
            one["target"]: [value for value, _ in one["datapoints"] if value is not None]
            for one in found
        }


@pytest.fixture
def busy(told: Told) -> Told:
    """A day of alerts that ended or not, that flapped, were known, and were told of or not."""
    for number in range(12):
        labels = {"team": ("db", "web")[number % 2]} if number % 3 else {}
        state = (State.WARNING, State.CRITICAL, State.UNKNOWN)[number % 3]
        begin = 60 + 90 * number
        host = f"app{number}"
        told.tell(host, "load", state, begin, labels=labels, id="a", failed=number == 5)
        if number % 4:
            told.tell(host, "load", State.OK, begin - 7 * number, labels=labels, id="b")
    for minute in range(6):
        told.tell("flap", "io", (State.WARNING, State.OK)[minute % 2], 500 - minute, id=f"{minute}")
    told.tell("old", "load", State.CRITICAL, 60 * 24 * 3)
    told.tell("old", "load", State.OK, 60 * 24 * 2)
    now = datetime.now(timezone.utc)
    for milli, failed in ((1200, False), (1200, False), (5000, True)):
        at = now - timedelta(minutes=20)
        rendered(told.database, at, timedelta(milliseconds=milli), failed=failed)
    acts.acknowledge(told.database, 1, "jane", "", now)
    acts.silence(told.database, (("entity", "db01"),), timedelta(hours=1), "jane", "", now)
    return told


@pytest.fixture
def reader(busy: Told) -> Iterator[Reader]:
    settings = {
        "store": f"sqlite:///{busy.folder}/store.db",
        "listen": {"http": "127.0.0.1:0"},
        "channels": {"look": {"type": "file", "directory": f"{busy.folder}/out"}},
    }
    load = partial(Settings.of, settings)
    daemon = Daemon(Outside(load=load, environment={}, read=read, mount=mount))
    daemon.start()
    yield Reader(address(daemon.listeners.names(), "http"))
    daemon.stop()


def test_what_began_is_the_same_number_everywhere(reader: Reader) -> None:
    by_severity = {name: int(n) for name, n in reader.metrics("alerts_began_past_day").items()}
    began = sum(by_severity.values())
    assert began > 15
    assert int(reader.figures()["alerts began"]) == began
    drawn = reader.datasource("alerts")
    assert {name: sum(values) for name, values in drawn.items()} == by_severity
    for field in ("check", "source", "team", "entity", "name", "namespace"):
        rows = reader.table(f"/numbers?last=24h&by={field}").values()
        assert sum(int(row[0]) for row in rows) == began, field
        columns = zip(*(row[1:4] for row in rows), strict=True)
        counted = [sum(int(cell or 0) for cell in column) for column in columns]
        assert dict(zip(SEVERITIES, counted, strict=True)) == by_severity, field
    teams = {
        name or "(none)": int(sum(v)) for name, v in reader.datasource("alerts by team").items()
    }
    table = reader.table("/numbers?last=24h&by=team")
    assert {name: int(row[0]) for name, row in table.items()} == teams


def test_what_is_open_is_the_same_number_everywhere(reader: Reader) -> None:
    by_severity = reader.metrics("alerts_open")
    by_standing = reader.metrics("alerts_standing")
    assert by_standing["acknowledged"] == by_standing["silenced"] == 1
    number = int(sum(by_severity.values()))
    assert sum(by_standing.values()) == number
    html = reader.page("/")
    assert f"{number} open alerts" in html
    assert f"{int(by_standing['open'])} of {number} shown" in html
    assert {name: values[-1] for name, values in reader.datasource("open").items()} == by_severity
    wall = re.findall(r"<b>(\d+)</b> (\w+)</span>", reader.page("/wall"))
    assert sum(int(n) for n, name in wall if name in by_severity) == by_standing["open"]


def test_how_long_it_took_is_the_same_everywhere(reader: Reader) -> None:
    ended = int(reader.figures()["ended"])
    means = reader.metrics("alerts_resolve_seconds_past_day")
    counted = {name: len(values) for name, values in reader.datasource("mttr").items() if values}
    assert counted.keys() == means.keys()
    (source,) = reader.table("/numbers?last=24h&by=source").values()
    assert source[-1] == reader.figures()["mean time to resolve"]
    assert ended == 12 - 3 + 3 + 1, "of the apps, of what flapped, and web02's"


def test_what_was_sent_and_what_flaps_is_the_same_everywhere(reader: Reader) -> None:
    drawn = reader.datasource("notifications")
    (ops,) = reader.second_table("channels").values()
    assert [int(ops[0]), int(ops[1])] == [sum(drawn["sent"]), sum(drawn["failed"])]
    assert int(ops[1]) == 2
    flapping = {name: int(sum(values)) for name, values in reader.datasource("flapping").items()}
    shown = {name: int(row[0]) for name, row in reader.second_table("flapping").items()}
    assert shown == flapping == {"flap/io": 6}
    renders = reader.datasource("renders")
    assert reader.figures()["renders, 1 without a picture"] == "3"
    assert sum(renders["failed"]) == 1


@pytest.mark.parametrize("minutes", [0, 1, 4, 5, 9])
@pytest.mark.parametrize("last", HOURS)
def test_the_edge_of_a_range_is_the_same_for_all_of_a_page_and_for_the_metrics(
    database: Database, minutes: int, last: str
) -> None:
    now = datetime(2026, 11, 21, 3, 0, tzinfo=timezone.utc) + timedelta(minutes=minutes)
    begin = now - timedelta(hours=HOURS[last], minutes=30)
    for minute in range(61):
        at = begin + timedelta(minutes=minute)
        event = Event("sensu-go", Kind.PROBLEM, State.CRITICAL, 2, f"h{minute}", "disk", "", at)
        record(database, event, at)
        later = event._replace(kind=Kind.RESOLVE, state=State.OK, status=0)
        record(database, later._replace(occurred_at=at + timedelta(minutes=1)), now)
    common = {"page": "numbers", "viewer": None, "version": "", "assets": {}}
    html = {}
    for by in ("check", "entity"):
        asked = {"last": last, "by": by}
        html[by] = numbers(PageTemplates(), database, asked, now, common).html
    began = re.search(r"<b>(\d+)</b> <span class=\"small\">alerts began", html["check"])
    assert began
    bars = sum(int(n) for n in re.findall(r"<title>(\d+) critical", html["check"]))
    for by, text in html.items():
        rows = re.findall(r'<td class="number"><b>(\d+)</b>', text)
        assert sum(map(int, rows)) == int(began[1]) == bars or len(rows) == 25, by
    if last == "24h":
        assert figures.began(database, now)["critical"] == int(began[1])
