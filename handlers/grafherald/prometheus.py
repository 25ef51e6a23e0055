"""Alerts in the shape that Prometheus' Alertmanager sends, and Grafana after it: labels tell what.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config and, for what the document
holds, notify/webhook/webhook.go and template/template.go of
https://github.com/prometheus/alertmanager. Keys that are not known are passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

from grafherald.errors import InvalidEvent, excerpt
from grafherald.event import LEFT_OUT, RECIPIENT_ENDINGS, Event, Kind, State
from grafherald.grafana.repair import urls_in
from grafherald.text import shorten

Json = Mapping[str, Any]
ENTITY = ("instance", "host", "hostname", "node", "pod", "service", "job")
_WORDS = {  # what fires is a problem, so the mildest words are a warning
    State.WARNING: ("warning", "warn", "info", "information", "informational", "none", "notice"),
    State.CRITICAL: ("critical", "crit", "page", "error", "high", "major", "emergency", "disaster"),
}
_STATES = {word: state for state, words in _WORDS.items() for word in words}
_STATUS = {State.OK: 0, State.WARNING: 1, State.CRITICAL: 2, State.UNKNOWN: 3}
_TEXTS = {
    "graph_image": ("graph_image",),
    "runbook": ("runbook_url", "runbook"),
    "playbook": ("playbook_url", "playbook"),
    "dashboard": ("dashboard_url", "dashboard", "dashboardURL"),
    "notification": ("notification",),
    "template": ("template",),
}
_OVERRIDES = {
    f"grafherald_{key.replace('.', '_')}": key
    for key in ("channels", "room", "channel", "recipients", "graph.from", "graph.to", "template")
}
_PORT = re.compile(r"\[?(?P<host>[^]]+?)\]?:\d{1,5}")
_MOST = 10_000  # alerts of one message
_LONGEST_QUERY = 4000  # characters
_LONGEST_GROUP = 200  # characters
_HEAD = ("version", "receiver", "externalURL", "orgId")  # of a message that is kept of each alert
_AGAIN = timedelta(hours=1)  # what still fires then is a new event


def document(raw: bytes, expected: str) -> Json:
    """Read the JSON object in *raw*.

    Args:
        expected: what it should be, for a message.

    Raises:
        InvalidEvent: it is none.
    """
    try:
        found = json.loads(raw.decode("utf-8-sig", "replace"), strict=False)
    except (ValueError, RecursionError):
        start = excerpt(raw[:200].decode("utf-8", "replace").strip())
        raise InvalidEvent(f"input is {start}, expected {expected} in JSON") from None
    if not isinstance(found, dict):
        start = excerpt(raw[:200].decode("utf-8", "replace").strip())
        raise InvalidEvent(f"input is {start}, expected {expected}")
    return found


@dataclass(frozen=True)
class PrometheusAlert:
    """One alert of a message.

    Attributes:
        firing: it is a problem, not the end of one.
        starts: when it began.
        ends: when it ended, None while it fires.
        source: the page of the expression: ``generatorURL``.
        document: all of it.
    """

    firing: bool
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts: datetime
    ends: datetime | None
    fingerprint: str
    source: str
    document: Json

    @property
    def state(self) -> State:
        """How bad it is by its label ``severity``; the worst where that says nothing."""
        return _STATES.get(self.labels.get("severity", "").lower(), State.CRITICAL)


def alerts(message: Json, now: datetime) -> list[PrometheusAlert]:
    """Read the alerts of a webhook's message.

    Raises:
        InvalidEvent: it has none, or one that is none; the text names the field.
    """
    found = message.get("alerts")
    if not isinstance(found, list):
        raise InvalidEvent("alerts: expected a list, as Alertmanager's webhook sends it")
    if len(found) > _MOST:
        raise InvalidEvent(f"alerts: there are {len(found)}, expected at most {_MOST}")
    return [_alert(f"alerts[{number}]", one, now) for number, one in enumerate(found)]


def _alert(place: str, found: object, now: datetime) -> PrometheusAlert:
    if not isinstance(found, dict):
        raise InvalidEvent(f"{place}: expected an object")
    status = found.get("status")
    if status not in ("firing", "resolved"):
        raise InvalidEvent(f"{place}.status: expected firing or resolved")
    labels = found.get("labels")
    if not isinstance(labels, dict):
        raise InvalidEvent(f"{place}.labels: expected an object")
    named = texts(labels)
    ends = moment(found.get("endsAt"))
    identity = text(found.get("fingerprint")) or _identity(named)
    return PrometheusAlert(
        firing=status == "firing",
        labels=named,
        annotations=texts(found.get("annotations")),
        starts=moment(found.get("startsAt")) or now,
        ends=min(ends or now, now) if status == "resolved" else None,
        fingerprint=identity,
        source=text(found.get("generatorURL")),
        document=found,
    )


def _identity(labels: Mapping[str, str]) -> str:
    return sha256(json.dumps(sorted(labels.items())).encode()).hexdigest()[:16]


def event(alert: PrometheusAlert, source: str, now: datetime) -> Event:
    """Make an event of *alert*, by what its labels and annotations usually mean.

    A group is sent whole whenever one of its alerts changes, so what fires is the same event for
    an hour. After that it is a new one and goes out again, as with ``repeat_interval``.
    """
    state = alert.state if alert.firing else State.OK
    turn = max(0, (now - alert.starts) // _AGAIN) if alert.firing else 0
    at = alert.starts + turn * _AGAIN if alert.firing else alert.ends or now
    incident = f"{alert.fingerprint}@{alert.starts.timestamp():.0f}"
    word = alert.labels.get("severity", "")
    first, more = _said(alert)
    return Event(
        source=source,
        kind=Kind.PROBLEM if alert.firing else Kind.RESOLVE,
        state=state,
        status=_STATUS[state],
        entity=entity(alert.labels) or "-",
        check=first_of(alert.labels, "alertname") or "alert",
        output=first,
        long_output=more,
        occurred_at=at,
        id=f"{incident}#{turn}",
        incident=incident,
        since=alert.starts,
        state_text=word.upper() if alert.firing and word.upper() != state.name else "",
        attributes=_attributes(alert),
        overrides={
            key: alert.annotations[name]
            for name, key in _OVERRIDES.items()
            if alert.annotations.get(name, "").strip()
        },
        labels=alert.labels,
        seen=() if alert.firing else (alert.state,),
        part=alert.fingerprint,
    )


def first_of(said: Mapping[str, str], *names: str) -> str:
    """Find the first of *names* that says something, stripped; "" where none does."""
    found = (said.get(name, "").strip() for name in names)
    return next((one for one in found if one), "")


def entity(labels: Mapping[str, str], names: Sequence[str] = ENTITY) -> str:
    """Find what an alert is about: the first of these labels that it has, without a port."""
    found = first_of(labels, *names)
    match = _PORT.fullmatch(found)
    return match["host"] if match else found


def other_labels(alert: PrometheusAlert) -> str:
    """Put on one line the labels that a message's head leaves out: ``job=node, disk=sda``."""
    told = ("alertname", "severity", next((n for n in ENTITY if alert.labels.get(n)), ""))
    pairs = [f"{n}={v}" for n, v in sorted(alert.labels.items()) if n not in told]
    return ", ".join(pair for pair in pairs if not pair.startswith("__"))


