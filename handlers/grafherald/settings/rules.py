"""The rules of JSON Schema that our own schemas use: whether a value keeps them, which it breaks.

https://json-schema.org/draft/2020-12/json-schema-validation
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from grafherald.settings.formats import FORMATS


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


class Violation(NamedTuple):
    """One broken rule, with the names that jsonschema's ValidationError has for its parts."""

    validator: str
    validator_value: Any
    instance: Any
    schema: Mapping[str, Any]
    absolute_path: tuple[str | int, ...]


def violations(
    value: Any, schema: Any, root: Mapping[str, Any], path: tuple[str | int, ...]
) -> Iterator[Violation]:
    """Find the broken rules without importing jsonschema: all but those of ``anyOf``."""
    if isinstance(schema, bool):
        return
    if "$ref" in schema:
        yield from violations(value, _resolved(schema["$ref"], root), root, path)
    for keyword, wanted in schema.items():
        plain = keyword in _PLAIN or (keyword == "additionalProperties" and wanted is False)
        if plain and not RULES[keyword](value, wanted, schema, root):
            yield Violation(keyword, wanted, value, schema, path)
    for key, inner, below in _children(value, schema):
        yield from violations(inner, below, root, (*path, key))


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


def has_format(value: Any, name: str) -> bool:
    """Tell whether *value* is of the form *name*; what is no text is, and so is an unknown form."""
    return not isinstance(value, str) or name not in FORMATS or FORMATS[name].fits(value)


def is_a(value: Any, kind: str) -> bool:
    """Tell whether *value* is of the type that JSON Schema calls *kind*."""
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, _TYPES[kind])


def kinds(wanted: str | list[str]) -> list[str]:
    """List the types that ``type`` allows."""
    return [wanted] if isinstance(wanted, str) else wanted


def others(value: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterable[str]:
    """List the keys of *value* that *schema* does not know."""
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
    "type": lambda v, wanted, *_: any(is_a(v, kind) for kind in kinds(wanted)),
    "enum": lambda v, wanted, *_: isinstance(v, str) and v in wanted,
    "anyOf": lambda v, wanted, _, root: any(fits(v, branch, root) for branch in wanted),
    "minimum": lambda v, wanted, *_: not is_a(v, "number") or v >= wanted,
    "exclusiveMinimum": lambda v, wanted, *_: not is_a(v, "number") or v > wanted,
    "maximum": lambda v, wanted, *_: not is_a(v, "number") or v <= wanted,
    "not": lambda v, wanted, _, root: not fits(v, wanted, root),
    "format": lambda v, wanted, *_: has_format(v, wanted),
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
        not isinstance(v, dict) or all(fits(v[name], wanted, root) for name in others(v, schema))
    ),
}


_PLAIN = frozenset(RULES) - {"$ref", "anyOf", "properties", "items", "additionalProperties"}


def _resolved(reference: str, root: Mapping[str, Any]) -> Any:
    return root["$defs"][reference.removeprefix("#/$defs/")]
