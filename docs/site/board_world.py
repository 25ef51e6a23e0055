"""An example's monitoring: hosts, checks, a month of alerts, and a Grafana with their panels.

No host, team or person in it exists. Every figure follows from a host's name and the time, so the
graph of a panel and what its check printed say the same.
"""

from __future__ import annotations

import json
import math
import random
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from grafherald.delivery.outbox import Outbox, Recipient
from grafherald.demo.standins import panel_data
from grafherald.event import Event, Kind, State
from grafherald.history import acts
from grafherald.history.acts import What
from grafherald.history.record import illustrate, record, rendered
from grafherald.store import Database

MINUTE = timedelta(minutes=1)
_STEPS = 120  # points of a series


@dataclass(frozen=True)
class Check:
    """One kind of check, and what its panel shows.

    Attributes:
        words: its output; ``{}`` is the value.
        usual, wrong: the value's middle before and in a problem.
        limits: for warning and for critical.
        unit: Grafana's and the performance data's.
    """

    name: str
    team: str
    title: str
    words: str
    usual: float
    wrong: float
    limits: tuple[float, float]
    unit: str
    suffix: str

    def value(self, host: str, at: float, began: float) -> float:
        """What it measures on *host* at a time; *began* is when the problem did, in seconds."""
        seed = sum(map(ord, host + self.name))
        wave = math.sin(at / 2700 + seed) + 0.6 * math.sin(at / 1130 + 2 * seed)
        noise = random.Random(f"{host}{self.name}{at // 180}").uniform(-1, 1)  # noqa: S311 - a drawing
        rise = 1 / (1 + math.exp(-max(-50.0, min(50.0, (at - began + 420) / 240))))
        level = self.usual + rise * (self.wrong - self.usual)
        return round(max(0.0, level * (1 + 0.05 * wave + 0.035 * noise)), 1)


CHECKS = (
    Check("cpu", "web", "CPU", "{} % used", 34, 88, (80, 95), "percent", "%"),
    Check("memory", "web", "Memory", "{} % of 64 GB used", 61, 91, (85, 95), "percent", "%"),
    Check("disk", "infra", "/var", "/var is {} % full", 68, 93, (85, 95), "percent", "%"),
    Check("load", "infra", "Load per core", "load {} per core", 0.9, 5.2, (3, 6), "short", ""),
    Check("latency", "web", "p99 latency", "p99 is {} ms", 180, 920, (500, 1000), "ms", "ms"),
    Check("replication", "db", "Replication lag", "{} s behind", 0.8, 41, (20, 60), "s", "s"),
    Check(
        "mail-queue", "mail", "Queued mails", "{} in the queue", 24, 640, (300, 900), "short", ""
    ),
    Check("certificate", "infra", "", "shop.example.com expires in 6 days", 0, 0, (14, 7), "", ""),
    Check("backup", "db", "", "the last backup is 31 hours old", 0, 0, (24, 30), "", ""),
)
_KINDS = {"web": "web", "db": "db", "mail": "mail", "infra": "cache"}


@dataclass
class World:
    """What went wrong, when.

    Attributes:
        began: by host and check, the seconds at which it began last.
        url: of its Grafana, which also serves *saved* pictures, by path.
    """

    began: dict[tuple[str, str], float] = field(default_factory=dict)
    url: str = ""
    saved: dict[str, bytes] = field(default_factory=dict)

    def panel(self, host: str, check: Check) -> tuple[str, ...]:
        """The render URL that the check names, if it has a panel."""
        number = CHECKS.index(check) + 1
        path = f"/render/d-solo/{panel_data.UID}/nodes?orgId=1&panelId={number}&var-host={host}"
        return (self.url + path,) if check.title else ()


