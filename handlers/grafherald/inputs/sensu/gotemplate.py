"""The plainest of Go's templates, as annotations of Sensu Go hold them: fields, and no more.

https://docs.sensu.io/sensu-go/latest/observability-pipeline/observe-process/handler-templates/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from grafherald.inputs.sensu.fields import mapping, printed, text

_ACTION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_FIELD = re.compile(r"\.(Check|Entity|ID|Timestamp)(?:\.(\w+))?")


def filled(template: str, event: Mapping[str, Any]) -> str | None:
    """Fill *template* with the *event*'s fields; None when it does more than name fields."""
    values = []
    for action in _ACTION.findall(template):
        found = _FIELD.fullmatch(action)
        value = _value(event, found[1], found[2] or "") if found else None
        if value is None:
            return None
        values.append(value)
    rest = iter(values)
    return _ACTION.sub(lambda _: next(rest), template)


def _value(event: Mapping[str, Any], what: str, field: str) -> str | None:
    if what in ("ID", "Timestamp"):
        return text(event.get(what.lower())) if not field else None
    part = mapping(event.get(what.lower()))
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", field).lower()
    if name in ("name", "namespace"):
        return text(mapping(part.get("metadata")).get(name))
    value = part.get(name, "" if field else None)
    return printed(value) if isinstance(value, (str, int, float)) else None
