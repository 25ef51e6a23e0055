"""The settings: the only reader of files and of the environment.

Precedence: ``--set`` > environment > file > default. Every key can come from the environment, its
path joined by two underscores: ``GRAFHERALD_CHANNELS__OPS__WEBHOOK_URL``. A secret can stand in a
file of its own: ``token_file`` for ``token``.
"""

from __future__ import annotations

import json
import os.path
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from grafherald.errors import ConfigError
from grafherald.settings import schema

DEFAULT_FILE = "/etc/grafherald/grafherald.yml"
_PREFIX = "GRAFHERALD_"
_SECRETS = ("token", "webhook_url", "smtp", "password", "secret", "signing_secret", "app_token")
_MISSING: Any = object()


class Config(NamedTuple):
    """The checked settings. A key that nobody set has its default.

    Attributes:
        settings: the whole tree, as it was given; secrets included.
        origins: where each leaf came from, by dotted key: a file, a variable, ``--set``.
        secret_files: the files that secrets were read from, by the key that names the file.
    """

    settings: Mapping[str, Any] = {}
    origins: Mapping[str, str] = {}
    secret_files: Mapping[str, str] = {}

    def __repr__(self) -> str:
        """Show no setting: some are secrets."""
        return f"Config({len(self.origins)} settings)"

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value at the dotted *key*, or *default*."""
        node: Any = self.settings
        for part in key.split("."):
            if not isinstance(node, Mapping) or part not in node:
                return default
            node = node[part]
        return node

    @property
    def channels(self) -> Mapping[str, Mapping[str, Any]]:
        """The channels' settings by name, in the order of the file."""
        found: Mapping[str, Mapping[str, Any]] = self.get("channels", {})
        return found


def load(file: str | None, assignments: Iterable[str], environment: Mapping[str, str]) -> Config:
    """Read the settings.

    Args:
        file: a path from ``--config``; None means ``$GRAFHERALD_CONFIG``, then the default file
            if it is there, else no file.
        assignments: ``KEY=VALUE`` texts of ``--set``, keys dotted.
        environment: the process's environment.

    Raises:
        ConfigError: a file can't be read, or a key is unknown or wrong; the text names it.
    """
    shape = schema.load("config")
    path = file or environment.get("GRAFHERALD_CONFIG")
    tree, origins = _read(path) if path else _read_default()
    for name, value in environment.items():
        keys = _variable_keys(name, tree, shape)
        if keys:
            _assign(tree, origins, keys, value, shape, f"${name}")
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not equals:
            raise ConfigError(f"--set {key}: expected KEY=VALUE")
        _assign(tree, origins, key.split("."), value, shape, "--set")
    files = dict(_read_secrets(tree, ""))
    _check(tree)
    return Config(tree, origins, files)


def _check(tree: dict[str, Any]) -> None:
    ours, others = _sections(tree)
    problems = schema.problems("config", ours)
    for name, section in others.items() if not problems else ():
        problems += [f"{name}.{text}" for text in schema.problems(f"input-{name}", section)]
    for name, settings in (tree.get("channels") or {}).items() if not problems else ():
        kind = f"channel-{settings['type']}"
        if not schema.exists(kind):
            raise ConfigError(
                f"channels.{name}.type: there is no channel type {settings['type']!r}"
            )
        problems = [f"channels.{name}.{text}" for text in schema.problems(kind, settings)]
        other = settings.get("fallback")
        if other is not None and other not in tree["channels"] and not problems:
            problems = [f"channels.{name}.fallback: there is no channel {other!r}"]
        if problems:
            break
    for number, route in enumerate(tree.get("routes", ()) if not problems else ()):
        for name in route["channels"]:
            if name not in (tree.get("channels") or {}):
                raise ConfigError(f"routes.{number}.channels: there is no channel {name!r}")
    if problems:
        raise ConfigError(problems[0])


