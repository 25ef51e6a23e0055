"""The panel around the data: background, title and foot, and the area that is left inside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grafherald.draw.page import text
from grafherald.draw.page.look import Drawing, Look
from grafherald.draw.page.svg import Canvas, clean
from grafherald.draw.page.tiles import Box

_PADDING = 8.0
_TITLE, _TITLE_HEIGHT = 14.0, 28.0
_FOOT = 10.0
_BETWEEN = "  ·  "
_PERIOD, _CLOCK = 12.0, 16.0
_FOOT_HEIGHT = 12.0
_BORDER = 2.0  # pixels at the right and below that a panel leaves free
_LONGEST_TITLE = 300


class Sheet:
    """A picture with its title drawn, ready for the data in `area`.

    Panels that fill their frame, as stats and tables do, are *flush*; others have a padding.
    """

    def __init__(self, look: Look, *, flush: bool = False, background: str = "") -> None:
        """Draw what is behind the data; *background* is another colour than the theme's."""
        self.look, self.theme = look, look.colors
        self.canvas = Canvas(look.width, look.height, self.theme.font)
        self.canvas.add(
            "rect", x=0, y=0, width=look.width, height=look.height, fill=self.theme.panel
        )
        if background:
            self.canvas.add("rect", width=look.width, height=look.height, fill=background)
        self._told: frozenset[str] = frozenset()
        head, self._beside = self._title()
        self._taken = self._period()
        self._beside -= self._taken
        whole = Box(0.0, head, look.width - _BORDER, max(1.0, look.height - head - _BORDER))
        words = self._small()
        below = bool(words) and not self._fits(words)
        foot = _FOOT_HEIGHT - _BORDER if below else 0.0
        # A padding has room for the foot
        self.planned = whole if flush else whole.inset(_PADDING)
        height = self.planned.height - (foot if flush else 0.0)
        self.area = Box(
            self.planned.x, head + (0 if flush else _PADDING), self.planned.width, max(1.0, height)
        )

    def squeezed(self, boxes: Sequence[Box]) -> list[Box]:
        """Boxes that were laid out in `planned`, Grafana's own area, brought into `area`.

        So the foot never changes how many values stand in a row.
        """
        factor = self.area.height / self.planned.height
        return [
            Box(
                box.x,
                self.area.y + (box.y - self.planned.y) * factor,
                box.width,
                box.height * factor,
            )
            for box in boxes
        ]

    def _title(self) -> tuple[float, float]:
        """Write the title in the middle, as Grafana 7 to 9.

        Say how high its line is, and how many pixels are free at its right.
        """
        words = clean(self.look.title, _LONGEST_TITLE).strip()
        if not words:
            return 0.0, 0.0
        room = self.look.width - 4 * _PADDING
        words = text.fit(words, room, _TITLE, self.theme.font, 500)
        self.canvas.text(
            self.look.width / 2,
            _TITLE_HEIGHT / 2 + 5,
            words,
            fill=self.theme.text,
            font_size=_TITLE,
            font_weight=500,
            text_anchor="middle",
        )
        wide = text.width(words, _TITLE, self.theme.font, 500)
        return _TITLE_HEIGHT, (self.look.width - wide) / 2 - 3 * _PADDING

    def _period(self) -> float:
        """Write at the title's right that the range is another one; say how many pixels it took."""
        words = clean(" ".join(self.look.period))
        wide = text.width(words, _PERIOD, self.theme.font) + _CLOCK
        if not words or wide > self._beside:
            return 0.0
        right, middle = self.look.width - _PADDING, _TITLE_HEIGHT / 2
        how = {"fill": self.theme.link, "font_size": _PERIOD, "text_anchor": "end"}
        self.canvas.text(right, middle + 4, words, **how)
        x = right - wide + _CLOCK / 2 - 2
        how = {"fill": "none", "stroke": self.theme.link}
        self.canvas.add("circle", cx=x, cy=middle, r=5, **how)
        self.canvas.path(f"M{x:.1f} {middle - 3:.1f}v3h2", **how)
        self._told = frozenset(self.look.period)
        return wide + 2 * _PADDING

    def _small(self, notes: Iterable[str] = ()) -> str:
        """What is written small: what the reader must know, and who drew it, if both have room."""
        said = [each for each in (*self.look.notes, *notes) if each and each not in self._told]
        known = list(map(clean, dict.fromkeys(said)))
        words = _BETWEEN.join([*known, self.look.foot] if self.look.foot else known)
        alone = _BETWEEN.join(known)
        return alone if known and self._fits(alone) and not self._fits(words) else words

    def _fits(self, words: str) -> bool:
        """Whether there is room for them beside the title."""
        return text.width(words, _FOOT, self.theme.font) <= self._beside

    def nothing(self, words: str = "No data") -> None:
        """Say in the middle of the area that there is nothing to show."""
        self.canvas.text(
            self.look.width / 2,
            self.area.y + self.area.height / 2,
            words,
            fill=self.theme.weak,
            font_size=18,
            text_anchor="middle",
        )

    def done(self, notes: Iterable[str] = ()) -> Drawing:
        """Write beside the title, or below: what the reader must know, and who drew it."""
        found = (*self.canvas.notes, *notes)
        said = tuple(dict.fromkeys((*self.look.notes, *found)))
        words = self._small(found)
        if words:
            beside = self._fits(words)
            self.canvas.text(
                self.look.width - _PADDING - (self._taken if beside else 0.0),
                _TITLE_HEIGHT / 2 + 4 if beside else self.look.height - 3,
                text.fit(words, self.look.width - 2 * _PADDING, _FOOT, self.theme.font),
                fill=self.theme.weak,
                fill_opacity=0.7,
                font_size=_FOOT,
                text_anchor="end",
            )
        return Drawing(self.canvas.svg(), said)
