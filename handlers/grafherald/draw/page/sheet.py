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
        head = self._title()
        whole = Box(0.0, head, look.width - _BORDER, max(1.0, look.height - head - _BORDER))
        foot = _FOOT_HEIGHT - _BORDER if look.foot or look.notes else 0.0
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

    def _title(self) -> float:
        """Write the title and say how high its line is; as Grafana 7 to 9, in the middle."""
        words = clean(self.look.title, _LONGEST_TITLE).strip()
        if not words:
            return 0.0
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
        return _TITLE_HEIGHT

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
        """Write the foot: who drew it, and what the reader must know."""
        said = tuple(dict.fromkeys((*self.look.notes, *self.canvas.notes, *notes)))
        words = "  ·  ".join(clean(each) for each in (*said, self.look.foot) if each)
        if words:
            size, font = _FOOT, self.theme.font
            self.canvas.text(
                self.look.width - _PADDING,
                self.look.height - 3,
                text.fit(words, self.look.width - 2 * _PADDING, size, font),
                fill=self.theme.weak,
                fill_opacity=0.7,
                font_size=size,
                text_anchor="end",
            )
        return Drawing(self.canvas.svg(), said)
