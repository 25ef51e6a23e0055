"""Events of Sensu Go 5 and 6.

https://docs.sensu.io/sensu-go/latest/observability-pipeline/observe-events/events/, and what
backend/eventd/eventd.go in https://github.com/sensu/sensu-go makes of results.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from grafherald.event import Event, Kind, State
from grafherald.inputs.sensu import attributes, fatigue, tokens
from grafherald.inputs.sensu.command import masked
from grafherald.inputs.sensu.fields import integer, mapping, moment, printed, text, texts
from grafherald.inputs.sensu.gotemplate import filled
from grafherald.inputs.sensu.measured import measured
from grafherald.inputs.sensu.results import Trouble, incident, results

Json = Mapping[str, Any]


def event(document: Json, now: datetime) -> Event:
    """Read *document*, which fits ``schemas/sensu-go-event.json``."""
    entity, check = document["entity"], document["check"]
    metadata, names = check["metadata"], entity["metadata"]
    status = int(check.get("status") or 0)
    at = _ran_at(document, now)
    past = results(check.get("history"), status, at, moment(check.get("executed")))
    kind = _kind(check.get("state"), [result.status for result in past])
    is_incident = kind in (Kind.PROBLEM, Kind.RESOLVE)
    trouble = Trouble.of(past, check)
    host = text(check.get("proxy_entity_name")).strip() or printed(names["name"])
    path = (printed(names["namespace"]), host, printed(metadata["name"]))
    notes = (mapping(metadata.get("annotations")), mapping(names.get("annotations")))
    tags = (mapping(metadata.get("labels")), mapping(names.get("labels")))
    theirs, settings, left = attributes.of_plugins(notes, lambda said: filled(said, document))
    own = [place for note in notes for place in (attributes.prefixed(note), note)]
    # Sensu drops keys that it does not know; a mutator, or who posts an event, may keep them.
    places = (*own, *map(attributes.migrated, notes), *tags, check, entity)
    output, perfdata = measured(printed(check.get("output")))
    return Event(
        source="sensu-go",
        kind=kind,
        state=State.from_status(status),
        status=status,
        entity=host,
        check=path[-1],
        output=output,
        perfdata=perfdata,
        occurred_at=at,
        id=text(document.get("id")),
        namespace=path[0],
        incident=incident(path, trouble.start if is_incident else None),
        occurrences=max(1, integer(check.get("occurrences")) or 1),
        peak=max(1, integer(check.get("occurrences_watermark")) or 1)
        if kind is Kind.RESOLVE
        else 0,
        interval=max(0, integer(check.get("interval")) or 0),
        since=_since(check, trouble, at) if is_incident else None,
        history=tuple(result.status for result in past),
        attributes=tokens.filled(
            theirs | attributes.find(attributes.TEXTS, places) | attributes.recipients(places),
            tokens.GO,
            entity,
        ),
        overrides=settings
        | fatigue.of_annotations(notes[1], notes[0], path[-1])
        | attributes.overrides(notes),
        labels=attributes.labels(*reversed(tags)),
        silenced=_silenced(check),
        seen=trouble.states if kind is Kind.RESOLVE else (),
        details=tuple(row for row in _details(document, host, left) if row[1]),
    )


def _ran_at(document: Json, now: datetime) -> datetime:
    """When the check ran: ``executed``, unless it is days off the event's own time."""
    stamped, executed = moment(document["timestamp"]), moment(document["check"].get("executed"))
    if stamped and executed and abs(stamped - executed) > timedelta(days=1):
        return stamped
    return executed or stamped or now


def _kind(state: object, statuses: Sequence[int]) -> Kind:
    """Decide as is_incident and is_resolution of Sensu's filters do; flapping comes first.

    https://github.com/sensu/sensu-go/blob/087436bd6e92b239dad3e5a4d8f5598509b8aae5/api/core/v2/event.go
    """
    if state == "flapping":
        return Kind.FLAPPING
    if statuses[-1] != 0:
        return Kind.PROBLEM
    return Kind.RESOLVE if len(statuses) > 1 and statuses[-2] != 0 else Kind.OK


def _since(check: Json, trouble: Trouble, at: datetime) -> datetime | None:
    """When the trouble began; on resolve ``last_ok`` is already the end."""
    last_ok = None if trouble.over else moment(check.get("last_ok"))
    candidates = (trouble.start, last_ok, trouble.estimated_start(at, check.get("interval")))
    return next((found for found in candidates if found and found <= at), None)


def _silenced(check: Json) -> tuple[str, ...]:
    entries = tuple(texts(check.get("silenced")))
    return entries or (("an entry",) if check.get("is_silenced") is True else ())


def _details(document: Json, host: str, theirs: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Rows for the reader, some without a text; *theirs* are annotations that are not taken."""
    entity, check = document["entity"], document["check"]
    namespace = printed(entity["metadata"]["namespace"])
    yield "Address", _address(entity)
    yield "Namespace", namespace if namespace != "default" else ""
    origins = (printed(entity["metadata"]["name"]), text(check.get("processed_by")))
    yield "Checked from", next((name for name in origins if name and name != host), "")
    yield "Command", masked(text(check.get("command")))
    yield "Subscriptions", ", ".join(texts(check.get("subscriptions")))
    lost = integer(check.get("output_truncated_bytes")) or 0
    yield "Output", f"Sensu cut {lost:,} bytes off its end" if lost > 0 else ""
    hooks = check.get("hooks")
    for hook in hooks if isinstance(hooks, list) else ():
        name = text(mapping(mapping(hook).get("metadata")).get("name"))
        yield f"Hook {name}".rstrip(), printed(mapping(hook).get("output"))
    notes = (mapping(each["metadata"].get("annotations")) for each in (check, entity))
    yield "Not used", _not_used(theirs)
    yield "Not used", _unknown(attributes.unknown(notes))


def _not_used(annotations: Sequence[str]) -> str:
    """Say which annotations for Sensu's own handlers are not taken, without what they hold."""
    names = ", ".join(dict.fromkeys(name.removeprefix("sensu.io/plugins/") for name in annotations))
    return f"annotations {names}: set these in grafherald's settings" if names else ""


def _unknown(names: Sequence[str]) -> str:
    """Say which annotations of ours mean nothing, and what may have been meant."""
    if not names:
        return ""
    from difflib import get_close_matches

    known = (*attributes.OVERRIDES, *attributes.TEXTS)
    said = [
        name + "".join(f" ({near}?)" for near in get_close_matches(name, known, 1))
        for name in names
    ]
    return f"annotations {attributes.PREFIX}: there is no {', '.join(said)}"


def _address(entity: Json) -> str:
    """The first address of the entity that others can reach, without its mask."""
    interfaces = mapping(mapping(entity.get("system")).get("network")).get("interfaces")
    for interface in interfaces if isinstance(interfaces, list) else ():
        for address in texts(mapping(interface).get("addresses")):
            if not address.startswith(("127.", "169.254.", "::1", ":1", "fe80:")):
                return address.partition("/")[0]
    return ""
