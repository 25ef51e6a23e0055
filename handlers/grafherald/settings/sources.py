"""Where settings come from: the only reader of their files and of the environment.

Precedence: ``--set`` > environment > file > default. Every key can come from the environment, its
path joined by two underscores: ``GRAFHERALD_CHANNELS__OPS__WEBHOOK_URL``. A secret can stand in a
file of its own: ``token_file`` for ``token``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from grafherald.errors import ConfigError
from grafherald.settings import Settings, checks, files, schema, secrets
from grafherald.settings.schema import Problem, is_secret

FOLDER = "/etc/grafherald"
_PREFIX = "GRAFHERALD_"
_NO_SETTINGS = ("GRAFHERALD_CONFIG", "GRAFHERALD_SOCKET")
_WORDS = dict.fromkeys(("true", "yes", "on"), True) | dict.fromkeys(("false", "no", "off"), False)
_Given = tuple[list[str], str, str]  # the keys, the text and where it is from


def load(
    file: str | None,
    assignments: Iterable[str],
    environment: Mapping[str, str],
    folder: str = FOLDER,
) -> Settings:
    """Read the settings.

    What is wrong with one channel costs that channel, a secret's file that can't be read costs
    the part that needs it: see `Settings.broken`. Anything else costs all.

    Args:
        file: a path from ``--config``; None means ``$GRAFHERALD_CONFIG``, then
            ``grafherald.yml`` or ``grafherald.json`` in *folder* if one is there, else no file.
        assignments: ``KEY=VALUE`` texts of ``--set``, keys dotted.
        environment: the process's environment.

    Raises:
        ConfigError: a file can't be read, or a key is unknown or wrong; the text names it, and
            where it stands.
    """
    path = file or environment.get("GRAFHERALD_CONFIG")
    sources = _Sources(files.read(path) if path else files.read_default(folder))
    sources.take(_variables(environment), sources.written)
    sources.take(map(_assignment, assignments), list)
    return sources.settings()


class _Sources:
    """The settings as they come together, and where each leaf is from."""

    def __init__(self, file: files.SettingsFile) -> None:
        self._file = file
        self._tree = file.tree
        self._origins = {".".join(keys): file.path for keys in _leaves(file.tree, ())}
        self._wrong = [(each, self._sentence(each)) for each in secrets.both(file.tree)]

    def take(self, given: Iterable[_Given], spelled: Callable[[list[str]], list[str]]) -> None:
        """Let what is *given* win over what is there.

        Args:
            spelled: gives keys the spelling that the tree has for them.
        """
        origins: dict[secrets.Place, str] = {}
        for keys, text, origin in given:
            place = tuple(spelled(keys))
            self._assign(place, text, origin)
            origins[place] = origin
        for place, origin in origins.items():
            twin = (*place[:-1], secrets.stem(place[-1]))
            if twin in origins:
                problem = secrets.rivals(twin, place)
                named = " and ".join(dict.fromkeys((origins[twin], origin)))
                self._wrong.append((problem, f"{problem} ({named})"))

    def written(self, keys: list[str]) -> list[str]:
        """Spell *keys* as the tree does: ``on-call`` for a variable's ``on_call``."""
        spelled: list[str] = []
        node: Any = self._tree
        for key in keys:
            same = [k for k in node if k.lower().replace("-", "_") == key]
            spelled.append(same[0] if same else key)
            below = node.get(spelled[-1])
            node = below if isinstance(below, dict) else {}
        return spelled

    def settings(self) -> Settings:
        """Check them.

        Raises:
            ConfigError: something is wrong with more than a channel or a secret.
        """
        held, unreadable = secrets.read(self._tree, self._is_setting)
        found = [*unreadable, *checks.problems(self._tree)]
        broken: dict[str, str] = {}
        fatal = []
        unread = [problem.places[0] for problem in unreadable]
        absent = {(*place[:-1], secrets.stem(place[-1])) for place in unread}
        # What is "missing" because its file can't be read would be a second line for one fault.
        known = [each for each in found if each.places[0] not in absent]
        for problem, sentence in [*self._wrong, *((each, self._sentence(each)) for each in known)]:
            part = _part(problem.places[0])
            if part.startswith("channels.") or problem in unreadable:
                broken.setdefault(part, sentence)
            else:
                fatal.append(sentence)
        if fatal:
            raise ConfigError(fatal[0], fatal[1:])
        return Settings.of(self._tree, self._origins, held, broken)

    def _assign(self, place: secrets.Place, text: str, origin: str) -> None:
        _put(self._tree, place, _typed(text, self._schema(place)), origin)
        self._origins[".".join(place)] = origin
        *above, key = place
        stem = secrets.stem(key)
        if stem or is_secret(key):  # the one set last wins over its twin
            twin = stem or f"{key}_file"
            self._holder(place).pop(twin, None)
            self._origins.pop(".".join((*above, twin)), None)

    def _holder(self, place: secrets.Place) -> dict[str, Any]:
        node = self._tree
        for key in place[:-1]:
            node = node[key]
        return node

    def _is_setting(self, place: secrets.Place) -> bool:
        return bool(self._schema(place))

    def _schema(self, place: secrets.Place) -> Mapping[str, Any]:
        """Look up what the schemas say of the key at *place*, nothing where they don't know it."""
        node = schema.load("config")
        if place[0] == "channels" and len(place) > 2:
            channels = self._tree.get("channels")
            channel = channels.get(place[1]) if isinstance(channels, dict) else None
            kind = f"channel-{channel.get('type')}" if isinstance(channel, dict) else ""
            node, place = schema.load(kind) if schema.exists(kind) else {}, place[2:]
        elif place[0] not in node["properties"] and schema.exists(f"input-{place[0]}"):
            node, place = schema.load(f"input-{place[0]}"), place[1:]
        for key in place:
            other = node.get("items") if key.isdecimal() else node.get("additionalProperties")
            below = node.get("properties", {}).get(key, other)
            node = below if isinstance(below, dict) else {}
        return node

    def _sentence(self, problem: Problem) -> str:
        origins = dict.fromkeys(filter(None, map(self._origin, problem.places)))
        return f"{problem} ({' and '.join(origins)})" if origins else str(problem)

    def _origin(self, place: secrets.Place) -> str:
        """Say where what stands at *place*, in or beside it, is from: a file's line, a variable."""
        at = [self._origins.get(".".join(place[:n])) for n in range(len(place), 0, -1)]
        around = [".".join(keys) + "." for keys in (place, place[:-1])]
        near = [
            each for begin in around for key, each in self._origins.items() if key.startswith(begin)
        ]
        found = next((origin for origin in [*at, *near] if origin), "")
        if not found or found != self._file.path:
            return found
        line = self._file.line(*place)
        return f"{found}, line {line}" if line else found


