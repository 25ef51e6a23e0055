"""The channel types and inputs that there are, with what their settings mean, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from grafherald import channels, inputs
from grafherald.settings import schema


def lines() -> Iterator[str]:
    """Write the reference of the channel types and inputs, out of the descriptors alone."""
    for name in channels.names():
        kind, shape = channels.find(name), schema.load(f"channel-{name}")
        yield f"channel type {name}: {shape.get('title', name)}"
        yield from _keys(shape)
        if kind.attribute:
            yield f"  an event's {kind.attribute} wins over {kind.setting}"
        if kind.rate:
            seconds = kind.rate.every.total_seconds()
            yield f"  per_minute is {60 / seconds:g} unless the settings say else"
        yield ""
    for name in inputs.names():
        source = inputs.find(name)
        yield f"input {name}: grafherald {name}, or POST /events/{name}"
        yield from (f"  {line}".rstrip() for line in source.summary.strip().splitlines())
        yield from _keys(_section(source))
        yield ""


_HEAD = (
    "type",
    "picture",
    "threads",
    "updates",
    "a problem's end",
    "an event names",
    "limits",
    "a minute",
    "tried again",
    "a repeat",
)


def table() -> Iterator[str]:
    """Write a table of the channel types in Markdown, out of the descriptors alone."""
    yield f"| {' | '.join(_HEAD)} |"
    yield "|---" * len(_HEAD) + "|"
    for name in channels.names():
        kind = channels.find(name)
        cells = (
            f"`{name}`",
            kind.pictures,
            "yes" if kind.threads else "no",
            "yes" if kind.updates else "no",
            kind.resolves,
            f"`{kind.attribute}`" if kind.attribute else "the channel",
            kind.limits or "not said",
            f"{60 / kind.rate.every.total_seconds():g}" if kind.rate else "any",
            f"at most {kind.tries - 1} times" if kind.tries else "for a day",
            "takes the first one's place" if kind.replaces else "says so",
        )
        yield f"| {' | '.join(cells)} |"


def _section(source: inputs.InputType) -> Mapping[str, Any]:
    if source.schema is not None:
        return source.schema
    section: Mapping[str, Any] = schema.load("config")["properties"].get(source.name, {})
    return section


def _keys(shape: Mapping[str, Any]) -> Iterator[str]:
    required = shape.get("required", ())
    for key, about in shape.get("properties", {}).items():
        meaning = about.get("description") or " or ".join(map(str, about.get("enum", ())))
        needed = ", needed" if key in required else ""
        yield f"  {key}{needed}{': ' if meaning else ''}{meaning}"
