"""Tokens that nobody filled in: ``:::name:::`` of Sensu Core, ``{{ .name }}`` of Sensu Go.

Core fills them into commands alone, Go into checks and not into what an entity says of itself; what
a check says about its notification comes here with its tokens in it.
https://docs.sensu.io/sensu-core/1.9/reference/checks/#check-token-substitution
https://docs.sensu.io/sensu-go/latest/observability-pipeline/observe-schedule/tokens/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from grafherald.inputs.sensu.fields import mapping, text

_BLANK = "(?:\\s|%20)*"  # one in a URL is written as URLs have it
# What a token begins with, and its pattern: most events have none, and to compile one takes time.
CORE = (":::", r":::([^:|]+)(?:\|(.*?))?:::")
GO = (
    "{{",
    rf"\{{\{{{_BLANK}\.([\w.-]+){_BLANK}(?:\|{_BLANK}default{_BLANK}\"([^\"]*)\"{_BLANK})?\}}\}}",
)


def filled(
    attributes: Mapping[str, tuple[str, ...]], token: tuple[str, str], subject: Mapping[str, Any]
) -> dict[str, tuple[str, ...]]:
    """Put what *subject*, a client or entity, has in place of each *token* in the texts.

    A token that it has nothing for and that names no default stays as it is.
    """
    begin, pattern = token

    def value(found: re.Match[str], is_url: bool) -> str:
        known = _value(subject, found[1].strip()) or unquote(found[2] or "")
        safe = "" if "?" in found.string[: found.start()] else "/:"  # host and path keep theirs
        return (quote(known, safe=safe) if is_url else known) or found[0]

    def whole(said: str) -> str:
        if begin not in said:
            return said
        is_url = "://" in said or "/render/" in said
        return re.sub(pattern, lambda found: value(found, is_url), said)

    return {name: tuple(map(whole, texts)) for name, texts in attributes.items()}


def _value(subject: Mapping[str, Any], path: str) -> str:
    """Look up the dotted *path*; Go has name, labels and annotations in metadata."""
    places = (subject, mapping(subject.get("metadata")))
    for place in places:
        value: object = place
        for name in path.split("."):
            value = mapping(value).get(name)
        if found := text(value):
            return found
    return ""
