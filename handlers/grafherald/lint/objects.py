"""The objects in a file of Nagios' configuration, with their lines.

https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/objectdefinitions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_DEFINE = re.compile(r"define\s+(\w+)\s*\{")
_COMMENT = re.compile(r"(?<!\\);(.*)")


@dataclass(frozen=True)
class Directive:
    """One line of an object.

    Attributes:
        key: custom variables in upper case, as Nagios has them.
        value: ``\\;`` is a ``;`` here.
        comment: what stands behind a bare ``;``, which Nagios does not see.
    """

    key: str
    value: str
    line: int
    comment: str = ""


@dataclass(frozen=True)
class Object:
    """``define <kind> { ... }``; not *closed* when its ``}`` is missing."""

    kind: str
    line: int
    entries: list[Directive] = field(default_factory=list)
    closed: bool = True

    def get(self, key: str) -> str:
        """The value of *key*, the last one's where there are several, or ""."""
        return next((e.value for e in reversed(self.entries) if e.key == key), "")

    def names(self, key: str) -> list[str]:
        """Read the value of *key* as names with commas between them."""
        return [name.strip() for name in self.get(key).split(",") if name.strip()]

    @property
    def name(self) -> str:
        """What people call it: ``web01/cpu``, ``web01``, or a template's name."""
        parts = (self.get("host_name"), self.get("service_description"))
        return "/".join(filter(None, parts)) or self.get("name")


def read(text: str) -> Iterator[Object]:
    """Read the objects in *text*; what is none is passed over."""
    current: Object | None = None
    for number, line in enumerate(text.splitlines(), 1):
        comment = _COMMENT.search(line)
        words = line[: comment.start()].strip() if comment else line.strip()
        start = _DEFINE.match(words)
        if start or words == "}":
            if current:
                yield Object(current.kind, current.line, current.entries, closed=not start)
            current = Object(start[1], number) if start else None
        elif words and current and not words.startswith("#"):
            key, value = (*words.split(None, 1), "")[:2]
            key = key.upper() if key.startswith("_") else key
            unseen = comment[1].strip() if comment else ""
            current.entries.append(Directive(key, value.replace("\\;", ";"), number, unseen))
    if current:
        yield Object(current.kind, current.line, current.entries, closed=False)
