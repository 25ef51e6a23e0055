"""What was asked: a line of chat in, a question out, or a refusal that says what to write.

The grammar is hubot-grafana's (https://github.com/stephenyeargin/hubot-grafana, src/grafana.js), so
that what people have in their fingers goes on working, and some more::

    [name] [graf] [on GRAFANA] COMMAND
    COMMAND := db DASHBOARD[:PANEL] [NAME=VALUE ...] [FROM [TO]] [kiosk]
             | list [TAG] | search WORDS | alerts [STATE]
             | pause|unpause alert ID | pause|unpause all [alerts] | help
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from grafherald.chat import times
from grafherald.chat.words import Word, words
from grafherald.errors import Refusal

PIXELS = range(10, 10001)


@dataclass(frozen=True)
class Selection:
    """Which panels of a dashboard: by place, by id, or by a part of the title; else all."""

    number: int = 0
    id: int = 0
    title: str = ""


@dataclass(frozen=True)
class Dashboard:
    """``db``: panels of one dashboard.

    Attributes:
        target: a uid, a slug or a title.
        start: the range's begin as Grafana takes it, or "" when it was not asked for.
        end: the range's end, or "".
        options: settings of the render, checked: width, height, tz, orgId, ...
        variables: the dashboard's variables, in order; a name may come several times.
        kiosk: the whole dashboard as one picture.
    """

    target: str
    selection: Selection = Selection()
    start: str = ""
    end: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    variables: tuple[tuple[str, str], ...] = ()
    kiosk: bool = False


@dataclass(frozen=True)
class Dashboards:
    """``list`` and ``search``: dashboards by tag, by words, or all."""

    tag: str = ""
    words: str = ""


@dataclass(frozen=True)
class Alerts:
    """``alerts``: all, or those in one state."""

    state: str = ""


@dataclass(frozen=True)
class Pause:
    """``pause`` and ``unpause``: one alert by its id, or all when it is ""."""

    paused: bool
    id: str = ""


@dataclass(frozen=True)
class Set:
    """``set``: what hubot-grafana kept per room; here it stands in the settings."""

    key: str


@dataclass(frozen=True)
class Help:
    """``help``."""


Command = Dashboard | Dashboards | Alerts | Pause | Set | Help


@dataclass(frozen=True)
class Question:
    """A command, and the name of the Grafana that it is for, or "" for the room's own."""

    command: Command
    on: str = ""


def parse(
    line: str, *, names: Sequence[str] = (), aliases: Mapping[str, str] | None = None
) -> Question:
    """Return what *line* asks.

    Args:
        line: what was said, with or without the bot's name and ``graf`` in front.
        names: the bot's names.
        aliases: longer queries by their short word; ``$1`` stands for the first word behind it.

    Raises:
        Refusal: it is no question that we know; text and hint say what to write.
    """
    found = words(_addressed(line, names))
    on = ""
    if len(found) > 1 and found[0].text.lower() == "on":
        on, found = found[1].text, found[2:]
    name = found[0].text.lower() if found else "help"
    if name not in _COMMANDS and name in (aliases or {}):
        found = words(_expanded(found, (aliases or {})[name]))
        name = found[0].text.lower()
    if name not in _COMMANDS:
        raise _unknown(found)
    return Question(_COMMANDS[name](found[1:]), on)


def _addressed(line: str, names: Sequence[str]) -> str:
    """Return *line* without the bot's name and without ``graf``."""
    name = "|".join(map(re.escape, names))
    bot = rf"(?:@?(?:{name})\b[:,]?\s*)?" if names else ""
    return re.sub(rf"^\s*{bot}(?:/?(?:grafana|graph|graf)(?:\s+|$))?", "", line, flags=re.I)


def _expanded(found: Sequence[Word], alias: str) -> str:
    name, given = found[0].text, [word.raw for word in found[1:]]
    wanted = max((int(n) for n in re.findall(r"\$(\d)", alias)), default=0)
    if len(given) < wanted:
        noun = "word" if wanted == 1 else "words"
        raise Refusal(f"`{name}` needs {wanted} more {noun}: it stands for `{alias}`.")
    line = re.sub(r"\$(\d)", lambda match: given[int(match[1]) - 1], alias)
    return " ".join([_addressed(line, ()), *given[wanted:]])


def _unknown(found: Sequence[Word]) -> Refusal:
    name = found[0].text
    if ":" in name:
        asked = " ".join(word.raw for word in found)
        return Refusal(f"I do not know `{name}`; did you mean `graf db {asked}`?")
    return Refusal(f"I do not know `{name}`.", hint="`graf help` shows what I can do.")