def dashboard() -> dict[str, Any]:
    """Describe the dashboard that has a panel for each check."""
    panels = []
    for number, check in enumerate(CHECKS, 1):
        panel: dict[str, Any] = json.loads(json.dumps(panel_data.PANEL))
        expression = f'{check.name}{{host="$host"}}'
        target = {"refId": "A", "expr": expression, "legendFormat": "{{host}}"}
        panel |= {"id": number, "title": f"{check.title} of $host", "targets": [target]}
        defaults = panel["fieldConfig"]["defaults"]
        steps = [
            {"value": None, "color": "green"},
            {"value": check.limits[0], "color": "orange"},
            {"value": check.limits[1], "color": "red"},
        ]
        defaults |= {"unit": check.unit, "thresholds": {"mode": "absolute", "steps": steps}}
        defaults["custom"]["thresholdsStyle"] = {"mode": "dashed"}
        if check.unit != "percent":
            del defaults["max"]
        panels.append(panel)
    return panel_data.DASHBOARD | {"panels": panels}


def answer(world: World, body: dict[str, Any]) -> dict[str, Any]:
    """Answer ``POST /api/ds/query``: one series, that of the host."""
    start, end = int(body["from"]), int(body["to"])
    results = {}
    for query in body["queries"]:
        name, host = re.match(r'([\w-]+)\{host="([^"]*)"', query["expr"]).groups()  # type: ignore[union-attr]
        check = next(one for one in CHECKS if one.name == name)
        step = max(1000, (end - start) // _STEPS)
        times = list(range(start - start % step + step, end + 1, step))
        began = world.began.get((host, name), end)
        values = [check.value(host, at / 1000, began) for at in times]
        value = {"name": "Value", "type": "number", "labels": {"host": host}}
        fields = [
            {"name": "Time", "type": "time", "config": {"interval": step}},
            value | {"config": {"displayNameFromDS": host}},
        ]
        schema = {"refId": query["refId"], "fields": fields}
        results[query["refId"]] = {
            "status": 200,
            "frames": [{"schema": schema, "data": {"values": [times, values]}}],
        }
    return {"results": results}


@contextmanager
def grafana(world: World) -> Iterator[list[str]]:
    """Run a Grafana without a renderer for this world; yield the paths that it was asked for."""
    asked: list[str] = []
    documents = {
        "/api/health": {"database": "ok", "version": "12.0.1"},
        "/api/frontend/settings": panel_data.SETTINGS,
        f"/api/dashboards/uid/{panel_data.UID}": {"meta": {}, "dashboard": dashboard()},
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self) -> None:
            asked.append(self.path)
            if self.path in world.saved:
                self.send(200, "image/png", world.saved[self.path])
            else:
                self.reply(documents.get(self.path.partition("?")[0]))

        def do_POST(self) -> None:
            asked.append(self.path)
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.reply(answer(world, body) if self.path == "/api/ds/query" else None)

        def reply(self, document: Any) -> None:
            body = json.dumps(document or {"message": "Not found"}).encode()
            self.send(404 if document is None else 200, "application/json", body)

        def send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    world.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def fill(database: Database, world: World, now: datetime, number: int) -> list[int]:
    """Write a month, and *number* open alerts, of which some are known of; return these alerts."""
    dice = random.Random(number)  # noqa: S311 - an example
    places = [(_host(check, each), check) for each in range(number) for check in CHECKS]
    chosen = places[: number * 2]
    dice.shuffle(chosen)
    opened = []
    for place, (host, check) in enumerate(chosen[:number]):
        for start in _before(dice, now - timedelta(days=1), dice.choice((0, 0, 1, 2, 3, 6))):
            _incident(database, world, host, check, start, dice)
        minutes = dice.choice((dice.uniform(3, 12), dice.uniform(12, 240), dice.uniform(60, 1200)))
        opened.append(_open(database, world, host, check, now, minutes, place))
    for host, check in chosen[number:]:
        for start in _before(dice, now - timedelta(hours=4), dice.randrange(12)):
            _incident(database, world, host, check, start, dice)
    return opened


def _before(dice: random.Random, now: datetime, number: int) -> list[datetime]:
    """Choose *number* moments in the month before *now*, on as many days, the first one first."""
    days = sorted(dice.sample(range(29), number), reverse=True)
    return [now - timedelta(days=day, hours=dice.uniform(0, 12)) for day in days]


def _host(check: Check, number: int) -> str:
    return f"{_KINDS[check.team]}{number + 1:02}.example.com"


def _event(  # noqa: PLR0913, PLR0917 - what an event is made of
    world: World, host: str, check: Check, state: State, at: datetime, began: datetime
) -> Event:
    status = {State.OK: 0, State.WARNING: 1, State.CRITICAL: 2, State.UNKNOWN: 3}[state]
    value = check.value(host, at.timestamp(), began.timestamp() if status else at.timestamp() + 1e6)
    said = check.words.format(value) if state is not State.UNKNOWN else "no answer in 10 s"
    runbook = (f"https://wiki.example.com/runbooks/{check.name}",)
    warn, crit = check.limits
    return Event(
        "sensu-go",
        Kind.PROBLEM if status else Kind.RESOLVE,
        state,
        status,
        host,
        check.name,
        f"Check{check.name.title()} {state.value.upper()}: {said}",
        at,
        id=f"{host}/{check.name}/{at.timestamp()}",
        namespace="default",
        since=began,
        perfdata=f"{check.name}={value}{check.suffix};{warn};{crit}" if check.title else "",
        labels={"team": check.team, "dc": "fra" if sum(map(ord, host)) % 2 else "ams"},
        attributes={"graph_image": world.panel(host, check), "runbook": runbook},
    )


def _tell(
    database: Database, event: Event, at: datetime, *, failed: str = "", told: bool = True
) -> int:
    place = record(database, event, at)
    outbox = Outbox(database)
    room = [Recipient("chat", f"#{event.labels['team']}")] if told else []
    raw = json.dumps({"entity": event.entity, "check": event.check, "output": event.output})
    kept = outbox.enqueue(event, raw.encode(), room, at, sequence=place.subject, alert=place.alert)
    database.run("UPDATE lanes SET ready = 0")  # a month is not told in order of time
    if told:
        claimed = outbox.claim(at, MINUTE, events=[kept[0]])
        if failed:
            outbox.fail(claimed, failed, at + timedelta(seconds=1))
        else:
            outbox.done(claimed, "200 ok", "", at + timedelta(seconds=1.2))
        rendered(database, at, timedelta(milliseconds=310), failed=False)
    assert place.alert  # noqa: S101 - for the type checker
    return place.alert


def _incident(  # noqa: PLR0913, PLR0917 - what an incident is made of
    database: Database,
    world: World,
    host: str,
    check: Check,
    start: datetime,
    dice: random.Random,
) -> None:
    state = dice.choice((State.WARNING, State.WARNING, State.CRITICAL))
    _tell(database, _event(world, host, check, state, start, start), start)
    end = start + timedelta(minutes=dice.lognormvariate(2.8, 0.6))
    _tell(database, _event(world, host, check, State.OK, end, start), end)


def _open(  # noqa: PLR0913, PLR0917 - what an open alert is made of
    database: Database,
    world: World,
    host: str,
    check: Check,
    now: datetime,
    minutes: float,
    place: int,
) -> int:
    began = now - timedelta(minutes=minutes)
    world.began[host, check.name] = began.timestamp()
    worst = (
        State.CRITICAL if place % 6 == 0 else State.UNKNOWN if place % 29 == 4 else State.WARNING
    )
    number = 0
    for step in range(12):
        at = began + (now - began) * step / 12
        state = State.WARNING if worst is State.CRITICAL and step < 2 else worst
        event = _event(world, host, check, state, at, began)
        event = event._replace(occurrences=step + 1)
        failed = "Slack answered 404: no_service" if place == 9 and step == 11 else ""
        told = step in (0, 2, 6, 11)
        number = _tell(database, event, at, failed=failed, told=told)
    if check.title:
        illustrate(database, number, "", f"{world.url}/d/{panel_data.UID}/nodes")
    if place % 13 == 5:
        acts.acknowledge(database, number, "jane", "looking at it", now, What.TAKE)
    if place % 17 == 7:
        scope = (("entity", host), ("check", check.name))
        acts.silence(database, scope, timedelta(hours=4), "joe", "new disk tonight", now, number)
    return number
