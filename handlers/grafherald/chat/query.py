"""What was asked: a line of chat in, a question out, or a refusal that says what to write.

The grammar is hubot-grafana's (https://github.com/stephenyeargin/hubot-grafana, src/grafana.js), so
that what people have in their fingers goes on working, and some more::

    [name] [graf] [on GRAFANA] COMMAND
    COMMAND := db DASHBOARD[:PANEL] [NAME=VALUE ...] [[from] TIME [[to] TIME]] [kiosk]
             | [db] URL ...
             | list [TAG] | search WORDS | alerts [STATE]
             | pause|unpause alert ID | pause|unpause all [alerts] | help

DASHBOARD and PANEL may have blanks: they go on until a word that is something else.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from grafherald.chat import times
from grafherald.chat.arguments import BEGIN, END_ALONE, Arguments
from grafherald.chat.pasted import address, line_of
from grafherald.chat.words import Word, words
from grafherald.errors import Refusal


@dataclass(frozen=True)
class PanelSelection:
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
        words: those of a target that was written with blanks and without quotes or colon: the
            last of them may be meant as the panel.
        base: Grafana's URL when a dashboard's page was pasted, or "".
    """

    target: str
    selection: PanelSelection = PanelSelection()
    start: str = ""
    end: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    variables: tuple[tuple[str, str], ...] = ()
    kiosk: bool = False
    words: tuple[str, ...] = ()
    base: str = ""

    @property
    def readings(self) -> list[tuple[str, PanelSelection]]:
        """What may be meant: all words as the dashboard's name, then ever more as the panel's."""
        found = [(self.target, self.selection)]
        for at in range(len(self.words) - 1, 0, -1):
            panel = PanelSelection(title=" ".join(self.words[at:]).lower())
            found.append((" ".join(self.words[:at]), panel))
        return found


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
    text: str,
    *,
    names: Sequence[str] = (),
    aliases: Mapping[str, str] | None = None,
    zone: str = "",
) -> Question:
    """Read what *text* asks.

    Args:
        text: what was said, with or without the bot's name and ``graf`` in front.
        names: the bot's names.
        aliases: longer queries by their short word; ``$1`` stands for the first word behind it.
        zone: where times are meant that name no place.

    Raises:
        Refusal: it is no question that we know; text and hint say what to write.
    """
    found = words(_addressed(line_of(text), names))
    on = ""
    if len(found) > 1 and found[0].text.lower() == "on":
        on, found = found[1].text, found[2:]
    name = found[0].text.lower() if found else "help"
    if name not in (*_DASHBOARD, *_COMMANDS) and name in (aliases or {}):
        found = words(_expanded(found, (aliases or {})[name]))
        name = found[0].text.lower()
    if name.startswith(("http://", "https://")):
        return Question(_dashboard(found, zone), on)
    if name in _DASHBOARD:
        return Question(_dashboard(found[1:], zone), on)
    if name not in _COMMANDS:
        raise _unknown(found)
    return Question(_COMMANDS[name](found[1:]), on)


def _addressed(line: str, names: Sequence[str]) -> str:
    """Take the bot's name and ``graf`` off the beginning of *line*."""
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
    near = difflib.get_close_matches(name.lower(), [*_DASHBOARD, *_COMMANDS], n=1, cutoff=0.7)
    meant = f"; did you mean `graf {near[0]}`?" if near else "."
    return Refusal(f"I do not know `{name}`{meant}", hint="`graf help` shows what I can do.")


def _dashboard(rest: Sequence[Word], zone: str) -> Dashboard:
    if not rest:
        raise Refusal(
            "Which dashboard?", hint="`graf list` shows them; then: graf db <dashboard>:<panel>"
        )
    page = address(rest[0].text)
    count = 1 if page else _name_length(rest)
    pairs = [word.split("=") for word in rest[count:]]
    zone = next((pair[1].text for pair in reversed(pairs) if pair and pair[0].text == "tz"), zone)
    read = Arguments(zone)
    if page:
        read.parameters(page.parameters)
        target, selection = page.key, PanelSelection(id=page.panel)
    else:
        target, selection = _target(Word(" ".join(word.raw for word in rest[:count])))
    read.words(rest[count:])
    split = count > 1 and ":" not in " ".join(word.text for word in rest[:count])
    return Dashboard(
        target,
        selection,
        read.start,
        read.end,
        read.options,
        tuple(read.variables),
        read.kiosk,
        tuple(word.text for word in rest[:count]) if split else (),
        page.base if page else "",
    )


def _name_length(rest: Sequence[Word]) -> int:
    """Count the words that dashboard and panel are named by.

    A name in quotes is whole, unless its colon stands outside of them.
    """
    count = 1
    while count < len(rest) and not _is_argument(rest[count:]):
        before, word = rest[count - 1].raw, rest[count].raw
        if '"' in before + word and not before.endswith(":") and not word.startswith(":"):
            break
        count += 1
    return count


def _is_argument(rest: Sequence[Word]) -> bool:
    """Tell whether *rest* begins with something that is no part of a name."""
    word, texts = rest[0], [each.text for each in rest]
    if word.split("=") or word.text.lower() == "kiosk" or times.is_near_miss(word.text):
        return True
    if word.text.lower() in (*BEGIN, *END_ALONE):
        return times.read(texts[1:]) is not None or times.is_near_miss(" ".join(texts[1:2]))
    return times.read(texts) is not None


def _target(word: Word) -> tuple[str, PanelSelection]:
    pair = word.split(":")
    if pair is None:
        return word.text, PanelSelection()
    target, panel = pair[0].text.strip(), pair[1].text.strip()
    if not target:
        raise Refusal("Which dashboard?", hint="Write it before the colon: graf db web:cpu")
    place = re.fullmatch(r"(\d{1,9})(:.*)?", panel, re.ASCII | re.DOTALL)
    if place and not (word.quoted and place[2]):
        return target, PanelSelection(number=int(place[1]))
    by_id = (re.fullmatch if word.quoted else re.search)(
        r"panel-(\d{1,10})(?!\d)", panel, re.ASCII | re.I
    )
    if by_id:
        return target, PanelSelection(id=int(by_id[1]))
    return target, PanelSelection(title=panel if word.quoted else panel.lower())


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


_DASHBOARD = ("db", "dash", "dashboard")
_COMMANDS: Mapping[str, Callable[[Sequence[Word]], Command]] = {
    "list": _list,
    "search": _search,
    "alerts": _alerts,
    "pause": _pause(True),
    "unpause": _pause(False),
    "set": _set,
    **dict.fromkeys(("help", "--help", "-h", "?"), _help),
}