def _dashboard(rest: Sequence[Word]) -> Dashboard:
    if not rest:
        raise Refusal(
            "Which dashboard?", hint="`graf list` shows them; then: graf db <dashboard>:<panel>"
        )
    target, selection = _target(rest[0])
    options: dict[str, str] = {}
    variables: list[tuple[str, str]] = []
    moments: dict[str, str] = {}
    positions = ["from", "to"]
    for word in rest[1:]:
        pair = word.split("=")
        if pair is None and word.text == "kiosk":
            options["kiosk"] = "kiosk"
        elif pair is None:
            if positions:
                moments[positions.pop(0)] = word.text
        elif pair[0].text in ("from", "to"):
            moments[pair[0].text] = pair[1].text
        elif pair[0].text in OPTIONS:
            options[pair[0].text] = OPTIONS[pair[0].text](pair[0].text, pair[1].text)
        else:
            variables.append((pair[0].text, _value(pair[1], quoted=word.quoted)))
    kiosk = options.pop("kiosk", "") != ""
    zone = options.get("tz", "")
    start, end = (
        times.checked(moments[name], zone) if name in moments else "" for name in ("from", "to")
    )
    return Dashboard(target, selection, start, end, options, tuple(variables), kiosk)


def _target(word: Word) -> tuple[str, Selection]:
    pair = word.split(":")
    if pair is None:
        return word.text, Selection()
    target, panel = pair[0].text, pair[1].text
    if not target:
        raise Refusal("Which dashboard?", hint="Write it before the colon: graf db web:cpu")
    if word.quoted and not re.fullmatch(r"(panel-)?\d+", panel):
        return target, Selection(title=panel)
    panel = panel.partition(":")[0].lower()
    number = re.match(r"[+-]?\d+", panel)
    if number:
        return target, Selection(number=int(number[0]))
    by_id = re.search(r"panel-(\d+)", panel)
    return target, Selection(id=int(by_id[1])) if by_id else Selection(title=panel)


def _value(word: Word, *, quoted: bool) -> str:
    """Return a variable's value; ``+`` and ``%20`` mean a blank unless it is *quoted*."""
    return word.text if quoted else unquote_plus(word.text)


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


def _matching(pattern: str, kind: str) -> Callable[[str, str], str]:
    def check(name: str, text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise Refusal(f"`{name}={text}` is not {kind}.")
        return text

    return check


OPTIONS: Mapping[str, Callable[[str, str], str]] = {
    "width": _pixels,
    "height": _pixels,
    "tz": _matching(r"[A-Za-z][\w+\-/]*", "a time zone, as Europe/Amsterdam"),
    "orgId": _organisation,
    "apiEndpoint": _matching(r"[\w-]+", "a part of a render URL, as d-solo"),
    "kiosk": _matching(r"[\w-]*", "a way of showing a dashboard"),
    "theme": _matching("light|dark", "a theme: light or dark"),
    "timeout": _seconds,
    "scale": _matching(r"[1-4](\.\d+)?|0\.[1-9]\d*", "a factor from 0.1 to 4"),
}
"""What may be set of a render, each with its check ``(name, text) -> text``."""


def _list(rest: Sequence[Word]) -> Dashboards:
    return Dashboards(tag=_joined(rest))


def _search(rest: Sequence[Word]) -> Dashboards:
    if not rest:
        raise Refusal("Search for what?", hint="Write a word of its title: graf search cpu")
    return Dashboards(words=_joined(rest))


def _alerts(rest: Sequence[Word]) -> Alerts:
    return Alerts(_joined(rest))


def _pause(paused: bool) -> Callable[[Sequence[Word]], Pause]:
    def read(rest: Sequence[Word]) -> Pause:
        name = "pause" if paused else "unpause"
        said = [word.text.lower() for word in rest]
        if said[:1] == ["all"]:
            return Pause(paused)
        if said[:1] == ["alert"] and len(said) > 1 and re.fullmatch(r"[\w-]+", rest[1].text):
            return Pause(paused, rest[1].text)
        raise Refusal(
            f"{name.capitalize()} which alert?",
            hint=f"`graf alerts` shows their ids; then: graf {name} alert 12, or graf {name} all",
        )

    return read


def _set(rest: Sequence[Word]) -> Set:
    return Set(rest[0].text.lower() if rest else "")


def _help(_: Sequence[Word]) -> Help:
    return Help()


def _joined(rest: Sequence[Word]) -> str:
    return " ".join(word.text for word in rest)


_COMMANDS: Mapping[str, Callable[[Sequence[Word]], Command]] = {
    "db": _dashboard,
    "dash": _dashboard,
    "dashboard": _dashboard,
    "list": _list,
    "search": _search,
    "alerts": _alerts,
    "pause": _pause(True),
    "unpause": _pause(False),
    "set": _set,
    "help": _help,
}
