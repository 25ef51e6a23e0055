"""What a message shows its reader: an event, its graphs, and words and facts about it.

Nothing here is escaped or cut: each channel does that by its own rules.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from grafherald.event import Event, Kind, State
from grafherald.text import one_line

if TYPE_CHECKING:
    from grafherald.notification.perfdata import Metric

_WORDS = {
    Kind.RESOLVE: "RESOLVED",
    Kind.FLAPPING: "FLAPPING",
    Kind.FLAPPING_END: "FLAPPING ENDED",
    Kind.FLAPPING_DISABLED: "FLAPPING DISABLED",
    Kind.ACKNOWLEDGEMENT: "ACKNOWLEDGED",
    Kind.DOWNTIME_START: "DOWNTIME STARTED",
    Kind.DOWNTIME_END: "DOWNTIME ENDED",
    Kind.DOWNTIME_CANCELLED: "DOWNTIME CANCELLED",
    Kind.CUSTOM: "CUSTOM NOTIFICATION",
}
_SMS = 160  # characters
_JSON = 100_000  # characters of an output that are looked into
_SMS_NAME = 80  # of these, at most, for host and check
_NAME = 60  # characters of a dashboard's
_PANEL = re.compile(r"(?:^|&)(?:viewPanel|panelId)=(?:panel-)?(\w{1,20})")
_BY_A_PERSON = (
    Kind.ACKNOWLEDGEMENT,
    Kind.CUSTOM,
    Kind.DOWNTIME_START,
    Kind.DOWNTIME_END,
    Kind.DOWNTIME_CANCELLED,
)


class Graph(NamedTuple):
    """One panel.

    Attributes:
        render_url: what Grafana is asked for, with from and to.
        link: the page that shows the panel live.
        png: the picture's bytes, where a channel carries them itself.
        image_url: the picture's public URL, or "".
        problem: why there is no picture, a few words, or "".
        advice: what to do about that, one sentence for the operator, or "".
        drawn: the picture is one of ours, not Grafana's own.
        last: what the panel says of the alert, as "now 97.2 %, limit 90 %", or "".
        notes: what a drawn picture leaves out, a few words each.
    """

    render_url: str
    link: str
    png: bytes | None = None
    image_url: str = ""
    problem: str = ""
    advice: str = ""
    drawn: bool = False
    last: str = ""
    notes: tuple[str, ...] = ()


class Notification(NamedTuple):
    """One event with its graphs, as every channel gets it.

    Attributes:
        event: what happened.
        graphs: the panels, each with its picture or why there is none.
        may_repeat: it was sent before and no answer came, so it may have arrived already.
        late: how long it waited before it was sent, where that is worth a word, else None.
    """

    event: Event
    graphs: tuple[Graph, ...] = ()
    may_repeat: bool = False
    late: timedelta | None = None

    @property
    def subject(self) -> str:
        """The host first, then the check; the same for problem and resolve, so that they thread."""
        return one_line(f"{self.event.entity}/{self.event.check}")

    @property
    def word(self) -> str:
        """The state, and what to know about the message itself: ``CRITICAL (2 h late)``."""
        late = f"{span(self.late)} late" if self.late else ""
        notes = [note for note in ("may be a repeat" if self.may_repeat else "", late) if note]
        return self.state + (f" ({', '.join(notes)})" if notes else "")

    @property
    def state(self) -> str:
        """One or two capital words: CRITICAL, RESOLVED, DOWN, UNKNOWN (exit 127)."""
        event = self.event
        if event.kind is Kind.CUSTOM and event.source == "grafherald":
            return "NOTICE"
        if event.kind in _WORDS:
            return _WORDS[event.kind]
        if said := one_line(event.state_text):
            return said
        odd = f" (exit {event.status})" if event.status not in range(4) else ""
        return event.state.value.upper() + odd

    @property
    def tone(self) -> str:
        """How it looks: ``critical``, ``warning``, ``unknown``, ``ok`` or ``info``."""
        event = self.event
        if event.kind is Kind.PROBLEM:
            return event.state.value
        if event.kind in (Kind.RESOLVE, Kind.OK):
            return State.OK.value
        if event.kind is Kind.FLAPPING:
            return State.WARNING.value
        return "info"

    @property
    def headline(self) -> str:
        """One line that says all: ``web01/cpu is CRITICAL``."""
        return self.subject + self.predicate

    @property
    def predicate(self) -> str:
        """What `headline` says of the subject: `` is CRITICAL``, ``: DOWNTIME STARTED``."""
        joint = ":" if " " in _WORDS.get(self.event.kind, "") else " is"
        return f"{joint} {self.word}"

    @property
    def text(self) -> str:
        """What a person wrote, else the check's ``notification`` text, else its output, whole."""
        event = self.event
        said = event.attribute("notification") or event.output
        wrote = self.remark if event.kind is Kind.CUSTOM else ""
        return _without_blank_lines("\n".join(filter(None, (wrote, said, event.long_output))))

    @property
    def gist(self) -> str:
        """What to read first, on one line: a person's words, else what the output comes down to."""
        wrote = self.remark if self.event.kind in _BY_A_PERSON else ""
        return one_line(wrote) or one_line(_point(self.text))

    @property
    def remark(self) -> str:
        """What a person says with the event, as ``jane: on it``; or ""."""
        event = self.event
        named = f"{event.author}: {event.comment}" if event.author else event.comment
        return named if event.comment else ""

    @property
    def short(self) -> str:
        """One line of at most 160 characters, an SMS; a person's comment goes before the output."""
        line = self.brief(_SMS_NAME)
        # Three dots: with "…" in it an SMS has room for 70 characters only.
        return line if len(line) <= _SMS else f"{line[: _SMS - 3].rstrip()}..."

    def brief(self, name: int) -> str:
        """Say all on one line: host and check in *name* characters, the state, and the `gist`."""
        known = len(self.subject) <= name
        subject = self.subject if known else f"{self.subject[: name - 3]}..."
        return subject + self.predicate + (f": {self.gist}" if self.gist else "")

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The measured values worth a table, worst and fullest first: several, or one with a bar.

        A message has room for some of them.
        """
        from grafherald.notification.perfdata import parse

        found = parse(self.event.perfdata)
        if len(found) == 1 and found[0].percent is None:
            return ()
        worst = (State.CRITICAL, State.WARNING, State.UNKNOWN, State.OK)
        return tuple(
            sorted(found, key=lambda metric: (worst.index(metric.state), -(metric.percent or 0)))
        )

    @property
    def duration(self) -> timedelta | None:
        """How long the problem lasted until this event, when its start is known."""
        since = self.event.since
        return self.event.occurred_at - since if since and since < self.event.occurred_at else None

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What else to know, as (label, text), most useful first; texts may have several lines."""
        event = self.event
        rows = [self._when(), *self._seen()]
        if event.occurrences > 1 and event.kind is Kind.PROBLEM:
            rows.append(("Occurrences", f"{event.occurrences} in a row"))
        if event.kind not in (Kind.PROBLEM, Kind.RESOLVE, Kind.OK):  # `word` does not tell it
            rows.append(("State", one_line(event.state_text) or event.state.value.upper()))
        if event.kind is not Kind.CUSTOM:  # there it is the text
            rows += [("By", event.author), ("Comment", event.comment)]
        rows.append(("Silenced by", ", ".join(event.silenced)))
        for label in ("runbook", "playbook"):
            text = event.attribute(label)
            if not is_web_url(text):
                rows.append((label.capitalize(), text))
        rows.extend(event.details)
        return tuple((label, text) for label, text in rows if text.strip())

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """Where to go, as (label, URL): live panels, runbook, playbook, the source's own links."""
        rows = [
            ("Live panel" if len(self.graphs) == 1 else f"Live {self.graph_name(n)}", graph.link)
            for n, graph in enumerate(self.graphs, 1)
        ]
        for label in ("runbook", "playbook", "dashboard"):
            rows.append((label.capitalize(), self.event.attribute(label)))
        rows.extend(self.event.links)
        return tuple((label, url) for label, url in rows if is_web_url(url))

    def graph_name(self, number: int) -> str:
        """Tell graph *number* from the others of a message: ``panel 4``, ``disks panel 4``.

        The dashboard is named where they are of different ones; what names no panel is numbered.
        """
        known = [panel_of(graph.render_url) for graph in self.graphs]
        dashboard, panel = known[number - 1]
        if not panel or known.count((dashboard, panel)) > 1:
            return f"panel {number}" if not panel else f"panel {panel} ({number})"
        several = len({each for each, _ in known}) > 1
        return f"{dashboard} panel {panel}" if several and dashboard else f"panel {panel}"

    def _seen(self) -> list[tuple[str, str]]:
        """What the panels say in numbers, and which pictures are not the whole panel."""
        graphs = [graph for graph in self.graphs if graph.last or (graph.drawn and graph.notes)]
        label = "Graph" if len(self.graphs) == 1 else "Graph {}"
        return [
            (label.format(number), _words_of(graph))
            for number, graph in enumerate(self.graphs, 1)
            if graph in graphs
        ]

    def _when(self) -> tuple[str, str]:
        event, duration = self.event, self.duration
        at = clock(event.occurred_at)
        if event.kind is Kind.RESOLVE and duration:
            return "Lasted", f"{span(duration)}, until {at}"
        if event.kind is Kind.PROBLEM and event.since and duration:
            return "Since", f"{clock(event.since)} ({span(duration)})"
        return "At", at


