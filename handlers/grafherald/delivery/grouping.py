"""Several events as one, for a message that lists them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from grafherald.delivery.graphs import shown_of
from grafherald.event import LEFT_OUT, Event, Kind, State
from grafherald.notification import Notification
from grafherald.store.codec import fingerprint

_LINES = 40  # members that are listed
_LINE = 160  # characters of a member's output
_PICTURES = 3
_BADNESS = (State.OK, State.WARNING, State.UNKNOWN, State.CRITICAL)


def merged(events: Sequence[Event], group: str) -> Event:
    """Make one event that tells of all *events*, in the order they came; at least one.

    An entity's check is listed once, as it is now. The worst comes first, and gives the message
    its state; it is a resolve when all members are. Up to three different graphs are shown.
    """
    latest = {(e.source, e.namespace, e.entity, e.check, e.part): e for e in events}
    members = sorted(latest.values(), key=_badness, reverse=True)
    worst = members[0]
    if len(members) == 1:
        return worst
    images = dict.fromkeys(i for m in members for i in m.attributes.get("graph_image", ()))
    return worst._replace(
        entity=_common([m.entity for m in members], "entities"),
        check=_common([m.check for m in members], "checks"),
        output=_listing(members),
        long_output="",
        perfdata="",
        state_text="",
        occurred_at=max(m.occurred_at for m in members),
        since=min((m.since for m in members if m.since), default=None),
        occurrences=1,
        id="",
        incident=f"group {group}",
        part=_members(events),
        attributes={
            **{name: v for name, v in worst.attributes.items() if _is_shared(name, members)},
            "graph_image": tuple(images)[:_PICTURES],
        },
        labels=dict(set.intersection(*(set(m.labels.items()) for m in members))),
        details=(
            *dict.fromkeys(row for m in members for row in m.details if row[0] == LEFT_OUT),
            *shown_of(min(_PICTURES, len(images)), len(images)),
        ),
        links=(),
        silenced=(),
    )


def _members(events: Sequence[Event]) -> str:
    """Tell a group from others of the same size: the same for the same events, however often."""
    return sha256(" ".join(map(fingerprint, events)).encode()).hexdigest()[:32]


def _badness(event: Event) -> tuple[bool, int]:
    return event.kind not in (Kind.RESOLVE, Kind.OK), _BADNESS.index(event.state)


def _is_shared(name: str, members: Sequence[Event]) -> bool:
    return len({m.attributes.get(name) for m in members}) == 1 and name != "notification"


def _common(names: Sequence[str], plural: str) -> str:
    different = list(dict.fromkeys(names))
    return different[0] if len(different) == 1 else f"{len(different)} {plural}"


def _listing(members: Sequence[Event]) -> str:
    lines = [f"{len(members)} alerts:"]
    for event in members[:_LINES]:
        said = " ".join(event.output.split())
        cut = said if len(said) <= _LINE else said[: _LINE - 1] + "\u2026"
        lines.append(f"{Notification(event).headline}: {cut}")
    if len(members) > _LINES:
        lines.append(f"\u2026 and {len(members) - _LINES} more")
    return "\n".join(lines)
