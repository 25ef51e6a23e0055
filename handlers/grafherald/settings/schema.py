"""JSON Schema (2020-12): what a document must look like, and what is wrong with one that does not.

A few lines that know the keywords of our own schemas accept a good document, and explain a wrong
type, a missing or an unknown key, and the like. All else goes to jsonschema, which is the judge;
its import costs more than the rest of a refused event.
"""

from __future__ import annotations

import json
import os.path
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from grafherald import registry
from grafherald.errors import excerpt

_FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "schemas")
_KINDS_OF_TYPES = {"channel": "grafherald.channels", "input": "grafherald.inputs"}
_SECRETS = ("token", "password", "secret", "webhook", "smtp", "key")


def is_secret(key: str) -> bool:
    """Tell from the *key* of a setting whether its value must not be shown."""
    return any(word in key.lower() for word in _SECRETS)


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
    """Return what is wrong with *document*, outermost first; empty when it fits schema *name*.

    Each is one line that names the field and what was found there, never the value of a secret:
    ``check.status: expected an integer, got 'two'``.
    """
    schema = load(name)
    if fits(document, schema, schema):
        return []
    errors: list[Any] = list(_violations(document, schema, schema, ()))
    if not errors:
        from jsonschema import Draft202012Validator

        errors = list(Draft202012Validator(schema).iter_errors(document))
    errors.sort(key=lambda error: len(error.absolute_path))
    return list(dict.fromkeys(line for error in errors for line in _lines(error)))


def fits(value: Any, schema: Any, root: Mapping[str, Any]) -> bool:
    """Tell whether *value* surely fits *schema*, whose ``$ref`` point into *root*.

    False may also mean that the schema has a keyword which only jsonschema knows.
    """
    if isinstance(schema, bool):
        return schema
    for keyword, wanted in schema.items():
        if keyword in ANNOTATIONS:
            continue
        if keyword not in RULES or not RULES[keyword](value, wanted, schema, root):
            return False
    return True


class _Violation(NamedTuple):
    """One broken rule, with the names that jsonschema's ValidationError has for its parts."""

    validator: str
    validator_value: Any
    instance: Any
    schema: Mapping[str, Any]
    absolute_path: tuple[str | int, ...]


def _violations(
    value: Any, schema: Any, root: Mapping[str, Any], path: tuple[str | int, ...]
) -> Iterator[_Violation]:
    """Yield the broken rules that can be told without jsonschema: not those of ``anyOf``."""
    if isinstance(schema, bool):
        return
    if "$ref" in schema:
        yield from _violations(value, _resolved(schema["$ref"], root), root, path)
    for keyword, wanted in schema.items():
        plain = keyword in _PLAIN or (keyword == "additionalProperties" and wanted is False)
        if plain and not RULES[keyword](value, wanted, schema, root):
            yield _Violation(keyword, wanted, value, schema, path)
    for key, inner, below in _children(value, schema):
        yield from _violations(inner, below, root, (*path, key))


def _children(value: Any, schema: Mapping[str, Any]) -> Iterator[tuple[str | int, Any, Any]]:
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield number, item, schema["items"]
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        for name, item in value.items():
            below = properties.get(name, schema.get("additionalProperties", True))
            if below is not False:
                yield name, item, below


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


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, _TYPES[kind])


def _kinds(wanted: str | list[str]) -> list[str]:
    return [wanted] if isinstance(wanted, str) else wanted


