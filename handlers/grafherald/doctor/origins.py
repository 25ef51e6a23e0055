"""Which settings there are, and where each came from. Pure; no secret's value is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grafherald.settings import Settings
from grafherald.settings.schema import is_secret
from grafherald.text import one_line, plain, shorten, without_login

_VALUE = 60  # characters


@dataclass(frozen=True)
class Setting:
    """One leaf: its dotted key, its value for people, and its origin."""

    key: str
    value: str
    origin: str


def settings(config: Settings) -> list[Setting]:
    """Every setting and where it comes from, in the order of the file."""
    return [
        Setting(key, _shown(key, value), _origin(key, config)) for key, value in leaves(config.tree)
    ]


def leaves(node: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Walk the settings: each dotted key that holds a value, with the value."""
    if not isinstance(node, Mapping):
        yield prefix, node
        return
    for key, value in node.items():
        yield from leaves(value, f"{prefix}.{key}" if prefix else str(key))


def _origin(key: str, config: Settings) -> str:
    file = config.secret_files.get(f"{key}_file")
    origin = config.origins.get(f"{key}_file" if file else key, "")
    return f"{file}, named in {origin}" if file else origin


def _shown(key: str, value: Any) -> str:
    if is_secret(key.rpartition(".")[2]):
        return _length(str(value)) if value else "empty"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        text = ", ".join(map(without_login, value))
    elif isinstance(value, list):
        text = f"{len(value)} entries" if len(value) > 1 else "1 entry"
    else:
        text = without_login(value) if isinstance(value, str) else json.dumps(value)
    return shorten(one_line(plain(text)), _VALUE)


def _length(secret: str) -> str:
    """A secret's length as one of three classes: enough to see that one was cut off."""
    size = len(secret)
    return "set, " + ("short" if size < 12 else "medium" if size < 32 else "long")