def kept_together(events: Sequence[Event], message: Json) -> list[Event]:
    """Make *events* of one message a group; a row counts the alerts that the sender left out."""
    group = _group(text(message.get("groupKey")))
    found = list(events)
    if len(found) > 1 and group:
        found = [one._replace(group=group) for one in found]
    count = message.get("truncatedAlerts")
    if found and type(count) is int and count > 0:
        row = (LEFT_OUT, f"{count} more alerts of this group (max_alerts of the receiver)")
        found[0] = found[0]._replace(details=(*found[0].details, row))
    return found


def _group(key: str) -> str:
    """A ``groupKey`` as it is, or where it is long, as a text that no other group has.

    It has the matchers of all the routes before the labels that tell groups apart.
    """
    if len(key) <= _LONGEST_GROUP:
        return key
    return f"{key[:_LONGEST_GROUP]} {sha256(key.encode()).hexdigest()[:16]}"


def parts(raw: bytes, _count: int, /) -> list[bytes]:
    """Make a message of each alert in *raw*. See `grafherald.inputs.Parts`."""
    message = document(raw, "")
    head = {name: shorten(text(message.get(name)), 200) for name in _HEAD if message.get(name)}
    return [json.dumps({**head, "alerts": [alert]}).encode() for alert in message["alerts"]]


