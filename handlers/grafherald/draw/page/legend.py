"""The legend of a time graph: a list or a table, below or at the right.

Places and sizes were measured on pictures of Grafana 7.5.5; later versions give the names' column
of a table all the room there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from grafherald.draw.page import text
from grafherald.draw.page.svg import Canvas, clean
from grafherald.draw.page.tiles import Box
from grafherald.draw.values.theme import Theme

_SIZE = 12.0
_SHARE = 0.35  # of the panel's height, at most, below the graph
_ROW, _OLD_ROW = 23.0, 26.0  # of a table; the graph panel's
_HEAD_LINE = 21.0  # of a title that is broken
_NO_HEAD = 4.5  # of a table whose columns have no titles
_LINE = 22.0  # of a list
_OLD_LINE, _OLD_COLUMN = 18.0, 21.0  # of the graph panel's, below and at the right
_CELL = 8.0  # room left and right of a cell
_MARK = 14.0
_NAME = 22.0  # from the mark's beginning to the name's
# Of the graph panel's table, by Grafana 7.5's public/sass/components/_panel_graph.scss: room before
# and after a value, and after a title, which is 85 % of 14 pixels and bold
_BEFORE, _AFTER, _AFTER_TITLE, _TITLE = 15.0, 2.0, 10.0, 11.9
_ARROW = 16.0  # beside the title that the table is sorted by


@dataclass(frozen=True)
class Entry:
    """One series as the legend shows it: its values in the order of the legend's titles."""

    name: str
    color: str
    values: tuple[str, ...] = ()
    right: bool = False  # it has the right axis
    dashed: bool = False
    pale: bool = False  # another series is the one that matters


@dataclass(frozen=True)
class Style:
    """How a panel wants its legend; *old* is the manner of the graph panel."""

    table: bool = False
    right: bool = False
    old: bool = False
    width: float = 0.0
    titles: tuple[str, ...] = ()
    sorted_by: str = ""  # one of the titles
    upwards: bool = False


