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

from grafherald.errors import excerpt
from grafherald.settings.formats import FORMATS

_FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "schemas")
_SECRETS = ("token", "password", "secret", "webhook", "smtp", "key")


def is_secret(key: str) -> bool:
    """Tell from the *key* of a setting whether its value must not be shown."""
    return any(word in key.lower() for word in _SECRETS)


def exists(name: str) -> bool:
    """Tell whether there is a schema *name*."""
    return os.path.basename(name) == name and os.path.isfile(_path(name))


@cache
def load(name: str) -> Mapping[str, Any]:
    """Return the schema ``schemas/<name>.json``."""
    with open(_path(name), encoding="utf-8") as file:
        found: Mapping[str, Any] = json.load(file)
    return found


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


def problems(name: str, document: Any) -> list[str]:
    """List what is wrong with *document*, outermost first; empty when it fits schema *name*."""
    return [str(problem) for problem in explain(name, document)]


def explain(name: str, document: Any) -> list[Problem]:
    """Find what is wrong with *document*, outermost first; empty when it fits schema *name*."""
    schema = load(name)
    if fits(document, schema, schema):
        return []
    errors: list[Any] = list(_violations(document, schema, schema, ()))
    if not errors:
        errors = list(_judge(schema).iter_errors(document))
    errors.sort(key=lambda error: len(error.absolute_path))
    return list(dict.fromkeys(line for error in errors for line in _lines(error)))


def _judge(schema: Mapping[str, Any]) -> Any:
    from jsonschema import Draft202012Validator, FormatChecker

    formats = FormatChecker(formats=())
    for name, form in FORMATS.items():
        formats.checks(name)(lambda value, form=form: _has_format(value, form.fits))
    return Draft202012Validator(schema, format_checker=formats)


def _has_format(value: Any, fits: Callable[[str], bool]) -> bool:
    return not isinstance(value, str) or fits(value)


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
    "not": lambda v, wanted, _, root: not fits(v, wanted, root),
    "format": lambda v, wanted, *_: wanted not in FORMATS or _has_format(v, FORMATS[wanted].fits),
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


def _lines(error: Any) -> Iterator[Problem]:
    where = tuple(str(part) for part in error.absolute_path)
    wanted = error.validator_value
    if error.validator == "required":
        for name in wanted:
            if name not in error.instance:
                yield Problem(((*where, name),), "missing")
    elif error.validator == "additionalProperties" and wanted is False:
        for name in _others(error.instance, error.schema):
            text = f"unknown key{_meant(str(name), error.schema)}"
            yield Problem(((*where, str(name)),), text)
    elif error.validator == "not":
        places = tuple((*where, name) for name in wanted["required"])
        yield Problem(places, "give one of them, not both")
    elif error.validator in ("anyOf", "oneOf") and error.context:
        yield from _branches(error, where)
    else:
        text = f"expected {_expected(error)}, got {_found(where, error.instance)}"
        yield Problem((where,), text)


def _branches(error: Any, where: tuple[str, ...]) -> Iterator[Problem]:
    """Explain an ``anyOf`` by its branches of the right type, else name all types that would do."""
    deeper = [e for e in error.context if e.validator != "type" or e.relative_path]
    missing = [e for e in deeper if e.validator == "required" and not e.relative_path]
    if not deeper or (len(deeper) == len(error.context) and not missing and not _is_inner(deeper)):
        expected = " or ".join(dict.fromkeys(_expected(e) for e in error.context))
        yield Problem((where,), f"expected {expected}, got {_found(where, error.instance)}")
    elif len(missing) == len(error.context):
        names = [name for e in missing for name in e.validator_value if name not in e.instance]
        yield Problem(((*where, " or ".join(names)),), "missing")
    else:
        for inner in deeper:
            yield from _lines(inner)


def _is_inner(errors: Iterable[Any]) -> bool:
    return any(error.relative_path for error in errors)


def _expected(error: Any) -> str:
    wanted = error.validator_value
    if error.validator == "type":
        kinds = [kind for kind in _kinds(wanted) if kind != "null"] or ["null"]
        return " or ".join(_NAMES[kind] for kind in kinds)
    if error.validator == "enum":
        return "one of " + ", ".join(str(each) for each in wanted)
    if error.validator == "format":
        return FORMATS[wanted].expected
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


def _found(where: Iterable[str], value: Any) -> str:
    """Return *value* for a message; what may be a secret, as any URL may, by its type alone."""
    kind = next((kind for kind in _SHOWN if _is(value, kind)), "")
    secret = any(map(is_secret, where))
    if secret or kind in ("object", "array") or "://" in str(value):
        return _NAMES.get(kind, "something else")
    return json.dumps(value)[:60] if kind in ("null", "boolean", "number") else excerpt(str(value))


def dotted(parts: Iterable[str]) -> str:
    """Join the keys that lead somewhere, nothing unprintable in them: ``a.b.0``."""
    return ".".join(excerpt(part)[1:-1] for part in parts)


def _meant(name: str, schema: Mapping[str, Any]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, schema.get("properties", {}), n=1)
    return f", did you mean {close[0]}?" if close else ""
