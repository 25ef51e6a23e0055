"""The shape in which data reaches a drawing: Grafana's data frames, and nothing else of Grafana."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["time", "number", "string", "boolean", "other"]


@dataclass(frozen=True)
class Field:
    """One column of a frame.

    ``values`` are, by ``kind``: epoch milliseconds (int or float) or None for ``time``; int, float
    or None for ``number``, where NaN and the infinities may occur; str or None for ``string``; bool
    or None for ``boolean``; anything JSON can say for ``other``. All fields of a frame are equally
    long.

    ``config`` is what the datasource says of the field, in Grafana's own words:
    ``displayNameFromDS``, ``unit``, ``interval`` (milliseconds between two samples), ``min``,
    ``max``, ... It is not the panel's field config.
    """

    name: str
    kind: Kind
    values: Sequence[Any]
    labels: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """One table of a query's answer: of time series, a time field and one or more number fields."""

    fields: tuple[Field, ...]
    name: str = ""
    ref_id: str = "A"
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.fields[0].values) if self.fields else 0

    def first(self, kind: Kind) -> Field | None:
        """The first field of this kind, such as the time field of a series; None without one."""
        return next((each for each in self.fields if each.kind == kind), None)