def text(value: object) -> str:
    """Read a JSON value as a text that can be stored; "" for what is none."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value).replace("\0", "").encode("utf-8", "replace").decode()


def texts(value: object) -> dict[str, str]:
    """Read a JSON object as texts by name, without the names that are none."""
    pairs = value.items() if isinstance(value, dict) else ()
    return {text(name): text(one) for name, one in pairs if text(name)}


def moment(value: object) -> datetime | None:
    """Read RFC 3339 as a time in UTC; None for what is none.

    A zero is none: Go's is in year 1, Unix' in 1970; so is all before 2001.
    """
    if not isinstance(value, str):
        return None
    plain = re.sub(r"(\.\d{1,6})\d*", r"\1", value.strip()).replace("Z", "+00:00")
    plain = re.sub(r"\.(\d+)", lambda match: f".{match[1]:0<6}", plain)  # Python 3.10 wants six
    try:
        found = datetime.fromisoformat(plain)
        found = found if found.tzinfo else found.replace(tzinfo=timezone.utc)
        return found.astimezone(timezone.utc) if found.year >= 2001 else None
    except (ValueError, OverflowError):
        return None


def _said(alert: PrometheusAlert) -> tuple[str, str]:
    notes = alert.annotations
    summary = notes.get("summary") or notes.get("message") or notes.get("title") or ""
    description = notes.get("description", "")
    if not summary:
        return description or other_labels(alert), ""
    return summary, description if description != summary else ""


def _attributes(alert: PrometheusAlert) -> dict[str, tuple[str, ...]]:
    return dict(_named(alert))


def _named(alert: PrometheusAlert) -> Iterator[tuple[str, tuple[str, ...]]]:
    places = {**alert.labels, **alert.annotations}
    notes = {"dashboardURL": text(alert.document.get("dashboardURL")), **alert.annotations}
    yield from _about(notes, places)
    panel = _panel(alert)
    if panel[0] and panel[1]:  # a whole dashboard is no graph of this alert
        yield "panel", panel
    if query := _query(alert.source):
        yield "query", (query,)


def _query(page: str) -> str:
    """Find the expression of an alert in its page's URL, "" where that does not have it.

    Prometheus' is ``/graph?g0.expr=up+%3D%3D+0&g0.tab=1``.
    https://github.com/prometheus/prometheus/blob/main/util/strutil/strconv.go
    """
    try:
        found = parse_qs(urlsplit(page).query, max_num_fields=50).get("g0.expr", [])
    except ValueError:
        return ""
    return found[0].strip() if found and len(found[0]) <= _LONGEST_QUERY else ""


def attributes(notes: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What texts by name, as a source's tags, say about an event's notification."""
    return dict(_about(notes, notes))


def _about(
    notes: Mapping[str, str], places: Mapping[str, str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give the attributes that stand in *notes*, and the recipients in *places*."""
    for name, keys in _TEXTS.items():
        found = next((notes[key] for key in keys if notes.get(key)), "")
        if found.strip():
            yield name, tuple(urls_in(found)) if name == "graph_image" else (found.strip(),)
    recipients = [name for name in places if name.endswith(RECIPIENT_ENDINGS)]
    for name in recipients[:20]:
        named = tuple(part.strip() for part in places[name].split(",") if part.strip())
        if named:
            yield name, named


def _panel(alert: PrometheusAlert) -> tuple[str, str, str]:
    """Find dashboard, panel and organisation of an alert, in two annotations or a URL.

    Grafana turns the annotations into ``panelURL``: ``/d/<uid>?orgId=1&viewPanel=<id>``, and
    ``panel-<id>`` in newer versions.
    https://grafana.com/docs/grafana/latest/alerting/fundamentals/alert-rules/annotation-label/
    """
    notes = alert.annotations
    found = panel_in(
        text(alert.document.get("panelURL")) or text(alert.document.get("dashboardURL"))
    )
    if notes.get("__dashboardUid__"):
        return notes["__dashboardUid__"], notes.get("__panelId__", ""), found[2]
    return found


def panel_in(url: str) -> tuple[str, str, str]:
    """Find dashboard, panel and organisation in a page's *url*, each "" where it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", "", ""
    match = re.search(r"/d/([A-Za-z0-9_-]{1,40})(?:/|$)", parts.path)
    query = parse_qs(parts.query)
    number = query.get("viewPanel", query.get("panelId", [""]))[0].removeprefix("panel-")
    org = query.get("orgId", [""])[0]
    if match is None:
        return "", "", ""
    return match[1], number if number.isdecimal() else "", org if org.isdecimal() else ""


def named(event: Event, settings: Json) -> Event:
    """Name the entity of *event* by a label that the settings' ``alerts.entity`` chooses."""
    names = (settings.get("alerts") or {}).get("entity") or ()
    found = entity(event.labels, [names] if isinstance(names, str) else names)
    return event._replace(entity=found) if found else event
