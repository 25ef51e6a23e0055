"""What happened, in one shape for Sensu, Nagios and Icinga."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import NamedTuple

RECIPIENT_ENDINGS = ("_room", "_channel", "_to")  # of attributes that name whom an event goes to
LEFT_OUT = "Left out"  # the label of a detail that the message of a whole group has too


class State(str, Enum):
    """How bad it is: the four exit codes of a Nagios plugin."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"

    @classmethod
    def from_status(cls, status: int) -> State:
        """Read a check's exit *status* as a state; all but 0, 1 and 2 is unknown."""
        return {0: cls.OK, 1: cls.WARNING, 2: cls.CRITICAL}.get(status, cls.UNKNOWN)


class Kind(str, Enum):
    """Why the event was sent."""

    PROBLEM = "problem"
    RESOLVE = "resolve"
    OK = "ok"  # a passing result that ends no problem: a handler without an incident filter
    FLAPPING = "flapping"
    FLAPPING_END = "flapping-end"
    FLAPPING_DISABLED = "flapping-disabled"
    ACKNOWLEDGEMENT = "acknowledgement"
    DOWNTIME_START = "downtime-start"
    DOWNTIME_END = "downtime-end"
    DOWNTIME_CANCELLED = "downtime-cancelled"
    CUSTOM = "custom"


class Event(NamedTuple):
    """One event, read and checked. Every text in it is hostile until it is escaped.

    Attributes:
        source: ``sensu-core``, ``sensu-go``, ``nagios``, ``icinga``, or what another input says.
        kind: why it was sent, one of `Kind`.
        state: how bad it is, one of `State`.
        status: the check's exit status as it came; 127 stays 127.
        entity: the host: Core's client, Go's entity, the proxy where there is one.
        check: the check or service; ``host`` when Nagios speaks of the host itself.
        output: what the check printed, without trailing blank space.
        occurred_at: when the check ran, aware, in UTC.
        id: the event's own id, or "".
        namespace: Sensu Go's, or "".
        incident: one text for all events of the same problem, so that they thread.
        occurrences: how often in a row this status was seen; at least 1.
        peak: of a resolve, the most often in a row that one failing status was seen before it, as
            far as the source tells; else 0.
        interval: seconds between two results of the check; 0 where nobody says.
        quiet: why no message goes out, a few words, or "": it is kept all the same.
        since: when the problem began, as far as the event tells, else None.
        history: earlier statuses, oldest first, the present one last; may be empty.
        state_text: the source's own word where it has one: ``DOWN``, ``UNREACHABLE``.
        long_output: what the check printed behind its first line, where the source sets it apart.
        perfdata: performance data as the plugin wrote it: ``load=9.5;8;10``.
        author: who acknowledged, planned the downtime or wrote, or "".
        comment: what that person wrote, or "".
        attributes: what the check (else the client or entity) says about its notification,
            each as a tuple of texts: ``graph_image``, ``playbook``, ``runbook``,
            ``dashboard``, ``notification``, ``template``, and whom it goes to, by names that end
            as one of `RECIPIENT_ENDINGS`.
        labels: by name; what routes match and numbers are summed by.
        overrides: settings that annotations override, by dotted key: ``graph.from``.
        silenced: the silencing entries that match, or empty.
        details: more for the reader, as (label, text): address, command, hook outputs.
        links: more places to go, as (label, URL): acknowledge, notes.
        addresses: mail addresses that the source itself names (Nagios' contact).
        seen: the states of the problem that a resolve ends or an acknowledgement is about, as far
            as they are known; who heard of one of them hears of the end.
        part: what tells this problem from others of the same check, where a check has several at
            once: Alertmanager's fingerprint.
        group: one text for all that the source sent together; it goes as one message where the
            routes don't group it otherwise.
    """

    source: str
    kind: Kind
    state: State
    status: int
    entity: str
    check: str
    output: str
    occurred_at: datetime
    id: str = ""
    namespace: str = ""
    incident: str = ""
    occurrences: int = 1
    since: datetime | None = None
    history: tuple[int, ...] = ()
    state_text: str = ""
    long_output: str = ""
    perfdata: str = ""
    author: str = ""
    comment: str = ""
    attributes: Mapping[str, tuple[str, ...]] = {}
    overrides: Mapping[str, str] = {}
    labels: Mapping[str, str] = {}
    silenced: tuple[str, ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    addresses: tuple[str, ...] = ()
    peak: int = 0
    interval: int = 0
    quiet: str = ""
    seen: tuple[State, ...] = ()
    part: str = ""
    group: str = ""

    def attribute(self, name: str) -> str:
        """Look up attribute *name*: the first of its texts, "" where it has none."""
        return next(iter(self.attributes.get(name, ())), "")