@dataclass
class Legend:
    """A legend that is first given its room (`plan`) and then drawn."""

    entries: Sequence[Entry]
    style: Style
    theme: Theme
    hidden: int = 0  # entries that had no room, after `draw`
    _box: Box = field(default=Box(0, 0, 0, 0), init=False)

    def plan(self, area: Box) -> Box:
        """Take what the legend needs of *area* and give back what is left for the graph."""
        if not self.entries:
            return area
        if self.style.right:
            most = 0.7 if self.style.old else 0.6
            width = min(self._width(), area.width * most)
            self._box = Box(area.right - width, area.y, width, area.height)
            return Box(area.x, area.y, area.width - width, area.height)
        whole = area.height - 6 if self.style.old else area.height
        height = min(self._height(area.width), max(_ROW, whole * _SHARE))
        self._box = Box(area.x, area.bottom - height, area.width, height)
        return Box(area.x, area.y, area.width, area.height - height)

    def draw(self, canvas: Canvas) -> None:
        """Write the entries, and how many more there are."""
        if not self.entries or self._box.height < _LINE - 2:
            self.hidden = len(self.entries)
            return
        if self.style.table:
            self._table(canvas)
        elif self.style.right:
            self._column(canvas)
        else:
            self._lines(canvas)
        if self.hidden:
            canvas.notes.append(f"legend: + {self.hidden} more")

    # ---- sizes

    def _wide(self, words: str, size: float = _SIZE, weight: int = 400) -> float:
        return text.width(words, size, self.theme.font, weight)

    def _longest(self) -> float:
        return max(self._wide(clean(each.name, 200)) for each in self.entries)

    def _width(self) -> float:
        if self.style.width:
            return self.style.width
        if self.style.table:
            margin = 10 if self.style.old else 0 if self.theme.modern else _CELL
            return sum(self._columns()) + margin
        values = max(self._wide(self._values(each)) for each in self.entries)
        return _NAME + self._longest() + values + (4 if self.style.old else 18)

    def _height(self, width: float) -> float:
        old, count = self.style.old, len(self.entries)
        if self.style.table:
            return self._head() + self._row_height * count + (-4 if old else 1)
        lines = max(1, len(self._wrapped(width)))
        return _LINE + (_OLD_LINE if old else _LINE) * (lines - 1)

    @property
    def _row_height(self) -> float:
        return _OLD_ROW if self.style.old else _ROW

    def _head(self) -> float:
        if self.theme.modern and not self.style.old:
            return _ROW
        if not any(self.style.titles) and not self.style.old:
            return _NO_HEAD
        lines = max((len(self._broken(each)) for each in self.style.titles), default=1)
        return 25.0 + _HEAD_LINE * (lines - 1)

    def _broken(self, title: str) -> list[str]:
        """The lines of a *title*: a lone column is as narrow as it gets at the right in 7.5."""
        style, (size, weight) = self.style, self._title()
        if style.old or self.theme.modern or not style.right or len(style.titles) != 1:
            return [title]
        cells = max(self._wide(each.values[0]) for each in self.entries)
        words = title.split(" ")
        room = max(cells, *(self._wide(each, size, weight) for each in words))
        lines: list[str] = []
        for word in words:
            if lines and self._wide(f"{lines[-1]} {word}", size, weight) <= room:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        return lines

    def _columns(self) -> list[float]:
        """Widths that the table's columns need: of the names, then of each value."""
        size, weight = self._title()
        names = max(
            self._wide(clean(each.name, 200) + _axis(each, self.style)) for each in self.entries
        )
        columns = [_NAME + names + (8 if self.style.old else 2 * _CELL)]
        before, after = (_BEFORE, _AFTER) if self.style.old else (_CELL, _CELL)
        for place, title in enumerate(self.style.titles):
            cells = max(self._wide(each.values[place]) for each in self.entries) + before + after
            lines = [self._wide(each, size, weight) for each in self._broken(title)]
            head = max(lines) + self._title_room()
            head += _ARROW if title == self.style.sorted_by else 0
            columns.append(max(cells, head))
        return columns

    def _title_room(self) -> float:
        return _AFTER_TITLE if self.style.old else 2 * _CELL

    def _title(self) -> tuple[float, int]:
        if self.style.old:
            return _TITLE, 700
        return (_SIZE if self.theme.modern else 14.0), 500

    # ---- drawing

    def _mark(self, canvas: Canvas, entry: Entry, x: float, y: float) -> None:
        """The short line in the series' colour, its middle at *y*."""
        canvas.add(
            "line",
            x1=x,
            y1=y,
            x2=x + _MARK,
            y2=y,
            stroke=entry.color,
            stroke_width=4,
            stroke_linecap=None if entry.dashed else "butt",
            stroke_dasharray="4 2" if entry.dashed else None,
            opacity=0.45 if entry.pale else None,
        )

    def _write(
        self, canvas: Canvas, entry: Entry, x: float, y: float, words: str, **more: object
    ) -> None:
        color = self.theme.weak if entry.pale else self.theme.text
        canvas.text(x, y, words, fill=color, **more)

    def _values(self, entry: Entry) -> str:
        pairs = zip(self.style.titles, entry.values, strict=False)
        return "".join(f"\u00a0 {title}: {value}" for title, value in pairs)

    def _wrapped(self, width: float) -> list[list[tuple[float, Entry, str]]]:
        """Lines of a list: entries with their x, those of the right axis at the right end."""
        left, end = (18.0, 4.0) if self.style.old else (24.0, 10.0)
        lines: list[list[tuple[float, Entry, str]]] = [[]]
        x = left
        for entry in (each for each in self.entries if not each.right):
            words, wide = self._fitted(entry, width - left - 10)
            if x > left and x + wide > width + (8 if self.style.old else 10):
                lines.append([])
                x = left
            lines[-1].append((x, entry, words))
            x += wide + 10
        return self._with_right(lines, x, width + 9 - end)

    def _fitted(self, entry: Entry, room: float) -> tuple[str, float]:
        words = clean(entry.name, 200) + self._values(entry)
        words = text.fit(words, max(20.0, room - _NAME), _SIZE, self.theme.font)
        return words, _NAME + self._wide(words)

    def _with_right(
        self, lines: list[list[tuple[float, Entry, str]]], x: float, end: float
    ) -> list[list[tuple[float, Entry, str]]]:
        others = [(each, *self._fitted(each, end - 24)) for each in self.entries if each.right]
        wide = sum(each[2] + 10 for each in others) - 10
        if others and x + wide > end:
            lines.append([])
        at = max(24.0, end - wide)
        for entry, words, width in others:
            if at + width > end + 1 and lines[-1]:
                lines.append([])
                at = 24.0
            lines[-1].append((at, entry, words))
            at += width + 10
        return lines

    def _lines(self, canvas: Canvas) -> None:
        lines = self._wrapped(self._box.width)
        pitch = _OLD_LINE if self.style.old else _LINE
        room = 1 + max(0, int((self._box.height - _LINE) // pitch))
        shift = 3.0 if self.style.old else 0.0
        for row, line in enumerate(lines[:room]):
            y = self._box.y + row * pitch + 13 + shift
            for x, entry, words in line:
                self._mark(canvas, entry, x, y)
                self._write(canvas, entry, x + _NAME, y + (3.5 if shift else 4.5), words)
        self.hidden = sum(len(line) for line in lines[room:])

    def _column(self, canvas: Canvas) -> None:
        pitch, first = (_OLD_COLUMN, 16.5) if self.style.old else (_LINE, 9.0)
        room = max(1, int((self._box.height - first + 9) // pitch))
        x = self._box.x + (5 if self.style.old else 8)
        for row, entry in enumerate(self.entries[:room]):
            y = self._box.y + row * pitch + first
            words = clean(entry.name, 200) + self._values(entry)
            words = text.fit(words, self._box.right - x - _NAME, _SIZE, self.theme.font)
            self._mark(canvas, entry, x, y + (3.5 if self.style.old else 0))
            self._write(canvas, entry, x + _NAME, y + 4.5, words)
        self.hidden = max(0, len(self.entries) - room)

    def _table(self, canvas: Canvas) -> None:
        left, ends = self._grid()
        begin, pitch = self._box.y + self._head(), self._row_height
        self._heads(canvas, left, ends, begin)
        room = max(1, int((self._box.bottom - begin + 6) // pitch))
        for row, entry in enumerate(self.entries[:room]):
            self._row(canvas, entry, (left, begin + row * pitch, pitch), ends, odd=row % 2 == 1)
        self.hidden = max(0, len(self.entries) - room)

    def _grid(self) -> tuple[float, list[float]]:
        """Where the table begins, and where the texts of its value columns end."""
        columns = self._columns()
        left = self._box.x + (5 if self.style.old else 8)
        right = self._box.right + (-5 if self.style.old else 8)
        spare = max(0.0, right - left - sum(columns))
        if self.style.old or self.theme.modern:
            widths = [columns[0] + spare, *columns[1:]]
        else:
            widths = [each * (1 + spare / sum(columns)) for each in columns]
        short = sum(widths) - (right - left)
        widths[0] -= max(0.0, short)
        ends, x = [], left
        for each in widths:
            x += each
            ends.append(x - (_AFTER if self.style.old else _CELL))
        return left, ends

    def _heads(self, canvas: Canvas, left: float, ends: list[float], y: float) -> None:
        size, weight = self._title()
        how: dict[str, object] = {"fill": self.theme.link, "font_size": size, "font_weight": weight}
        if self.style.old:  # the fonts that we ship have no bold
            how.update(stroke=self.theme.link, stroke_width=0.35)
        if self.theme.modern and not self.style.old:
            canvas.text(left + _CELL, y - 7, "Name", **how)
        for end, title in zip(ends[1:], self.style.titles, strict=True):
            place = end - (_AFTER_TITLE - _AFTER if self.style.old else 0)
            if title == self.style.sorted_by:
                self._arrow(canvas, place - _ARROW, y - 11)
                place -= _ARROW
            for up, words in enumerate(reversed(self._broken(title))):
                canvas.text(place, y - 7 - up * _HEAD_LINE, words, text_anchor="end", **how)
        if not self.style.old and any(self.style.titles):
            self._rule(canvas, left, y)

    def _arrow(self, canvas: Canvas, x: float, y: float) -> None:
        """Which way the table is sorted, beside a title."""
        turn = -1.5 if self.style.upwards else 1.5
        steps = (
            f"M{x + 5:.1f} {y - turn:.1f}L{x + 8:.1f} {y + turn:.1f}L{x + 11:.1f} {y - turn:.1f}"
        )
        canvas.path(steps, fill="none", stroke=self.theme.link, stroke_width=1.3)

    def _rule(self, canvas: Canvas, left: float, y: float) -> None:
        y = round(y) + 0.5
        right = self._box.right
        canvas.add("line", x1=left, y1=y, x2=right, y2=y, stroke=self.theme.line)

    def _row(
        self,
        canvas: Canvas,
        entry: Entry,
        place: tuple[float, float, float],
        ends: list[float],
        *,
        odd: bool,
    ) -> None:
        left, top, height = place
        middle = top + height / 2
        if self.style.old and odd:
            canvas.add(
                "rect",
                x=left,
                y=top,
                width=self._box.right - 5 - left,
                height=height,
                fill=self.theme.text,
                fill_opacity=0.028,
            )
        x = left + (2 if self.style.old else _CELL)
        self._mark(canvas, entry, x, middle)
        begin = x + _NAME + (2 if self.style.old else 0)
        side = _axis(entry, self.style)
        room = ends[0] + (_AFTER if self.style.old else _CELL) - begin - self._wide(side)
        name = text.fit(clean(entry.name, 200), room, _SIZE, self.theme.font)
        self._write(canvas, entry, begin, middle + 4.5, name)
        if side:
            canvas.text(begin + self._wide(name), middle + 4.5, side, fill=self.theme.weak)
        for end, value in zip(ends[1:], entry.values, strict=False):
            self._write(canvas, entry, end, middle + 4.5, value, text_anchor="end")
        if not self.style.old:
            self._rule(canvas, left, top + height)


def _axis(entry: Entry, style: Style) -> str:
    """What a table says beside the name of a series that has the right axis."""
    words = "(right-y)" if style.old else "(right y-axis)"
    return f"\u00a0{words}" if entry.right else ""
