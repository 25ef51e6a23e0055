"""JSON Schema (2020-12): what a document must look like, and what is wrong with one that does not.

A few lines that know the keywords of our own schemas accept a good document, and explain a wrong
type, a missing or an unknown key, and the like. All else goes to jsonschema, which is the judge;
its import costs more than the rest of a refused event.
"""

from __future__ import annotations

import json
import os.path
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from grafherald import registry
from grafherald.errors import excerpt
from grafherald.settings.formats import FORMATS
from grafherald.settings.rules import fits, has_format, violations

_FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "schemas")
_KINDS_OF_TYPES = {"channel": "grafherald.channels", "input": "grafherald.inputs"}

_SECRETS = ("token", "passw", "passphrase", "secret", "webhook", "smtp", "key", "authorization")


def is_secret(key: str) -> bool:
    """Tell from the *key* of a setting whether its value must not be shown."""
    return any(word in key.lower() for word in _SECRETS)


class Problem(NamedTuple):
    """What is wrong, in a few words that never repeat a secret, and where.

    Attributes:
        places: the keys that lead there; several where the keys don't go together.
    """

    places: tuple[tuple[str, ...], ...]
    text: str

    def __str__(self) -> str:
        """Make one line of it: ``check.status: expected an integer, got 'two'``."""
        named = ", ".join(filter(None, map(dotted, self.places)))
        return f"{named}: {self.text}" if named else self.text


def dotted(parts: Iterable[str]) -> str:
    """Join the keys that lead somewhere, nothing unprintable in them: ``a.b.0``."""
    return ".".join(excerpt(part)[1:-1] for part in parts)


def exists(name: str) -> bool:
    """Tell whether there is a schema *name*."""
    return _is_ours(name) or _added(name) is not None


@cache
def load(name: str) -> Mapping[str, Any]:
    """Read the schema *name*: ``schemas/<name>.json``, or what another package's type brings.

    ``channel-<type>`` has the keys that every channel has, ``schemas/channel.json``, too.
    """
    if _is_ours(name):
        with open(_path(name), encoding="utf-8") as file:
            found: Mapping[str, Any] = json.load(file)
    else:
        found = _added(name) or {}
    return _whole(name, found) if name.startswith("channel-") else found


def problems(name: str, document: Any) -> list[str]:
    """List what is wrong with *document*, outermost first; empty when it fits schema *name*."""
    return [str(problem) for problem in explain(name, document)]


def explain(name: str, document: Any) -> list[Problem]:
    """Find what is wrong with *document*, outermost first; empty when it fits schema *name*."""
    schema = load(name)
    if fits(document, schema, schema):
        return []
    from grafherald.settings.wording import explained

    errors: list[Any] = list(violations(document, schema, schema, ()))
    if not errors:
        errors = list(_judge(schema).iter_errors(document))
    errors.sort(key=lambda error: len(error.absolute_path))
    return list(dict.fromkeys(line for error in errors for line in explained(error)))


def _judge(schema: Mapping[str, Any]) -> Any:
    from jsonschema import Draft202012Validator, FormatChecker

    formats = FormatChecker(formats=())
    for name in FORMATS:
        formats.checks(name)(lambda value, name=name: has_format(value, name))
    return Draft202012Validator(schema, format_checker=formats)


def _is_ours(name: str) -> bool:
    return os.path.basename(name) == name and os.path.isfile(_path(name))


def _added(name: str) -> Mapping[str, Any] | None:
    """Look up the schema that another package's channel type or input brings."""
    kind, _, type_ = name.partition("-")
    if kind not in _KINDS_OF_TYPES or not type_:
        return None
    try:
        found = registry.installed(_KINDS_OF_TYPES[kind], type_)
    except Exception:  # noqa: BLE001 - another package's code; whoever opens it says what is wrong
        return None
    schema: Mapping[str, Any] | None = getattr(found, "schema", None)
    return schema


def _whole(name: str, own: Mapping[str, Any]) -> Mapping[str, Any]:
    """Complete a channel's schema with what every channel has."""
    every = load("channel")["properties"]
    type_ = {**every["type"], "enum": [name.partition("-")[2]]}
    properties = {**every, **own.get("properties", {}), "type": type_}
    required = ["type", *(key for key in own.get("required", ()) if key != "type")]
    return {
        "type": "object",
        "additionalProperties": False,
        **own,
        "properties": properties,
        "required": required,
    }


def _path(name: str) -> str:
    return os.path.join(_FOLDER, f"{name}.json")
