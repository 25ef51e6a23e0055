"""Macros by their names, whichever way they came, and what their texts mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from math import isfinite

from grafherald.inputs.nagios import CHECKMK, ICINGA_NAMES

_PREFIXES = ("NAGIOS_", "ICINGA_", CHECKMK)
_UNDEFINED = re.compile(r"\$(?:\w+(?::[^$]*)?\$)?")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_ESCAPES = {"\\n": "\n", "\\\\": "\\"}
_EARLIEST, _LATEST = 1_000_000_000, 10_000_000_000  # September 2001; the year 2286


@dataclass(frozen=True)
class Macros:
    """What is known about one notification.

    Attributes:
        source: ``nagios``, ``icinga`` or ``checkmk``, as far as the names tell.
        texts: by name, upper case, without ``NAGIOS_``; what is empty or undefined is not there.
    """

    source: str
    texts: Mapping[str, str]

    @classmethod
    def merged(cls, environment: Mapping[str, str], macros: Mapping[str, str]) -> Macros:
        """Read *environment* and *macros*; the latter win. See `grafherald.inputs.nagios.read`.

        A bare HOSTNAME alone is no macro: containers and shells have one.
        """
        is_bare = any(name in environment for name in ICINGA_NAMES)
        texts = _read(environment.items()) if is_bare else {}
        texts |= _read(pair for pair in environment.items() if pair[0].startswith(_PREFIXES))
        texts |= _read(macros.items())
        if "SERVICENAME" in texts:
            texts.setdefault("SERVICEDESC", texts["SERVICENAME"])
        names = (*environment, *macros)
        is_icinga = is_bare or any(name.startswith("ICINGA_") for name in names)
        is_checkmk = any(name.startswith(CHECKMK) for name in names)
        return cls("icinga" if is_icinga else "checkmk" if is_checkmk else "nagios", texts)

    def __bool__(self) -> bool:
        return bool(self.texts)

    @property
    def scope(self) -> str:
        """``SERVICE``, or ``HOST`` when the host itself is meant: its service macros are empty."""
        return "SERVICE" if self.get("SERVICEDESC") else "HOST"

    @property
    def scopes(self) -> tuple[str, ...]:
        """Whose custom variables and URLs count, the nearest first."""
        return ("SERVICE", "HOST") if self.scope == "SERVICE" else ("HOST",)

    def get(self, name: str) -> str:
        """Read macro *name*, "" where it is not set."""
        return self.texts.get(name, "")

    def first(self, *names: str) -> str:
        """Read the first of the macros *names* that is set, else ""."""
        return next((self.texts[name] for name in names if name in self.texts), "")

    def custom(self, scope: str, name: str) -> str:
        """Read custom variable *name* of SERVICE, HOST or CONTACT, or "".

        Icinga 2 passes them by names of the user's choice: ``GRAPH_IMAGE`` and ``GRAPHIMAGE`` are
        understood too, as what is notified about. Checkmk has ``HOST_GRAPH_IMAGE``, and labels.
        """
        if self.source == "checkmk":
            return self.first(f"{scope}_{name}", f"{scope}LABEL_{name}").strip()
        is_own = scope == self.scope and self.source == "icinga"
        bare = (name, name.replace("_", "")) if is_own else ()
        return self.first(f"_{scope}{name}", *bare).strip()

    def number(self, *names: str) -> float | None:
        """Read the first of *names* that is set as a number; None when it is none."""
        try:
            number = float(self.first(*names))
        except ValueError:
            return None
        return number if isfinite(number) else None

    def integer(self, *names: str) -> int | None:
        """Read the first of *names* that is set as an integer; None when it is none."""
        number = self.number(*names)
        return None if number is None or abs(number) > _LATEST else int(number)

    def moment(self, name: str, a_second: int = 1) -> datetime | None:
        """Read *name* as a time; None for 0 (never) and for no time.

        Args:
            a_second: how many of its units since 1970 are one.
        """
        number = self.number(name)
        if number is None or not _EARLIEST <= number / a_second < _LATEST:
            return None
        return datetime.fromtimestamp(number / a_second, timezone.utc)

    @property
    def sent_at(self) -> datetime | None:
        """When the notification was made: the same for each contact, and when it is tried again."""
        return self.moment("TIMET") or self.moment("MICROTIME", 1_000_000) or self._written_at

    @property
    def _written_at(self) -> datetime | None:
        """The time that LONGDATETIME tells, where it is written as Icinga 2 writes it."""
        try:
            at = datetime.strptime(self.get("LONGDATETIME"), "%Y-%m-%d %H:%M:%S %z")
        except ValueError:
            return None
        return at.astimezone(timezone.utc)


def unescaped(text: str) -> str:
    """Read long output as the plugin printed it: ``\\n`` is a line's end, ``\\\\`` one backslash.

    It is read from left to right, so that ``C:\\\\new`` is no line's end. Icinga 2 escapes nothing;
    its output of several lines has line ends of its own and stays as it is.
    """
    if "\n" in text:
        return text
    return re.sub(r"\\[n\\]", lambda found: _ESCAPES[found[0]], text)


def _read(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    texts = {}
    for name, value in pairs:
        key = name.upper()
        for prefix in _PREFIXES:
            key = key.removeprefix(prefix)
        if value.strip() and not _UNDEFINED.fullmatch(value.strip()):
            texts[key] = _UNSTORABLE.sub("\ufffd", value)
    return texts
