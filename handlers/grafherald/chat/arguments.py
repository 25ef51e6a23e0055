"""What stands behind a dashboard's name: times, variables, and options of the render, checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote, unquote_plus

from grafherald.chat import times
from grafherald.chat.words import Word
from grafherald.errors import Refusal

PIXELS = range(10, 10001)
BEGIN = ("from", "since", "between", "for", "in", "over", "during")
END_ALONE = ("until", "till")
_END = (*END_ALONE, "to", "and", "-", "–")


class Arguments:
    """What stands behind the dashboard's name, read from left to right."""

    def __init__(self, zone: str) -> None:
        self.start = ""
        self.end = ""
        self.kiosk = False
        self.options: dict[str, str] = {}
        self.variables: list[tuple[str, str]] = []
        self._zone = zone
        self._free = ["from", "to"]

    def words(self, rest: Sequence[Word]) -> None:
        """Read words.

        Raises:
            Refusal: one is nothing that may stand here.
        """
        place = 0
        while place < len(rest):
            pair, name = rest[place].split("="), rest[place].text.lower()
            texts = [word.text for word in rest[place:]]
            if pair and pair[0].text.lower() in ("from", "to"):
                place += self._time(pair[0].text.lower(), [pair[1].text, *texts[1:]])
            elif pair:
                self._named(pair[0].text, _value(pair, quoted=rest[place].quoted))
                place += 1
            elif name == "kiosk":
                self.kiosk = True
                place += 1
            elif name in BEGIN and len(texts) > 1:
                place += 1 + self._time("from", texts[1:])
                self._free = ["to"]
            elif len(texts) > 1 and (
                name in END_ALONE or (name in _END and "from" not in self._free)
            ):
                place += 1 + self._time("to", texts[1:])
                self._free = []
            elif self._free:
                place += self._time(self._free[0], texts, alone=True)
                del self._free[0]
            else:
                place += 1  # what follows two times was never read

    def parameters(self, given: Sequence[tuple[str, str]]) -> None:
        """Read those of a page's URL; what is the page's own business is passed over."""
        for name, value in given:
            key = {"timezone": "tz"}.get(name, name)
            if key in ("from", "to"):
                self._time(key, [value])
            elif key == "kiosk":
                self.kiosk = True
            elif key.startswith("var-") or (key in OPTIONS and value):
                self._named(key, value)
        self._free = ["from", "to"]

    def _named(self, name: str, value: str) -> None:
        if name == "kiosk":
            self.kiosk = OPTIONS[name](name, value) is not None
        elif name in OPTIONS:
            self.options[name] = OPTIONS[name](name, value)
        else:
            self.variables.append((name, value))

    def _time(self, name: str, texts: Sequence[str], *, alone: bool = False) -> int:
        """Read a time as the range's begin or its end; tell how many words it has."""
        found = times.read(texts, self._zone)
        if found is None:
            raise times.refused(texts[0])
        moment, count = found
        if name == "to":
            self.end = moment.end
        else:
            self.start = moment.start
            self.end = self.end or (moment.alone if alone else "")
        return count


def _value(pair: tuple[Word, Word], *, quoted: bool) -> str:
    """Read a value: a variable's ``+`` and ``%20`` mean a blank unless it is *quoted*."""
    name, text = pair[0].text, pair[1].text
    if quoted:
        return text
    return unquote(text) if name in OPTIONS else unquote_plus(text)  # tz=Etc/GMT+5


def _pixels(name: str, text: str) -> str:
    return _whole(name, text, PIXELS, "pixels, a whole number")


def _seconds(name: str, text: str) -> str:
    return _whole(name, text, range(1, 601), "seconds, a whole number")


def _organisation(name: str, text: str) -> str:
    return _whole(name, text, range(1, 2**31), "the number of an organisation")


def _whole(name: str, text: str, allowed: range, kind: str) -> str:
    if not re.fullmatch(r"\d{1,10}", text, re.ASCII) or int(text) not in allowed:
        raise Refusal(
            f"`{name}={text}` is not {kind}"
            + (f" from {allowed[0]} to {allowed[-1]}." if len(allowed) < 2**20 else ".")
        )
    return text


def _zone(name: str, text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][\w+\-/]*", text) or not times.is_zone(text):
        raise Refusal(f"`{name}={text}` is not a time zone, as Europe/Amsterdam.")
    return text


def _matching(pattern: str, kind: str) -> Callable[[str, str], str]:
    def check(name: str, text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise Refusal(f"`{name}={text}` is not {kind}.")
        return text

    return check


OPTIONS: Mapping[str, Callable[[str, str], str]] = {
    "width": _pixels,
    "height": _pixels,
    "tz": _zone,
    "orgId": _organisation,
    "apiEndpoint": _matching(r"[\w-]+", "a part of a render URL, as d-solo"),
    "kiosk": _matching(r"[\w-]*", "a way of showing a dashboard"),
    "theme": _matching("light|dark", "a theme: light or dark"),
    "timeout": _seconds,
    "scale": _matching(r"[1-4](\.\d+)?|0\.[1-9]\d*", "a factor from 0.1 to 4"),
}
"""What may be set of a render, each with its check ``(name, text) -> text``."""