def _words_of(graph: Graph) -> str:
    notes = f"drawn by grafherald: {', '.join(graph.notes)}" if graph.notes else ""
    return "; ".join(part for part in (graph.last, notes) if part)


def _without_blank_lines(text: str) -> str:
    """Drop what is above the first line that holds something; its indentation stays."""
    start = len(text) - len(text.lstrip())
    return text[text.rfind("\n", 0, start) + 1 :]


_SAYING = ("message", "msg", "error", "summary", "description", "reason", "detail", "title", "text")
_TRACEBACK = "Traceback (most recent call last):"


def _point(text: str) -> str:
    """Find what a text comes down to: of JSON its message, of a traceback the exception."""
    if text.startswith(("{", "[")):
        return _message(text) or text
    head, found, rest = text.partition(_TRACEBACK)
    lines = rest.strip().split("\n")
    return head + lines[-1] if found and len(lines) > 1 else text


def _message(text: str) -> str:
    """Find the first field of a JSON document that reads like a message, or ""."""
    import json

    try:
        level: list[Any] = [json.loads(text[:_JSON])]
    except (ValueError, RecursionError):
        return ""
    for item in level:  # outer fields before inner ones: it grows as it is read
        if isinstance(item, dict):
            for name, said in item.items():
                if name.lower() in _SAYING and isinstance(said, str) and said.strip():
                    return said
            level.extend(item.values())
        elif isinstance(item, list):
            level.extend(item)
    return ""


