"""A data frame: what Grafana's panels and alert rules read. Columns of equal length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class FieldType(Enum):
    """What a column holds; None stands for null in each.

    TIME is nanoseconds since the epoch (int), the only unit that Grafana reads.
    """

    TIME = "time"
    NUMBER = "number"
    TEXT = "string"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class FrameField:
    """One column.

    Attributes:
        labels: what tells series apart, for the alert engine too.
        config: Grafana's field configuration: ``displayNameFromDS``, ``unit``.
        nullable: whether a value may be None; the times of a series may not, or Grafana's
            alert engine sees no time in it.
    """

    name: str
    type: FieldType
    values: Sequence[Any]
    labels: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, str] = field(default_factory=dict)
    nullable: bool = True


@dataclass(frozen=True)
class DataFrame:
    """Columns under one name.

    Attributes:
        kind: the format that the frame keeps to in Grafana's data plane contract, or "":
            https://grafana.github.io/dataplane/contract/
    """

    name: str
    fields: Sequence[FrameField]
    kind: str = ""