def _sections(tree: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part the sections that ``schemas/config.json`` knows from those of other packages' inputs."""
    known = schema.load("config")["properties"]
    others = {key: tree[key] for key in tree if key not in known and schema.exists(f"input-{key}")}
    return {key: value for key, value in tree.items() if key not in others}, others


def _read_default() -> tuple[dict[str, Any], dict[str, str]]:
    return _read(DEFAULT_FILE) if os.path.exists(DEFAULT_FILE) else ({}, {})


def _read(path: str) -> tuple[dict[str, Any], dict[str, str]]:
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text") from None
    tree = _parse_json(path, text) if path.endswith(".json") else _parse_yaml(path, text)
    if tree is None:
        return {}, {}
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: expected keys and values, got {type(tree).__name__}")
    if set(tree) == {"grafherald"} and isinstance(tree["grafherald"], dict):
        tree = tree["grafherald"]  # as Chef writes a handler's settings for Sensu Core
    return tree, {key: str(path) for key in _leaves(tree, "")}


def _parse_json(path: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{path}: is not JSON: {error}") from None


def _parse_yaml(path: str, text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}: " if mark else ""
        raise ConfigError(f"{path}: {where}is not YAML: {error.problem}") from None
    except yaml.YAMLError:
        raise ConfigError(f"{path}: is not YAML: it holds a control character") from None


def _leaves(node: Any, prefix: str) -> Iterable[str]:
    if not isinstance(node, dict):
        yield prefix
        return
    for key, value in node.items():
        yield from _leaves(value, f"{prefix}.{key}" if prefix else str(key))


def _variable_keys(name: str, tree: dict[str, Any], shape: Mapping[str, Any]) -> list[str]:
    """Return the path that variable *name* sets, or [] when it is none of ours.

    Sensu puts variables such as GRAFHERALD_PATH of its own there, so a plain unknown name is
    passed over; one with two underscores is meant for us and has to fit.
    """
    if not name.startswith(_PREFIX) or name in ("GRAFHERALD_CONFIG", "GRAFHERALD_SOCKET"):
        return []
    keys = name[len(_PREFIX) :].lower().split("__")
    known = keys[0] in shape["properties"] or f"{keys[0]}".removesuffix("_file") in _SECRETS
    if len(keys) == 1 and not known:
        return []
    return _as_written(keys, tree)


def _as_written(keys: list[str], tree: dict[str, Any]) -> list[str]:
    """Return *keys* in the spelling that *tree* has for them: ``on-call`` for ``on_call``."""
    written, node = [], tree
    for key in keys:
        same = [k for k in node if k.lower().replace("-", "_") == key] if node else []
        written.append(same[0] if same else key)
        node = node.get(written[-1], {}) if isinstance(node, dict) else {}
        node = node if isinstance(node, dict) else {}
    return written


def _assign(  # noqa: PLR0913, PLR0917 - a value, its place, and what reads and explains it
    tree: dict[str, Any],
    origins: dict[str, str],
    keys: list[str],
    text: str,
    shape: Mapping[str, Any],
    origin: str,
) -> None:
    node = tree
    for key in keys[:-1]:
        below = node.setdefault(key, {})
        if not isinstance(below, dict):
            raise ConfigError(f"{origin}: {key} holds a value, not keys")
        node = below
    node[keys[-1]] = _typed(text, _subschema(keys, tree, shape))
    stem = keys[-1].removesuffix("_file")
    for other in (stem, f"{stem}_file"):  # the one set last wins over its twin
        if other != keys[-1] and stem in _SECRETS:
            node.pop(other, None)
            origins.pop(".".join((*keys[:-1], other)), None)
    origins[".".join(keys)] = origin


def _subschema(
    keys: list[str], tree: dict[str, Any], shape: Mapping[str, Any]
) -> Mapping[str, Any]:
    if keys[0] == "channels" and len(keys) > 2:
        channel = tree.get("channels", {}).get(keys[1], {})
        kind = f"channel-{channel.get('type')}"
        node = schema.load(kind) if schema.exists(kind) else {}
        keys = keys[2:]
    else:
        node = shape
    for key in keys:
        below = node.get("properties", {}).get(key, node.get("additionalProperties"))
        node = below if isinstance(below, dict) else {}
    return node


def _typed(text: str, shape: Mapping[str, Any]) -> Any:
    """Return *text* as the type that *shape* asks for; what does not fit stays text."""
    kinds = shape.get("type", [branch.get("type") for branch in shape.get("anyOf", ())])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    several = "array" in kinds and ("," in text or text.startswith("["))
    if "string" in kinds and not several:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return [part.strip() for part in text.split(",")] if "array" in kinds else text


def _read_secrets(node: Any, prefix: str) -> Iterator[tuple[str, str]]:
    """Put the contents of each ``<secret>_file`` under the key that it stands for.

    Yields:
        The key and the file of each.
    """
    if isinstance(node, list):
        for number, value in enumerate(node):
            yield from _read_secrets(value, f"{prefix}{number}.")
    if not isinstance(node, dict):
        return
    for key in list(node):
        stem = str(key).removesuffix("_file")
        # An access token of oauth2 is renewed in its file: whoever needs it reads it then.
        if stem != key and stem in _SECRETS and not prefix.endswith("oauth2."):
            path = node.pop(key)
            if stem not in node:
                node[stem] = _secret(f"{prefix}{key}", path)
                yield f"{prefix}{key}", path
        else:
            yield from _read_secrets(node[key], f"{prefix}{key}.")


def _secret(key: str, path: Any) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError as error:
        raise ConfigError(f"{key}: {path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, TypeError, ValueError):
        raise ConfigError(f"{key}: expected the path of a text file") from None
