"""A believable picture of a Grafana time series panel: what a renderer would send."""

from __future__ import annotations

import io
import math
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from PIL import Image, ImageDraw, ImageFont

_SCALE = 2  # drawn twice as large and shrunk: smooth lines
_THEMES = {
    "dark": {"back": "#181b1f", "text": "#ccccdc", "faint": "#8e8e99", "grid": "#2c3036"},
    "light": {"back": "#ffffff", "text": "#24292e", "faint": "#6e7681", "grid": "#e4e5e8"},
}
_SERIES = (("user", "#73bf69"), ("system", "#f2cc0c"), ("iowait", "#5794f2"))
_LIMIT, _LIMIT_COLOUR = 90, "#f2495c"


@dataclass(frozen=True)
class PanelImage:
    """What to draw: sizes in pixels, the time range that ends at *end*."""

    title: str
    end: datetime
    length: timedelta = timedelta(hours=6)
    width: int = 1000
    height: int = 500
    theme: str = "dark"

    def png(self) -> bytes:
        """Draw the panel; equal panels give equal bytes."""
        image = _draw(self).resize((self.width, self.height), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        image.save(out, "PNG", optimize=False)
        return out.getvalue()


def _draw(panel: PanelImage) -> Image.Image:
    colours = _THEMES[panel.theme if panel.theme in _THEMES else "dark"]
    width, height = panel.width * _SCALE, panel.height * _SCALE
    image = Image.new("RGB", (width, height), colours["back"])
    pen = ImageDraw.Draw(image)
    pen.text((24, 20), panel.title, colours["text"], _font(30))
    box = (96, 92, width - 32, height - 128)
    _axes(pen, box, colours, panel)
    for number, (name, colour) in enumerate(_SERIES):
        points = _curve(box, f"{panel.title}/{name}", peak=(78, 14, 9)[number])
        _fill(image, points, box[3], colour)
        pen.line(points, colour, 4, joint="curve")
        x = 96 + number * 190
        pen.line((x, height - 36, x + 36, height - 36), colour, 8)
        pen.text((x + 50, height - 54), name, colours["text"], _font(26))
    y = _y(box, _LIMIT)
    for x in range(box[0], box[2], 24):
        pen.line((x, y, x + 12, y), _LIMIT_COLOUR, 3)
    return image


def _axes(
    pen: ImageDraw.ImageDraw,
    box: tuple[int, int, int, int],
    colours: dict[str, str],
    panel: PanelImage,
) -> None:
    for percent in range(0, 101, 20):
        y = _y(box, percent)
        pen.line((box[0], y, box[2], y), colours["grid"], 2)
        pen.text((84, y), f"{percent}%", colours["faint"], _font(24), anchor="rm")
    for part in range(7):
        x = box[0] + (box[2] - box[0]) * part // 6
        at = panel.end - panel.length * (6 - part) / 6
        pen.line((x, box[1], x, box[3]), colours["grid"], 2)
        anchor = "rt" if part == 6 else "mt"
        pen.text((x, box[3] + 14), f"{at:%H:%M}", colours["faint"], _font(24), anchor=anchor)


def _curve(box: tuple[int, int, int, int], seed: str, peak: int) -> list[tuple[float, float]]:
    dice = random.Random(seed)  # noqa: S311 - a drawing, not a secret
    values, level = [], 0.16 * peak + 4
    for step in range(181):
        level += dice.uniform(-1, 1) * peak * 0.035 + (0.16 * peak + 4 - level) * 0.08
        rise = 1 / (1 + math.exp(-(step - 152) / 4))
        values.append(min(98.0, max(0.5, level + rise * peak + dice.uniform(-0.6, 0.6))))
    span = box[2] - box[0]
    return [(box[0] + span * i / 180, _y(box, value)) for i, value in enumerate(values)]


def _fill(
    image: Image.Image, points: list[tuple[float, float]], bottom: float, colour: str
) -> None:
    mask = Image.new("L", image.size, 0)
    area = [(points[0][0], bottom), *points, (points[-1][0], bottom)]
    ImageDraw.Draw(mask).polygon(area, fill=26)
    image.paste(Image.new("RGB", image.size, colour), mask=mask)


def _y(box: tuple[int, int, int, int], percent: float) -> float:
    return box[3] - (box[3] - box[1]) * percent / 100


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