def is_web_url(text: str) -> bool:
    """Tell whether *text* is one http(s) URL, safe to put behind a link."""
    return text.startswith(("http://", "https://")) and not any(
        letter.isspace() or not letter.isprintable() for letter in text
    )


def panel_of(render_url: str) -> tuple[str, str]:
    """Tell which panel a render URL is of: the dashboard's name in it, the panel's id; or "".

    ``/render/d-solo/<uid>/<name>?panelId=2``; ``/render/dashboard-solo/db/<name>`` before 5.
    """
    path, _, query = render_url.partition("?")
    found = _PANEL.search(query)
    name = path.rstrip("/").rpartition("/")[2] if "solo" in path else ""
    return one_line(name)[:_NAME], found[1] if found else ""


def clock(at: datetime) -> str:
    """Write a time for people, in this machine's time zone: ``2026-11-21 03:12:05 CET``."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def span(length: timedelta) -> str:
    """Write a *length* of time for people, in its two largest units: ``2 h 5 min``, ``45 s``."""
    seconds = int(length.total_seconds())
    sizes = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts: list[tuple[int, str]] = []
    for unit, size in sizes:
        count, seconds = divmod(seconds, size)
        if count or parts:
            parts.append((count, unit))
    return " ".join(f"{count} {unit}" for count, unit in parts[:2] if count) or "0 s"
