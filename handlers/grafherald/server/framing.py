"""Where one JSON value ends and the next begins in a stream of bytes. No I/O, nothing is parsed.

Sensu writes one event per connection, without a length or a newline; commercial stream handlers
write one after the other. So an object ends at the brace that closes its first one; braces within
strings do not count. Whether it is JSON at all is the reader's question.
"""

from __future__ import annotations

import re

from grafherald.errors import InvalidEvent

_OUTSIDE = re.compile(rb'[{}\[\]"]')
_INSIDE = re.compile(rb'["\\]')
_OPENING, _CLOSING, _QUOTE = b"{[", b"}]", 0x22


class Values:
    """Cuts a stream that comes in pieces into JSON values; each byte is looked at once.

    Args:
        largest: bytes that one value may have.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._kept = bytearray()
        self._depth = 0
        self._quoted = False
        self._looked_at = 0

    def __len__(self) -> int:
        """How many bytes are kept for a value that is not complete."""
        return len(self._kept)

    def feed(self, piece: bytes) -> list[bytes]:
        """Take the next *piece* of the stream; what it completes comes back, value by value.

        Raises:
            InvalidEvent: a value is larger than allowed; what was kept of it is in `rest`.
        """
        self._kept += piece
        found = []
        while (end := self._end()) is not None:
            found.append(bytes(self._kept[:end]))
            del self._kept[:end]
            self._looked_at = 0
        if len(self._kept) > self._largest or any(len(value) > self._largest for value in found):
            raise InvalidEvent(f"the input is larger than {self._largest >> 20} MB")
        return found

    def rest(self) -> bytes:
        """What is there without an end: half a value; b"" when it is blank."""
        rest = bytes(self._kept)
        return b"" if rest.isspace() else rest

    def _end(self) -> int | None:
        """Find where the first value ends; None when that is still to come."""
        position, kept = self._looked_at, self._kept
        while True:
            match = (_INSIDE if self._quoted else _OUTSIDE).search(kept, position)
            if match is None:
                self._looked_at = max(position, len(kept))
                return None
            position = match.end()
            mark = kept[position - 1]
            if mark == _QUOTE:
                self._quoted = not self._quoted and self._depth > 0
            elif self._quoted:  # a backslash: what follows it is no quote
                position += 1
            elif mark in _OPENING:
                self._depth += 1
            elif mark in _CLOSING and self._depth:
                self._depth -= 1
                if self._depth == 0:
                    return position
