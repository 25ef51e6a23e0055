"""A panel of Grafana as a picture of our own: no browser, no network, no clock.

`draw` makes SVG text of a panel's JSON and its data, `png` the picture of that. What would come out
wrong is refused with one sentence (`CannotDraw`); a detail that is left out is a note.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grafherald.draw.errors import CannotDraw
from grafherald.draw.frames.frame import Field, Frame
from grafherald.draw.page.look import Drawing, Line, Look, Marks, TimeRange
from grafherald.draw.page.png import png

__all__ = [
    "CannotDraw",
    "Drawing",
    "Field",
    "Frame",
    "Line",
    "Look",
    "Marks",
    "TimeRange",
    "can_draw",
    "draw",
    "png",
]


MOST_PIXELS = 4_000_000


def can_draw(panel: Mapping[str, Any]) -> str | None:
    """One sentence why a panel of this type is not drawn; None if it is."""
    from grafherald.draw.kinds import refusal

    return refusal(panel)


def draw(
    panel: Mapping[str, Any],
    frames: Sequence[Frame],
    span: TimeRange,
    look: Look,
    marks: Marks | None = None,
) -> Drawing:
    """The picture of *panel* (its JSON, variables filled in) with the data of its queries.

    Raises:
        CannotDraw: the panel is of a type, or asks for a thing, that would come out wrong; or the
            picture would be so large that it takes many seconds.
    """
    from grafherald.draw.kinds import drawer

    if not (look.width > 0 < look.height and look.width * look.height <= MOST_PIXELS):
        raise CannotDraw(
            f"A picture of {look.width} x {look.height} pixels is not drawn:"
            f" at most {MOST_PIXELS // 1_000_000} million pixels are"
        )
    return drawer(panel)(panel, frames, span, look, marks or Marks())
