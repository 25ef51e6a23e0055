"""A file of settings: YAML or JSON, each key once."""

from __future__ import annotations

import json
import os.path
from typing import Any, NamedTuple

from grafherald.errors import ConfigError

_NAMES = ("grafherald.yml", "grafherald.json")


class SettingsFile(NamedTuple):
    """What a file says.

    Attributes:
        tree: its settings.
        wrapped: they stand below ``grafherald``, as Chef writes a handler's settings for Core.
    """

    path: str
    tree: dict[str, Any]
    text: str
    wrapped: bool = False

    def line(self, *keys: str) -> int | None:
        """Look up where *keys* stand, or what holds them; it takes another reading of the text."""
        from grafherald.settings.document import Unreadable, documents

        try:
            found = documents(self.text)
        except Unreadable:  # JSON that is no YAML
            return None
        return found[0].line(*(("grafherald",) if self.wrapped else ()), *keys) if found else None


def read_default(folder: str) -> SettingsFile:
    """Read the settings in *folder*, an empty file where none is there.

    Raises:
        ConfigError: see `read`; or there are two.
    """
    found = [path for name in _NAMES if os.path.exists(path := os.path.join(folder, name))]
    if len(found) > 1:
        raise ConfigError(
            f"{' and '.join(found)}: there are two files of settings; keep one of them, or name"
            " one with --config"
        )
    return read(found[0]) if found else SettingsFile("", {}, "")


def read(path: str) -> SettingsFile:
    """Read the settings in the file *path*.

    Raises:
        ConfigError: it can't be read, is neither YAML nor JSON, or has a key twice.
    """
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text") from None
    tree = _json(path, text) if path.endswith(".json") else _yaml(path, text)
    if tree is None:
        return SettingsFile(path, {}, text)
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: expected keys and values, got {type(tree).__name__}")
    if set(tree) == {"grafherald"} and isinstance(tree["grafherald"], dict):
        return SettingsFile(path, tree["grafherald"], text, wrapped=True)
    return SettingsFile(path, tree, text)


def _json(path: str, text: str) -> Any:
    """Read JSON; PyYAML is needed only to find the line of a key that stands there twice."""
    repeated = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        tree = dict(found)
        repeated.extend([1] * (len(found) - len(tree)))
        return tree

    try:
        tree = json.loads(text, object_pairs_hook=pairs)
    except ValueError as error:
        raise ConfigError(f"{path}: is not JSON: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path}: is nested too deeply") from None
    return _yaml(path, text) if repeated else tree


def _yaml(path: str, text: str) -> Any:
    from grafherald.settings.document import Unreadable, documents

    try:
        found = documents(text)
    except Unreadable as error:
        where = f"line {error.line}: " if error.line else ""
        raise ConfigError(f"{path}: {where}{error}") from None
    if len(found) > 1:
        raise ConfigError(f"{path}: holds {len(found)} documents; one is expected")
    for document in found:
        for keys in document.repeated:
            line = document.line(*keys)
            raise ConfigError(
                f"{path}: line {line}: {'.'.join(keys)}: stands there twice; keep one"
            )
        return _unshared(document.value)
    return None


def _unshared(node: Any) -> Any:
    """Copy *node* so that two places with one alias can be changed on their own."""
    if isinstance(node, dict):
        return {key: _unshared(value) for key, value in node.items()}
    return [_unshared(value) for value in node] if isinstance(node, list) else node