def _part(place: secrets.Place) -> str:
    """Name the part of the settings that *place* belongs to: ``channels.ops``, ``grafana``."""
    return ".".join(place[: 2 if place[:1] == ("channels",) else 1])


def _leaves(node: Any, place: secrets.Place) -> Iterator[secrets.Place]:
    if not isinstance(node, dict) or (place and not node):
        yield place
        return
    for key, value in node.items():
        yield from _leaves(value, (*place, str(key)))


def _variables(environment: Mapping[str, str]) -> Iterator[_Given]:
    """Find the settings in the environment.

    Sensu puts variables such as GRAFHERALD_PATH of its own there, so a plain unknown name is
    passed over; one with two underscores is meant for us and has to fit.
    """
    known = schema.load("config")["properties"]
    for name, text in environment.items():
        if name.startswith(_PREFIX) and name not in _NO_SETTINGS:
            keys = name[len(_PREFIX) :].lower().split("__")
            if len(keys) > 1 or keys[0] in known or is_secret(keys[0]):
                yield keys, text, f"${name}"


def _assignment(text: str) -> _Given:
    key, equals, value = text.partition("=")
    if not equals or not all(key.split(".")):
        raise ConfigError(f"--set {key}{equals}: expected KEY=VALUE, as graph.wait=5")
    return key.split("."), value, "--set"


def _put(tree: dict[str, Any], place: secrets.Place, value: Any, origin: str) -> None:
    *above, last = place
    node = tree
    for key in above:
        below = node.setdefault(key, {})
        if not isinstance(below, dict):
            raise ConfigError(f"{'.'.join(place)}: {key} holds a value, not keys ({origin})")
        node = below
    node[last] = value


def _typed(text: str, shape: Mapping[str, Any]) -> Any:
    """Read *text* as the type that *shape* asks for; what does not fit stays text."""
    kinds = shape.get("type", [branch.get("type") for branch in shape.get("anyOf", ())])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "boolean" in kinds and text.lower() in _WORDS:
        return _WORDS[text.lower()]
    several = "array" in kinds and ("," in text or text.startswith("["))
    if ("string" in kinds or "enum" in shape) and not several:
        return text
    try:
        return json.loads(text)
    except ValueError:
        if "array" not in kinds:
            return text
        listed = text[1:-1] if text[:1] + text[-1:] == "[]" and "," in text else text  # as in YAML
        return [part.strip() for part in listed.split(",")]
