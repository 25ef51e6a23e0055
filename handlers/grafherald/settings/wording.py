"""What is wrong with a document, in one line: the field, what was expected, what was found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from grafherald.errors import excerpt
from grafherald.settings.formats import FORMATS
from grafherald.settings.rules import is_a, kinds, others
from grafherald.settings.schema import Problem, is_secret


def explained(error: Any) -> Iterator[Problem]:
    """Put a broken rule, ours or a ValidationError of jsonschema, into words."""
    where = tuple(str(part) for part in error.absolute_path)
    wanted = error.validator_value
    if error.validator == "required":
        for name in wanted:
            if name not in error.instance:
                yield Problem(((*where, name),), "missing")
    elif error.validator == "additionalProperties" and wanted is False:
        for name in others(error.instance, error.schema):
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
            yield from explained(inner)


def _is_inner(errors: Iterable[Any]) -> bool:
    return any(error.relative_path for error in errors)


def _expected(error: Any) -> str:
    wanted = error.validator_value
    if error.validator == "type":
        named = [kind for kind in kinds(wanted) if kind != "null"] or ["null"]
        return " or ".join(_NAMES[kind] for kind in named)
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
    """Write *value* into a message; what may be a secret, as any URL may, by its type alone."""
    kind = next((kind for kind in _SHOWN if is_a(value, kind)), "")
    secret = any(map(is_secret, where))
    if secret and value == "":
        return "nothing"
    if secret or kind in ("object", "array") or "://" in str(value):
        return _NAMES.get(kind, "something else")
    return json.dumps(value)[:60] if kind in ("null", "boolean", "number") else excerpt(str(value))


def _meant(name: str, schema: Mapping[str, Any]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, schema.get("properties", {}), n=1)
    return f", did you mean {close[0]}?" if close else ""
