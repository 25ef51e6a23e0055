"""Where events come from: bytes in, events out. An input is one `InputType`, found by its name.

Ours are the packages here; another package names its own as an entry point of the group
``grafherald.inputs``. Each has a command, ``grafherald <name>``, and a path, ``/events/<name>``.

Nothing that takes time is imported here, nor by an input before it is asked to `parse`: the command
hands most events over to the daemon, and is then done.
"""

from __future__ import annotations

from grafherald import registry

TYPE_CHECKING = False  # typing is an import that a hand-over does not need
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from typing import Any, Protocol

    from grafherald.event import Event

    Json = Mapping[str, Any]

    class Parse(Protocol):
        """Turns one input's bytes into events."""

        def __call__(self, raw: bytes, *, now: datetime) -> list[Event]:
            """Read *raw*; [] where there is nothing to notify about.

            Args:
                now: stands in for a time that the input does not tell.

            Raises:
                InvalidEvent: it is no event; the text says in one line what it is.
            """
            ...

    class Parts(Protocol):
        """Takes an input of several events apart, so that each is kept with its own alone."""

        def __call__(self, raw: bytes, count: int, /) -> Sequence[bytes]:
            """Make an input of each of the *count* events that `Parse` makes of *raw*, in order."""
            ...

    class Links(Protocol):
        """Knows the source's own pages about an event."""

        def __call__(self, event: Event, settings: Json, /) -> tuple[str, str]:
            """Find where *event* is shown, and where it is acknowledged; "" where there is none.

            Args:
                settings: the section of the settings that has the input's name.
            """
            ...

    class Settle(Protocol):
        """Decides what the settings have a say in."""

        def __call__(self, event: Event, settings: Json, /) -> Event:
            """Apply the source's own rules to *event*: how it is named, and whether it is told.

            Args:
                settings: the whole tree.
            """
            ...

    class Capture(Protocol):
        """Gathers what the command was given, to be parsed here or by the daemon."""

        def __call__(
            self, options: Json, environment: Mapping[str, str], read: Callable[[], bytes], /
        ) -> bytes:
            """Put it into one input.

            Args:
                options: what stands for each of the input's `InputType.arguments`.
                read: gives standard input.
            """
            ...


GROUP = "grafherald.inputs"
DEFAULT = "sensu"  # what is taken for Sensu's: input that nobody says the kind of
LIMIT = 32 * 1024 * 1024  # bytes
_SHORT = 1024 * 1024  # bytes that the events of one input are kept with in all


def from_standard_input(
    _options: Json, _environment: Mapping[str, str], read: Callable[[], bytes], /
) -> bytes:
    """See `Capture`: the input is what is piped in."""
    return read()


def without_links(_event: Event, _settings: Json, /) -> tuple[str, str]:
    """See `Links`: the source has no pages."""
    return "", ""


def whole(raw: bytes, count: int, /) -> Sequence[bytes]:
    """See `Parts`: where it is long, only the first event has the input, or a store fills up."""
    short = count * len(raw) <= _SHORT
    return [raw] * count if short else [raw, *[b""] * (count - 1)]


def unchanged(event: Event, _settings: Json, /) -> Event:
    """See `Settle`: the event is as it was read."""
    return event


def later(place: str) -> Any:
    """Name a function as ``module:function``; its module is imported when it is called first.

    A process that refuses its input, or hands it over, needs none of them.
    """

    def call(*values: Any, **named: Any) -> Any:
        import importlib

        module, _, name = place.partition(":")
        return getattr(importlib.import_module(module), name)(*values, **named)

    return call


class InputType:
    """All that the rest of the program knows of one kind of source.

    Attributes:
        name: its command, its path, and its section of the settings.
        summary: what its command does, for ``--help``; the first line alone is a sentence.
        parse: see `Parse`.
        sample: bytes that `parse` makes an event of.
        links: see `Links`.
        settle: see `Settle`.
        parts: see `Parts`.
        schema: JSON Schema of its section of the settings; None where it has none, or where
            ``schemas/config.json`` has it, as ours.
        capture: see `Capture`.
        arguments: the command's own, each a flag and what argparse has to know about it.
        content_types: what ``POST /events/<name>`` takes.
        limit: bytes of one input.
    """

    # No dataclass, see above.
    def __init__(  # noqa: PLR0913 - the parts of a descriptor, by name
        self,
        name: str,
        *,
        summary: str,
        parse: Parse,
        sample: bytes,
        links: Links = without_links,
        settle: Settle = unchanged,
        parts: Parts = whole,
        schema: Json | None = None,
        capture: Capture = from_standard_input,
        arguments: Sequence[tuple[str, Json]] = (),
        content_types: Sequence[str] = ("application/json",),
        limit: int = LIMIT,
    ) -> None:
        self.name = name
        self.summary = summary
        self.parse = parse
        self.sample = sample
        self.links = links
        self.settle = settle
        self.parts = parts
        self.schema = schema
        self.capture = capture
        self.arguments = tuple(arguments)
        self.content_types = tuple(content_types)
        self.limit = limit

    def read(self, raw: bytes, settings: Json, *, now: datetime) -> list[Event]:
        """Parse *raw*, settle and link its events.

        Args:
            settings: the whole tree.

        Raises:
            InvalidEvent: see `Parse`.
        """
        return [self.settled(event, settings) for event in self.parse(raw, now=now)]

    def kept(self, raw: bytes, count: int) -> Sequence[bytes]:
        """What each of the *count* events of *raw* is kept with."""
        return self.parts(raw, count) if count > 1 else [raw] * count

    def settled(self, event: Event, settings: Json) -> Event:
        """Settle and link a parsed *event*.

        Args:
            settings: the whole tree.
        """
        return self.linked(self.settle(event, settings), settings)

    def linked(self, event: Event, settings: Json) -> Event:
        """Add links to acknowledge it, where it is a problem, and to see it.

        Args:
            settings: the whole tree.
        """
        from grafherald.event import Kind, State

        shown, acknowledged = self.links(event, settings.get(self.name) or {})
        is_open = event.kind in (Kind.PROBLEM, Kind.FLAPPING, Kind.CUSTOM)
        is_problem = is_open and event.state is not State.OK
        first = (("Acknowledge", acknowledged),) if acknowledged and is_problem else ()
        last = ((event.source.partition("-")[0].capitalize(), shown),) if shown else ()
        return event._replace(links=(*first, *event.links, *last)) if first or last else event


def find(name: str) -> InputType:
    """Look up an input by its name.

    Raises:
        ConfigError: there is none of that name, or it can't be used; the text lists the known.
    """
    return registry.find(GROUP, name, InputType, "input")


def names() -> list[str]:
    """List the inputs that there are, those of other packages too."""
    return registry.names(GROUP)
