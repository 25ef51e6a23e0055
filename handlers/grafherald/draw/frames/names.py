"""What a field is called in legends, tiles and overrides: Grafana's rules for display names.

https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/field/fieldState.ts
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from grafherald.draw.frames.frame import Field, Frame

_VALUE = "Value"
_TIME = "Time"
_FIELD_VARIABLE = re.compile(
    r"\$\{__(?:field|series)\.(?:labels(?:\.([\w.-]+)|\[[\"']?([^\]\"']+)[\"']?\])|(\w+))"
    r"(?::[a-z]+)?\}|\$__(cell_\d+|field_name|series_name)"
)


class Naming:
    """Names within one panel's data: what all frames have in common need not be said."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._frames_differ = len({frame.name for frame in frames}) > 1
        labels = {name for frame in frames for field in frame.fields for name in field.labels}
        self._single_label = next(iter(labels)) if len(labels) == 1 else None

    def name(self, field: Field, frame: Frame) -> str:
        """The name of a field to which no panel gave one."""
        given = field.config.get("displayName") or field.config.get("displayNameFromDS")
        if given:
            return str(given)
        if field.kind == "time" and not field.labels:
            return field.name or _TIME
        parts = self._parts(field, frame)
        name = " ".join(parts) or field.name or _VALUE
        return _unique(field, frame) if name == field.name else name

    def _parts(self, field: Field, frame: Frame) -> list[str]:
        parts = [frame.name] if self._frames_differ and frame.name else []
        named = bool(parts)
        if field.name and field.name != _VALUE:
            parts.append(field.name)
        said = (
            field.labels.get(self._single_label, "")
            if self._single_label
            else label_text(field.labels)
        )
        if said:
            parts.append(said)
        elif not named and field.name == _VALUE and frame.name:
            parts.append(frame.name)
        return parts


def label_text(labels: Mapping[str, str]) -> str:
    """``{host="web01", job="node"}``, sorted by name; "" without labels."""
    inside = ", ".join(f'{name}="{labels[name]}"' for name in sorted(labels))
    return f"{{{inside}}}" if inside else ""


def _unique(field: Field, frame: Frame) -> str:
    """Fields of one name in a frame are numbered."""
    same = [each for each in frame.fields if each.name == field.name]
    if len(same) < 2:
        return field.name
    return f"{field.name} {next(n for n, each in enumerate(same, 1) if each is field)}"


def filled(template: str, field: Field, frame: Frame, name: Callable[[], str]) -> str:
    """A display name of a panel with its ``${__field.labels.host}`` filled in."""
    if "$" not in template:
        return template

    def value(found: re.Match[str]) -> str:
        label, bracketed, what, short = found.groups()
        if label or bracketed:
            return field.labels.get(label or bracketed, "")
        known: dict[str | None, Callable[[], Any]] = {
            "displayName": name,
            "name": lambda: field.name if "__field" in found[0] else frame.name,
            "labels": lambda: label_text(field.labels)[1:-1],
            "field_name": name,
            "series_name": lambda: frame.name or name(),
        }
        key = what or short
        if key and key.startswith("cell_"):
            return _cell(frame, int(key[5:]))
        return str(known[key]()) if key in known else found[0]

    return _FIELD_VARIABLE.sub(value, template)


def _cell(frame: Frame, column: int) -> str:
    values = frame.fields[column].values if column < len(frame.fields) else ()
    return str(values[0]) if values else ""
