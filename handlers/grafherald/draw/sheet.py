"""The panel around the data: background, title and foot, and the area that is left inside."""

from __future__ import annotations

from collections.abc import Iterable

from grafherald.draw import text
from grafherald.draw.look import Drawing, Look
from grafherald.draw.svg import Canvas, clean
from grafherald.draw.tiles import Box

_PADDING = 8.0
_TITLE = 14.0
_FOOT = 10.0
_FOOT_HEIGHT = 14.0
_LONGEST_TITLE = 300


class Sheet:
    """A picture with its title drawn, ready for the data in `area`.

    Panels that fill their frame, as stats and tables do, are *flush*; others have a padding.
    """

    def __init__(self, look: Look, *, flush: bool = False) -> None:
        """Draw what is behind the data."""
        self.look, self.theme = look, look.colors
        self.canvas = Canvas(look.width, look.height, self.theme.font)
        self.canvas.add(
            "rect", x=0, y=0, width=look.width, height=look.height, fill=self.theme.panel
        )
        head = self._title()
        foot = _FOOT_HEIGHT if look.foot or look.notes else 2.0
        area = Box(0.0, head, look.width - 2.0, max(1.0, look.height - head - foot))
        if not flush:
            area = Box(
                _PADDING,
                head + _PADDING,
                max(1.0, area.width - 2 * _PADDING),
                max(1.0, look.height - head - max(2 * _PADDING + 2, foot + _PADDING + 2)),
            )
        self.area = area

    def _title(self) -> float:
        """Write the title and say how high its line is."""
        words = clean(self.look.title, _LONGEST_TITLE).strip()
        if not words:
            return 0.0
        modern = self.theme.modern
        height = 32.0 if modern else 28.0
        room = self.look.width - 4 * _PADDING
        words = text.fit(words, room, _TITLE, self.theme.font, 500)
        self.canvas.text(
            2 * _PADDING if modern else self.look.width / 2,
            height / 2 + 5,
            words,
            fill=self.theme.text,
            font_size=_TITLE,
            font_weight=500,
            text_anchor=None if modern else "middle",
        )
        return height

    def nothing(self, words: str = "No data") -> None:
        """Say in the middle of the area that there is nothing to show."""
        self.canvas.text(
            self.area.x + self.area.width / 2,
            self.area.y + self.area.height / 2 + 6,
            words,
            fill=self.theme.weak,
            font_size=18,
            text_anchor="middle",
        )

    def done(self, notes: Iterable[str] = ()) -> Drawing:
        """Write the foot: who drew it, and what the reader must know."""
        said = tuple(dict.fromkeys((*self.look.notes, *self.canvas.notes, *notes)))
        words = "  ·  ".join(clean(each) for each in (*said, self.look.foot) if each)
        if words:
            size, font = _FOOT, self.theme.font
            self.canvas.text(
                self.look.width - _PADDING,
                self.look.height - 4,
                text.fit(words, self.look.width - 2 * _PADDING, size, font),
                fill=self.theme.weak,
                font_size=size,
                text_anchor="end",
            )
        return Drawing(self.canvas.svg(), said)