def _others(value: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterable[str]:
    return [name for name in value if name not in schema.get("properties", {})]


_TYPES: Mapping[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
ANNOTATIONS = frozenset(("$schema", "$defs", "title", "description", "examples", "default"))
RULES: Mapping[str, Callable[[Any, Any, Any, Any], bool]] = {
    "$ref": lambda v, wanted, _, root: fits(v, _resolved(wanted, root), root),
    "type": lambda v, wanted, *_: any(_is(v, kind) for kind in _kinds(wanted)),
    "enum": lambda v, wanted, *_: isinstance(v, str) and v in wanted,
    "anyOf": lambda v, wanted, _, root: any(fits(v, branch, root) for branch in wanted),
    "minimum": lambda v, wanted, *_: not _is(v, "number") or v >= wanted,
    "exclusiveMinimum": lambda v, wanted, *_: not _is(v, "number") or v > wanted,
    "maximum": lambda v, wanted, *_: not _is(v, "number") or v <= wanted,
    "minLength": lambda v, wanted, *_: not isinstance(v, str) or len(v) >= wanted,
    "minItems": lambda v, wanted, *_: not isinstance(v, list) or len(v) >= wanted,
    "items": lambda v, wanted, _, root: (
        not isinstance(v, list) or all(fits(item, wanted, root) for item in v)
    ),
    "required": lambda v, wanted, *_: not isinstance(v, dict) or all(name in v for name in wanted),
    "properties": lambda v, wanted, _, root: (
        not isinstance(v, dict)
        or all(fits(v[name], below, root) for name, below in wanted.items() if name in v)
    ),
    "additionalProperties": lambda v, wanted, schema, root: (
        not isinstance(v, dict) or all(fits(v[name], wanted, root) for name in _others(v, schema))
    ),
}


_PLAIN = frozenset(RULES) - {"$ref", "anyOf", "properties", "items", "additionalProperties"}


def _resolved(reference: str, root: Mapping[str, Any]) -> Any:
    return root["$defs"][reference.removeprefix("#/$defs/")]


def _lines(error: Any) -> Iterator[str]:
    where = [str(part) for part in error.absolute_path]
    if error.validator == "required":
        for name in error.validator_value:
            if name not in error.instance:
                yield f"{_dotted([*where, name])}missing"
    elif error.validator == "additionalProperties" and error.validator_value is False:
        for name in _others(error.instance, error.schema):
            yield f"{_dotted([*where, str(name)])}unknown key{_meant(str(name), error.schema)}"
    elif error.validator in ("anyOf", "oneOf") and error.context:
        yield from _branches(error, where)
    else:
        yield f"{_dotted(where)}expected {_expected(error)}, got {_found(where, error.instance)}"


def _branches(error: Any, where: list[str]) -> Iterator[str]:
    """Explain an ``anyOf`` by its branches of the right type, else name all types that would do."""
    deeper = [e for e in error.context if e.validator != "type" or e.relative_path]
    missing = [e for e in deeper if e.validator == "required" and not e.relative_path]
    if not deeper:
        expected = " or ".join(dict.fromkeys(_expected(e) for e in error.context))
        yield f"{_dotted(where)}expected {expected}, got {_found(where, error.instance)}"
    elif len(missing) == len(error.context):
        names = [name for e in missing for name in e.validator_value if name not in e.instance]
        yield f"{_dotted([*where, ' or '.join(names)])}missing"
    else:
        for inner in deeper:
            yield from _lines(inner)


def _expected(error: Any) -> str:
    wanted = error.validator_value
    if error.validator == "type":
        kinds = [kind for kind in _kinds(wanted) if kind != "null"] or ["null"]
        return " or ".join(_NAMES[kind] for kind in kinds)
    if error.validator == "enum":
        return "one of " + ", ".join(str(each) for each in wanted)
    if error.validator in ("minLength", "minItems") and wanted == 1:
        return "something"
    return _PHRASES.get(error.validator, "what fits {1} of the schema").format(
        wanted, error.validator
    )


_NAMES = {
    "object": "an object",
    "array": "a list",
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
_SHOWN = ("null", "boolean", "object", "array", "number", "string")
_PHRASES = {
    "const": "{}",
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "minItems": "at least {} entries",
    "pattern": "a text like {}",
}


def _found(where: list[str], value: Any) -> str:
    """Return *value* for a message; what may be a secret, as any URL may, by its type alone."""
    kind = next((kind for kind in _SHOWN if _is(value, kind)), "")
    secret = any(map(is_secret, where))
    if secret or kind in ("object", "array") or "://" in str(value):
        return _NAMES.get(kind, "something else")
    return json.dumps(value)[:60] if kind in ("null", "boolean", "number") else excerpt(str(value))


def _dotted(parts: Iterable[str]) -> str:
    """Return ``a.b.0: ``, nothing unprintable in it; "" for the document itself."""
    path = ".".join(excerpt(part)[1:-1] for part in parts)
    return f"{path}: " if path else ""


def _meant(name: str, schema: Mapping[str, Any]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, schema.get("properties", {}), n=1)
    return f", did you mean {close[0]}?" if close else ""
