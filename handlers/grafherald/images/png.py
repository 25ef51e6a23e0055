"""Is it a whole picture? Bytes in, bytes out: the PNG up to its end, or why it is none.

Everything is checked that a reader of the picture depends on: signature, chunks with their order,
lengths and CRCs, a sane header, and that the pixels inflate to exactly the rows that the header
promises. https://www.w3.org/TR/png-3/

Memory stays bounded: pixels are inflated block by block and dropped, compressed text and colour
profiles (zTXt, iTXt, iCCP) are never inflated.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from grafherald.errors import GraphError

try:  # 2.5 times faster where it is installed
    from zlib_ng import zlib_ng as zlib
except ImportError:
    import zlib  # type: ignore[no-redef]  # the same functions

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_PIXELS = 50_000_000
_BLOCK = 512 * 1024
_SLICE = 64 * 1024  # what is not yet inflated of one is copied for each block
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# x start, y start, x step, y step: https://www.w3.org/TR/png-3/#8InterlaceMethods
_ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_STARTS = (
    (b"\xff\xd8\xff", "a JPEG"),
    (b"GIF8", "a GIF"),
    (b"RIFF", "a WebP"),
    (b"BM", "a bitmap"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "compressed bytes"),
    (b"<svg", "an SVG"),
    (b"{", "JSON"),
    (b"[", "JSON"),
    (b"<", "HTML"),
)


def keep_freed_memory() -> None:
    """Let the memory of one picture's check stay with this process, for the next one.

    glibc gives back what is free beyond twice the largest block that was ever freed, here less
    than a check needs; each picture then costs 175 page faults, a tenth of its time.
    https://man7.org/linux/man-pages/man3/mallopt.3.html, M_MMAP_THRESHOLD
    """
    bytearray(2 * _BLOCK)


def checked(data: bytes) -> bytes:
    """Make sure that *data* is one whole picture; what follows its end is cut off.

    Raises:
        GraphError: *data* is not one whole PNG; the text says what it is.
    """
    if not data.startswith(SIGNATURE):
        raise GraphError(f"Grafana sent {_kind(data)}, not a picture", hint=_HINT)
    try:
        return data[: _end(data)]
    except _Broken as broken:
        raise GraphError(f"Grafana sent a broken picture: {broken}", hint=_HINT) from None


_HINT = "Open the render URL in a browser, and see the logs of Grafana and its image renderer."


class _Broken(Exception):
    """What is wrong with the picture, in a few words."""


class _Chunk(NamedTuple):
    name: bytes
    body: memoryview
    end: int


class _Header(NamedTuple):
    """IHDR: https://www.w3.org/TR/png-3/#11IHDR."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool

    def passes(self) -> list[tuple[int, int]]:
        """What the stream holds, in order, as (rows, bytes in a row with its filter byte)."""
        if not self.interlaced:
            return [(self.height, self._stride(self.width))]
        sizes = [
            ((self.width - x + dx - 1) // dx, (self.height - y + dy - 1) // dy)
            for x, y, dx, dy in _ADAM7
        ]
        return [(rows, self._stride(width)) for width, rows in sizes if width > 0 and rows > 0]

    def _stride(self, width: int) -> int:
        return 1 + (width * _CHANNELS[self.colour] * self.depth + 7) // 8


def _end(data: bytes) -> int:
    """Find where the picture in *data* ends, and check all of it on the way."""
    chunks = _chunks(data)
    chunk = next(chunks, _Chunk(b"", memoryview(b""), 0))
    header = _header(chunk)
    palette = False
    pixels: list[memoryview] = []
    for following in chunks:
        before, chunk = chunk, following
        if chunk.name == b"IDAT":
            if pixels and before.name != b"IDAT":
                raise _Broken("its pixels are not in one piece")
            pixels.append(chunk.body)
        elif chunk.name == b"PLTE":
            _check_palette(header, chunk.body, late=palette or bool(pixels))
            palette = True
        elif chunk.name != b"IEND" and not chunk.name[0] & 0x20:
            raise _Broken("it has a critical chunk that nobody knows")
    if chunk.name != b"IEND":
        raise _Broken("its end is missing")
    if not pixels or (header.colour == 3 and not palette):
        raise _Broken("it has no pixels or no palette")
    _check_pixels(header, _inflated(pixels))
    return chunk.end


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Read the chunks up to IEND, or to where *data* ends between two."""
    view, position = memoryview(data), len(SIGNATURE)
    name = b""
    while name != b"IEND" and position < len(data):
        if position + 12 > len(data):
            raise _Broken("it is cut off")
        length, name = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise _Broken("it is cut off")
        if not (name.isalpha() and name.isascii()):
            raise _Broken("it has a chunk without a name")
        (crc,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(view[position + 4 : end - 4]) != crc:
            raise _Broken(f"the checksum of its {name.decode()} is wrong")
        if name == b"IEND" and length:
            raise _Broken("its end is not empty")
        yield _Chunk(name, view[position + 8 : end - 4], end)
        position = end


def _header(chunk: _Chunk) -> _Header:
    if chunk.name != b"IHDR" or len(chunk.body) != 13:
        raise _Broken("it has no header")
    width, height, depth, colour, compression, filtering, interlace = struct.unpack(
        ">IIBBBBB", chunk.body
    )
    if not 0 < width < 1 << 31 or not 0 < height < 1 << 31:
        raise _Broken(f"it is {width} x {height} pixels")
    if width * height > MOST_PIXELS:
        raise _Broken(f"{width} x {height} pixels are too many")
    if depth not in _DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise _Broken("its header makes no sense")
    return _Header(width, height, depth, colour, interlace == 1)


def _check_palette(header: _Header, body: memoryview, *, late: bool) -> None:
    entries, rest = divmod(len(body), 3)
    most = 1 << header.depth if header.colour == 3 else 256
    if late or rest or not 1 <= entries <= most or header.colour in (0, 4):
        raise _Broken("its palette makes no sense")


def _inflated(pixels: list[memoryview]) -> Iterator[bytes]:
    """Inflate *pixels* in blocks; the stream must end with them."""
    stream = zlib.decompressobj()
    try:
        for body in pixels:
            for start in range(0, len(body), _SLICE):
                waiting: bytes | memoryview = body[start : start + _SLICE]
                while waiting and not stream.eof:
                    if block := stream.decompress(waiting, _BLOCK):
                        yield block
                    waiting = stream.unconsumed_tail
                if waiting or stream.unused_data:
                    raise _Broken("something follows its pixels")
        while not stream.eof and (block := stream.decompress(b"", _BLOCK)):
            yield block
    except zlib.error:  # type: ignore[misc]  # zlib-ng's stub calls the class an instance
        raise _Broken("its pixels can't be inflated") from None
    if not stream.eof:
        raise _Broken("its pixels are cut off")


def _check_pixels(header: _Header, blocks: Iterator[bytes]) -> None:
    """Check that *blocks* are all rows and no more, each with a known filter in front."""
    block = b""
    for rows, stride in header.passes():
        position, size = 0, rows * stride
        while position < size:
            block = block or next(blocks, b"")
            if not block:
                raise _Broken("rows are missing")
            part, block = block[: size - position], block[size - position :]
            if max(part[-position % stride :: stride], default=0) > 4:
                raise _Broken("a row has an unknown filter")
            position += len(part)
    if block or next(blocks, b""):
        raise _Broken("it has more rows than it says")


def _kind(data: bytes) -> str:
    start = data[:256].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not data:
        return "nothing"
    if b"/login" in data[:_BLOCK] and start.startswith(b"<"):
        return "its login page"
    return next((kind for prefix, kind in _STARTS if start.startswith(prefix)), "unknown bytes")
