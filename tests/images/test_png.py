from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from grafherald.errors import GraphError
from grafherald.images.png import SIGNATURE, checked


def chunk(name: bytes, body: bytes = b"", *, crc: int | None = None) -> bytes:
    crc = zlib.crc32(name + body) if crc is None else crc
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", crc)


def ihdr(
    width: int = 4, height: int = 3, depth: int = 8, colour: int = 2, tail: bytes = b"\0\0\0"
) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBB", width, height, depth, colour) + tail)


ROW = b"\0" + b"rgb" * 4
PIXELS = zlib.compress(ROW * 3)
IDAT = chunk(b"IDAT", PIXELS)
IEND = chunk(b"IEND")
PLTE = chunk(b"PLTE", b"rgb" * 2)
WHOLE = SIGNATURE + ihdr() + IDAT + IEND


def test_whole_picture_passes_unchanged() -> None:
    assert checked(WHOLE) == WHOLE


def test_what_follows_the_end_is_cut() -> None:
    assert checked(WHOLE + b"<script>alert(1)</script>") == WHOLE


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (101, 57)])
def test_pictures_of_other_makers_pass(mode: str, size: tuple[int, int]) -> None:
    file = io.BytesIO()
    Image.new(mode, size).save(file, "PNG")
    assert checked(file.getvalue()) == file.getvalue()


