"""Panels of our own, drawn and read back: their texts, colours and shapes in order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from grafherald.draw import Drawing, Field, Frame, Look, Marks, TimeRange, draw

START, END = 1_795_610_400_000, 1_795_632_000_000
SPAN = TimeRange(START, END)
SEVEN, TEN = (7, 5, 5), (10, 4, 2)
STEPS = [
    {"value": None, "color": "green"},
    {"value": 30, "color": "orange"},
    {"value": 60, "color": "red"},
]
GREEN, ORANGE, RED = "#73bf69", "#ff9830", "#f2495c"
GOLDEN = Path(__file__).parent / "golden"
_SVG = "{http://www.w3.org/2000/svg}"


def series(name: str, *values: float | None, ref: str = "A", **labels: str) -> Frame:
    """A time series, its samples spread evenly over the range."""
    step = (END - START) / max(1, len(values) - 1)
    times = [round(START + at * step) for at in range(len(values))]
    number = Field("Value", "number", list(values), labels, {"displayNameFromDS": name})
    return Frame((Field("Time", "time", times), number), name=name, ref_id=ref)


def panel(kind: str, unit: str = "percent", **options: Any) -> dict[str, Any]:
    """A panel with thresholds at 30 and 60 in a range from 0 to 100."""
    defaults = {
        "unit": unit,
        "min": 0,
        "max": 100,
        "color": {"mode": "thresholds"},
        "thresholds": {"mode": "absolute", "steps": STEPS},
    }
    options.setdefault("reduceOptions", {"calcs": ["lastNotNull"], "fields": "", "values": False})
    return {
        "type": kind,
        "options": options,
        "fieldConfig": {"defaults": defaults, "overrides": []},
    }


@dataclass(frozen=True)
class Text:
    """A text as it stands in the picture; its parts' colours and sizes."""

    words: str
    x: float
    y: float
    colors: tuple[str, ...]
    sizes: tuple[float, ...]


@dataclass(frozen=True)
class Picture:
    """A drawing, read back."""

    drawing: Drawing

    @property
    def root(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.drawing.svg)

    def all(self, element: str) -> list[ElementTree.Element]:
        """The elements of one name, in the order in which they were drawn."""
        return list(self.root.iter(_SVG + element))

    @property
    def texts(self) -> list[Text]:
        return [_text(each) for each in self.all("text")]

    @property
    def words(self) -> list[str]:
        return [each.words for each in self.texts]

    def text(self, words: str) -> Text:
        """The one text of these words."""
        (found,) = [each for each in self.texts if each.words == words]
        return found


def _text(element: ElementTree.Element) -> Text:
    parts = list(element.iter(_SVG + "tspan")) or [element]
    return Text(
        "".join(element.itertext()),
        float(element.get("x", "0")),
        float(element.get("y", "0")),
        tuple(each.get("fill", "") for each in parts),
        tuple(float(each.get("font-size", "12")) for each in parts),
    )


def drawn(what: dict[str, Any], *frames: Frame, **look: Any) -> Picture:
    """Draw a panel as Grafana 7.5 in dark would, unless *look* says otherwise."""
    look = {"version": SEVEN, "title": "Test", "foot": "", **look}
    return Picture(draw(what, frames, SPAN, Look(**look), Marks()))


def rects(picture: Picture) -> list[dict[str, float | str]]:
    """Rectangles but for the background: where they are and their fill."""
    found = []
    for each in picture.all("rect")[1:]:
        place: dict[str, float | str] = {
            name: float(each.get(name, "0")) for name in ("x", "y", "width", "height")
        }
        found.append({**place, "fill": each.get("fill", "")})
    return found


def same_as_golden(picture: Picture, name: str) -> bool:
    """Whether a picture's SVG is the stored one; a new picture is stored and fails once."""
    path = GOLDEN / f"{name}.svg"
    text = picture.drawing.svg.replace("><", ">\n<") + "\n"
    if not path.exists():
        path.write_text(text, "utf-8")
        return False
    return path.read_text("utf-8") == text
