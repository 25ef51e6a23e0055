"""What is wrong with settings: the schemas' rules, and what only the whole tree tells. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from grafherald.settings import schema
from grafherald.settings.schema import Problem
from grafherald.settings.sections import fits

# What an event has there (`grafherald.event`); a glob has to fit one of them.
WORDS: Mapping[str, tuple[str, ...]] = {
    "severity": ("ok", "warning", "critical", "unknown"),
    "kind": (
        "problem",
        "resolve",
        "ok",
        "flapping",
        "flapping-end",
        "flapping-disabled",
        "acknowledgement",
        "downtime-start",
        "downtime-end",
        "downtime-cancelled",
        "custom",
    ),
}
# A sign of what was meant as a matcher: none that is taken begins so.
_LONE = re.compile(r"=(?!~)|!(?![=~])|~")


def problems(tree: Mapping[str, Any]) -> list[Problem]:
    """Find what is wrong with *tree*, in which secrets stand for their files."""
    ours, others = _sections(tree)
    found = schema.explain("config", ours)
    for name, section in others.items():
        found += _below((name,), schema.explain(f"input-{name}", section))
    icinga = tree.get("icinga")
    if isinstance(icinga, dict) and icinga.get("events") and "api" not in icinga:
        found.append(Problem((("icinga", "events"),), "icinga.api has to say where they come from"))
    channels = tree.get("channels")
    channels = channels if isinstance(channels, dict) else {}
    for name, settings in channels.items():
        if not any(problem.places[0][:2] == ("channels", name) for problem in found):
            found += _channel(name, settings, channels)
    if not any(problem.places[0][:1] == ("routes",) for problem in found):
        for number, route in enumerate(tree.get("routes", ())):
            found += _route(("routes", str(number)), route, channels)
    if not any(problem.places[0][:1] == ("graphs",) for problem in found):
        for number, graph in enumerate(tree.get("graphs", ())):
            found += _match(("graphs", str(number), "match"), graph.get("match", {}))
    return found


def _sections(tree: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part the sections that ``schemas/config.json`` knows from those of other packages' inputs."""
    known = schema.load("config")["properties"]
    others = {key: tree[key] for key in tree if key not in known and schema.exists(f"input-{key}")}
    return {key: value for key, value in tree.items() if key not in others}, others


def _below(place: tuple[str, ...], problems: Iterable[Problem]) -> Iterator[Problem]:
    for problem in problems:
        yield Problem(tuple((*place, *keys) for keys in problem.places), problem.text)


def _channel(
    name: str, settings: Mapping[str, Any], channels: Mapping[str, Any]
) -> Iterator[Problem]:
    place, kind = ("channels", name), f"channel-{settings['type']}"
    if not schema.exists(kind):
        text = f"there is no channel type {settings['type']!r}"
        yield Problem(((*place, "type"),), text)
        return
    yield from _below(place, schema.explain(kind, settings))
    other = settings.get("fallback")
    if isinstance(other, str) and other not in channels:
        yield Problem(((*place, "fallback"),), f"there is no channel {other!r}")


def _route(
    place: tuple[str, ...], route: Mapping[str, Any], channels: Mapping[str, Any]
) -> Iterator[Problem]:
    for name in route["channels"]:
        if name not in channels:
            yield Problem(((*place, "channels"),), f"there is no channel {name!r}")
    yield from _match((*place, "match"), route.get("match", {}))
    for number, mute in enumerate(route.get("mute", ())):
        if not mute.get("days") and not mute.get("hours"):
            text = "says neither days nor hours, so that the route would never tell anybody"
            yield Problem(((*place, "mute", str(number)),), text)
        if mute.get("tz"):
            from zoneinfo import ZoneInfo

            try:
                ZoneInfo(mute["tz"])
            except (ValueError, OSError, KeyError):
                key = (*place, "mute", str(number), "tz")
                yield Problem((key,), f"there is no time zone {mute['tz']!r} on this machine")


def _match(place: tuple[str, ...], match: Mapping[str, Any]) -> Iterator[Problem]:
    named = [((*place, key), globs) for key, globs in match.items() if key != "labels"]
    named += [((*place, "labels", key), globs) for key, globs in match.get("labels", {}).items()]
    for key, globs in named:
        words = WORDS.get(key[-1], ()) if len(key) == len(place) + 1 else ()
        for glob in [globs] if isinstance(globs, str) else globs:
            if text := _glob(key[-1], glob, words):
                yield Problem((key,), text)


def _glob(name: str, glob: str, words: Sequence[str]) -> str:
    """Say what is wrong with a glob for *name*, which has to be like one of *words*, or ""."""
    if _LONE.match(glob):
        return (
            f"{glob!r}: write =~ before a regular expression, != or !~ before what it must not be,"
            f" and ? for the letter"
        )
    plain = f"=~{glob[2:]}" if glob.startswith("!~") else glob.removeprefix("!=")
    try:
        known = any(fits(word, (plain,)) for word in words or ("",)) or not words
    except re.error as error:
        return f"{glob!r} is no regular expression: {error}"
    return "" if known else f"no {name} is like {plain!r}; there are {', '.join(words)}"