@pytest.mark.parametrize("size", [(1, 1), (2, 5), (5, 2), (8, 8), (33, 7)])
@pytest.mark.parametrize(("depth", "colour", "bits"), [(8, 2, 24), (1, 0, 1), (16, 6, 64)])
def test_interlaced_rows_are_counted(
    size: tuple[int, int], depth: int, colour: int, bits: int
) -> None:
    """Each pixel belongs to one of seven passes, by the table that the standard draws."""
    drawn = ["16462646", "77777777", "56565656", "77777777"]
    drawn += ["36463646", "77777777", "56565656", "77777777"]
    length = 0
    for number in "1234567":
        rows = [
            [x for x in range(size[0]) if drawn[y % 8][x % 8] == number] for y in range(size[1])
        ]
        length += sum(1 + (len(row) * bits + 7) // 8 for row in rows if row)
    header = ihdr(*size, depth, colour, b"\0\0\1")
    for sent, fits in ((length, True), (length - 1, False), (length + 1, False)):
        data = SIGNATURE + header + chunk(b"IDAT", zlib.compress(b"\0" * sent)) + IEND
        if fits:
            assert checked(data) == data
        else:
            with pytest.raises(GraphError, match="rows"):
                checked(data)


@pytest.mark.parametrize(
    "data",
    [
        SIGNATURE + ihdr() + chunk(b"tEXt", b"Comment\0<script>") + IDAT + IEND,
        SIGNATURE + ihdr() + PLTE + IDAT + IEND,
        SIGNATURE + ihdr() + chunk(b"IDAT", PIXELS[:9]) + chunk(b"IDAT", PIXELS[9:]) + IEND,
        SIGNATURE + ihdr() + chunk(b"IDAT") + IDAT + chunk(b"IDAT") + IEND,
        SIGNATURE + ihdr() + IDAT + chunk(b"tIME", b"1234567") + IEND,
        SIGNATURE + ihdr() + chunk(b"IDAT", zlib.compress(ROW * 3, 0)) + IEND,
    ],
    ids=["text", "suggested palette", "split", "empty parts", "chunk after pixels", "stored"],
)
def test_legal_forms_pass(data: bytes) -> None:
    assert checked(data) == data


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "nothing"),
        (b"<!DOCTYPE html><p>", "HTML"),
        (b"\xef\xbb\xbf\n <html>", "HTML"),
        (b'<html><form action="/login">', "login page"),
        (b'{"message":"ok"}', "JSON"),
        (b"<svg xmlns=''><script/></svg>", "SVG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"GIF89a", "GIF"),
        (b"RIFF\0\0\0\0WEBP", "WebP"),
        (b"%PDF-1.4", "PDF"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"\0" * 999, "unknown"),
        (SIGNATURE[:5], "unknown"),
        (SIGNATURE[:4] + SIGNATURE[4:].replace(b"\r\n", b"\n"), "unknown"),
    ],
)
def test_what_is_no_png_is_called_by_its_name(data: bytes, says: str) -> None:
    with pytest.raises(GraphError, match=f"^Grafana sent .*{says}.*, not a picture$"):
        checked(data)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (SIGNATURE, "no header"),
        (SIGNATURE + ihdr(), "end is missing"),
        (SIGNATURE + ihdr() + IEND, "no pixels"),
        (SIGNATURE + IDAT + ihdr() + IEND, "no header"),
        (SIGNATURE + IEND, "no header"),
        (SIGNATURE + chunk(b"IHDR", b"\0" * 12) + IDAT + IEND, "no header"),
        (SIGNATURE + ihdr() + ihdr() + IDAT + IEND, "nobody knows"),
        (SIGNATURE + ihdr() + IDAT, "end is missing"),
        (WHOLE[: len(WHOLE) // 2], "cut off"),
        (WHOLE[:-1], "cut off"),
        (WHOLE[:-12], "end is missing"),
        (SIGNATURE + ihdr() + IDAT + chunk(b"IEND", b"x"), "not empty"),
        (SIGNATURE + ihdr() + struct.pack(">I", 0x7FFFFFFF) + b"IDATxxxxxxxxx", "cut off"),
        (SIGNATURE + ihdr() + struct.pack(">I", 0xFFFFFFFF) + b"IDATxxxxxxxxx", "cut off"),
        (SIGNATURE + ihdr() + chunk(b"IDAT", PIXELS, crc=1) + IEND, "checksum of its IDAT"),
        (SIGNATURE + ihdr() + chunk(b"tEXt", b"a\0b", crc=1) + IDAT + IEND, "checksum of its tEXt"),
        (SIGNATURE + ihdr() + IDAT + chunk(b"IEND", crc=1), "checksum of its IEND"),
        (SIGNATURE + ihdr()[:-4] + b"\0\0\0\0" + IDAT + IEND, "checksum of its IHDR"),
        (SIGNATURE + ihdr(0) + IDAT + IEND, "0 x 3 pixels"),
        (SIGNATURE + ihdr(4, 0) + IDAT + IEND, "4 x 0 pixels"),
        (SIGNATURE + ihdr(1 << 31, 1) + IDAT + IEND, "pixels"),
        (SIGNATURE + ihdr(65535, 65535) + IDAT + IEND, "too many"),
        (SIGNATURE + ihdr(depth=4) + IDAT + IEND, "no sense"),
        (SIGNATURE + ihdr(depth=3, colour=0) + IDAT + IEND, "no sense"),
        (SIGNATURE + ihdr(colour=5) + IDAT + IEND, "no sense"),
        (SIGNATURE + ihdr(tail=b"\1\0\0") + IDAT + IEND, "no sense"),
        (SIGNATURE + ihdr(tail=b"\0\1\0") + IDAT + IEND, "no sense"),
        (SIGNATURE + ihdr(tail=b"\0\0\2") + IDAT + IEND, "no sense"),
        (SIGNATURE + ihdr() + IDAT + chunk(b"tEXt", b"a\0b") + IDAT + IEND, "one piece"),
        (SIGNATURE + ihdr() + chunk(b"Evil", b"") + IDAT + IEND, "nobody knows"),
        (SIGNATURE + ihdr() + chunk(b"ID\0T", PIXELS) + IEND, "without a name"),
        (SIGNATURE + ihdr(colour=3) + IDAT + IEND, "no palette"),
        (SIGNATURE + ihdr(colour=0) + PLTE + IDAT + IEND, "palette"),
        (SIGNATURE + ihdr() + chunk(b"PLTE", b"rgb2") + IDAT + IEND, "palette"),
        (SIGNATURE + ihdr() + PLTE + PLTE + IDAT + IEND, "palette"),
        (SIGNATURE + ihdr() + IDAT + PLTE + IEND, "palette"),
        (SIGNATURE + ihdr(depth=1, colour=3) + PLTE[:-4] + IDAT + IEND, "checksum"),
        (SIGNATURE + ihdr() + chunk(b"IDAT", b"\x78\x9c" + b"\xff" * 400) + IEND, "inflated"),
        (SIGNATURE + ihdr() + chunk(b"IDAT", b"\0" + PIXELS[1:]) + IEND, "inflated"),
        (SIGNATURE + ihdr() + chunk(b"IDAT", PIXELS[:-1] + b"x") + IEND, "inflated"),
        (SIGNATURE + ihdr() + chunk(b"IDAT", PIXELS[:-4]) + IEND, "cut off"),
        (SIGNATURE + ihdr() + chunk(b"IDAT", PIXELS[:9]) + IEND, "cut off|rows are missing"),
        (SIGNATURE + ihdr() + chunk(b"IDAT", PIXELS + b"more") + IEND, "follows its pixels"),
        (SIGNATURE + ihdr() + chunk(b"IDAT", PIXELS) + IDAT + IEND, "follows its pixels"),
        (SIGNATURE + ihdr(4, 4) + IDAT + IEND, "rows are missing"),
        (SIGNATURE + ihdr(4, 2) + IDAT + IEND, "more rows"),
        (SIGNATURE + ihdr(5, 3) + IDAT + IEND, "rows are missing|filter"),
        (
            SIGNATURE + ihdr() + chunk(b"IDAT", zlib.compress(ROW + b"\5" + ROW[1:] + ROW)) + IEND,
            "unknown filter",
        ),
    ],
)
def test_a_broken_picture_is_refused_by_its_fault(data: bytes, says: str) -> None:
    with pytest.raises(GraphError, match=f"^Grafana sent a broken picture: .*({says})"):
        checked(data)


@given(st.integers(min_value=8), st.integers(min_value=1, max_value=255))
def test_any_changed_byte_is_seen(place: int, change: int) -> None:
    data = bytearray(WHOLE)
    data[place % len(data)] ^= change
    with pytest.raises(GraphError):
        checked(bytes(data))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_words(data: bytes) -> None:
    for hostile in (data, SIGNATURE + data, SIGNATURE + ihdr() + data):
        with pytest.raises(GraphError):
            checked(hostile)


@pytest.mark.parametrize(
    "data",
    [
        SIGNATURE
        + ihdr(7000, 7000, 8, 0)
        + chunk(b"IDAT", zlib.compress(bytes(7001 * 7000)))
        + IEND,
        SIGNATURE
        + ihdr()
        + chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50 << 20)))
        + chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(50 << 20)))
        + IDAT
        + IEND,
    ],
    ids=["49 million pixels", "text and profile"],
)
def test_memory_stays_small_whatever_inflates(data: bytes) -> None:
    tracemalloc.start()
    try:
        assert checked(data) == data
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()
