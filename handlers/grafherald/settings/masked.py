"""The settings for other people's eyes: each leaf, where it came from, and no secret. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from grafherald.settings import Settings, schema
from grafherald.settings.schema import is_secret
from grafherald.text import without_login

_MASK = "***"
_SHORTEST = 4  # characters; a shorter word stands in many places where it is no secret


class Shown(NamedTuple):
    """One leaf: its dotted key, its value with secrets masked, and its origin."""

    key: str
    value: Any
    origin: str


def effective(config: Settings) -> list[Shown]:
    """List what is given, and what has a default, section by section."""
    given = {key: value for key, value in _leaves(config.tree, "") if key}
    shown = [Shown(key, _masked(key, value), _origin(key, config)) for key, value in given.items()]
    for key, value in _defaults(schema.load("config"), ""):
        if not any(one == key or one.startswith(f"{key}.") for one in given):
            shown.append(Shown(key, value, "default"))
    order = list(schema.load("config")["properties"])
    return sorted(shown, key=lambda one: order.index(one.key.partition(".")[0]))


def as_text(value: Any) -> str:
    """Write a leaf's value on one line: text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def secrets(config: Settings) -> list[str]:
    """List each text of the settings that nobody else may read, the longest first."""
    found = {part for key, value in _leaves(config.tree, "") for part in _secret_parts(key, value)}
    return sorted((text for text in found if len(text) >= _SHORTEST), key=len, reverse=True)


def without(text: str, secrets: list[str]) -> str:
    """Mask *secrets* in *text*, as they are and as JSON writes them."""
    for secret in secrets:
        for form in (secret, json.dumps(secret)[1:-1]):
            text = text.replace(form, _MASK)
    return text


def _secret_parts(key: str, value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        return
    if _is_secret(key):
        yield value
    if "://" in value:
        try:
            url = urlsplit(value)
        except ValueError:
            return
        yield from filter(None, (url.password, url.query))
        if _is_secret(key):  # a webhook's path is its password
            yield url.path.strip("/")


def _masked(key: str, value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if _is_secret(key):
        return _MASK
    return without_login(value) if isinstance(value, str) and _has_login(value) else value


def _has_login(text: str) -> bool:
    return "://" in text or "@" in text.partition("/")[0]


def _is_secret(key: str) -> bool:
    """Tell whether the last of the names in *key* is a secret's; an item has its list's name."""
    named = [part for part in key.split(".") if not part.isdecimal()]
    return is_secret(named[-1]) if named else False


def _leaves(node: Any, key: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, Mapping) and node:
        for name, below in node.items():
            yield from _leaves(below, f"{key}.{name}" if key else str(name))
    elif isinstance(node, list) and any(isinstance(item, Mapping) for item in node):
        for number, item in enumerate(node):
            yield from _leaves(item, f"{key}.{number}")
    elif isinstance(node, list) and (_is_secret(key) or any("://" in str(item) for item in node)):
        for number, item in enumerate(node):
            yield f"{key}.{number}", item
    else:
        yield key, node


def _defaults(node: Mapping[str, Any], key: str) -> Iterator[tuple[str, Any]]:
    for name, below in node.get("properties", {}).items():
        place = f"{key}.{name}" if key else name
        if "default" in below:
            yield place, below["default"]
        yield from _defaults(below, place)


def _origin(key: str, config: Settings) -> str:
    """Find where *key* came from; an item of a list, where its list did."""
    parts = key.split(".")
    for length in range(len(parts), 0, -1):
        above = ".".join(parts[:length])
        file = config.secret_files.get(f"{above}_file")
        if file:
            return f"{file}, named in {config.origins.get(f'{above}_file', 'the settings')}"
        if above in config.origins:
            return config.origins[above]
    return ""
