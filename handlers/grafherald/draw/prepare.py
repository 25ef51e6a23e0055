"""A panel and its data made ready for drawing: old forms, defaults, targets, field config.

The order is Grafana's: what the datasource's frontend makes of an answer, then the panel's
transformations, then its field config.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafherald.draw import legacy
from grafherald.draw.frames.frame import Frame
from grafherald.draw.frames.targets import as_asked
from grafherald.draw.frames.transform import transformed
from grafherald.draw.page.look import Look
from grafherald.draw.values.fieldconfig import Column, columns_of, left_out
from grafherald.draw.values.units import Manner

_THRESHOLDS = {
    "mode": "absolute",
    "steps": [{"value": None, "color": "green"}, {"value": 80, "color": "red"}],
}
_COLORS = {
    "piechart": {"mode": "palette-classic"},
    "barchart": {"mode": "palette-classic"},
    "state-timeline": {"mode": "continuous-GrYlRd"},
}


@dataclass(frozen=True)
class PreparedPanel:
    """What is to be drawn: the panel in the modern form, and its columns by frame."""

    panel: Mapping[str, Any]
    columns: list[list[Column]]
    notes: tuple[str, ...] = ()

    @property
    def options(self) -> Mapping[str, Any]:
        """The panel type's own options."""
        options = self.panel.get("options")
        return options if isinstance(options, Mapping) else {}

    def group(self, name: str) -> Mapping[str, Any]:
        """A group of options, as ``text`` or ``legend``; empty where there is none."""
        group = self.options.get(name)
        return group if isinstance(group, Mapping) else {}

    @property
    def named(self) -> bool:
        """Whether the panel itself names what it shows."""
        return bool(self._defaults.get("displayName"))

    @property
    def _defaults(self) -> Mapping[str, Any]:
        config = self.panel.get("fieldConfig")
        defaults = config.get("defaults") if isinstance(config, Mapping) else None
        return defaults if isinstance(defaults, Mapping) else {}


def prepare(panel: Mapping[str, Any], frames: Sequence[Frame], look: Look) -> PreparedPanel:
    """Make a panel and its data ready; what can't be done with them is a note."""
    panel = _with_defaults(legacy.modern(panel))
    frames, notes = transformed(panel, as_asked(panel, frames))
    manner = Manner(look.version, look.timezone)
    notes = (*notes, *left_out(panel))
    return PreparedPanel(panel, columns_of(panel, frames, look.theme, manner), notes)


def _with_defaults(panel: Mapping[str, Any]) -> Mapping[str, Any]:
    """The field config that Grafana fills in where a dashboard says nothing."""
    config = panel.get("fieldConfig")
    config = config if isinstance(config, Mapping) else {}
    defaults = config.get("defaults")
    defaults = dict(defaults) if isinstance(defaults, Mapping) else {}
    defaults.setdefault("thresholds", _THRESHOLDS)
    if color := _COLORS.get(str(panel.get("type"))):
        defaults.setdefault("color", color)
    return {**panel, "fieldConfig": {**config, "defaults": defaults}}
