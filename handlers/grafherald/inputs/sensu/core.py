"""Events of Sensu Core 0.x to 1.9.

https://docs.sensu.io/sensu-core/1.9/reference/events/, and what the server's create_event makes:
https://github.com/sensu/sensu/blob/60c6c5eafdc5e76f950380f8133e1110f428f130/lib/sensu/server/process.rb
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from grafherald.event import Event, Kind, State
from grafherald.inputs.sensu import attributes, fatigue, tokens
from grafherald.inputs.sensu.command import masked
from grafherald.inputs.sensu.fields import integer, mapping, moment, printed, text, texts
from grafherald.inputs.sensu.measured import measured
from grafherald.inputs.sensu.results import Result, Trouble, incident, results

Json = Mapping[str, Any]


def event(document: Json, now: datetime) -> Event:
    """Read *document*, which fits ``schemas/sensu-core-event.json``."""
    client, check = document["client"], document["check"]
    status = int(check["status"])
    times = (document.get("timestamp"), check.get("executed"), check.get("issued"))
    at = next(filter(None, map(moment, times)), now)
    past = results(check.get("history"), status, at)
    kind = _kind(document.get("action"), past)
    is_incident = kind in (Kind.PROBLEM, Kind.RESOLVE)
    trouble = Trouble.of(past, document)
    name = printed(check["name"])
    entity = text(check.get("source")).strip() or printed(client["name"])
    output, perfdata = measured(printed(check.get("output")))
    return Event(
        source="sensu-core",
        kind=kind,
        state=State.OK if kind is Kind.RESOLVE else State.from_status(status),
        status=status,
        entity=entity,
        check=name,
        output=output,
        perfdata=perfdata,
        occurred_at=at,
        id=text(document.get("id")),
        incident=text(document.get("id"))
        or incident((entity, name), trouble.start if is_incident else None),
        occurrences=max(1, integer(document.get("occurrences")) or 1),
        peak=_peak(document) if kind is Kind.RESOLVE else 0,
        interval=max(0, integer(check.get("interval")) or 0),
        quiet="the check says alert: false" if check.get("alert") is False else "",
        overrides=fatigue.of_core(check),
        since=_since(document, trouble, at) if is_incident else None,
        history=tuple(result.status for result in past),
        attributes=tokens.filled(
            attributes.find(attributes.TEXTS, (check, client))
            | attributes.recipients((client, check)),
            tokens.CORE,
            client,
        ),
        labels=attributes.labels(client.get("labels"), check.get("labels")),
        silenced=_silenced(document),
        seen=trouble.states if kind is Kind.RESOLVE else (),
        details=tuple(detail for detail in _details(document, entity) if detail[1]),
    )


def _kind(action: object, past: Sequence[Result]) -> Kind:
    """Decide by *action*; without one, as metric events of old versions come, by the statuses."""
    if action == "resolve":
        return Kind.RESOLVE
    if action == "flapping":
        return Kind.FLAPPING
    if past[-1].status != 0:
        return Kind.PROBLEM
    resolves = action != "create" and len(past) > 1 and past[-2].status != 0
    return Kind.RESOLVE if resolves else Kind.OK


def _peak(document: Json) -> int:
    """How often the check failed in a row before it passed: a resolve keeps the count."""
    counts = (document.get("occurrences"), document.get("occurrences_watermark"))
    return max(1, *(integer(count) or 1 for count in counts))


def _since(document: Json, trouble: Trouble, at: datetime) -> datetime | None:
    """When the trouble began.

    ``last_state_change`` also moves from warning to critical, and on resolve it and ``last_ok``
    are the end; ``last_ok`` is by the client's clock.
    """
    estimated = trouble.estimated_start(at, document["check"].get("interval"))
    candidates = [trouble.start, estimated]
    if not trouble.over:
        changed, last_ok = (
            moment(document.get("last_state_change")),
            moment(document.get("last_ok")),
        )
        same = len({result.status for result in trouble.run}) == 1
        candidates = [trouble.start, changed if same else None, last_ok, estimated, changed]
    return next((found for found in candidates if found and found <= at), None)


def _silenced(document: Json) -> tuple[str, ...]:
    entries = tuple(texts(document.get("silenced_by")))
    return entries or (("an entry",) if document.get("silenced") is True else ())


def _details(document: Json, entity: str) -> Iterator[tuple[str, str]]:
    client, check = document["client"], document["check"]
    address = text(client.get("address"))
    yield "Address", address if address not in ("unknown", entity) else ""
    origins = (text(check.get("origin")), printed(client["name"]))
    yield "Checked from", next((name for name in origins if name and name != entity), "")
    yield "Datacenter", text(document.get("dc"))
    yield "Command", masked(text(check.get("command")))
    yield "Subscriptions", ", ".join(texts(check.get("subscribers")))
    limits = [(name, text(value)) for name, value in mapping(check.get("thresholds")).items()]
    yield "Thresholds", ", ".join(f"{text(name)} {value} s" for name, value in limits if value)
    for name, hook in mapping(check.get("hooks")).items():
        yield f"Hook {text(name)}", printed(mapping(hook).get("output"))
