"""Arrow files as Grafana 7 writes them: one schema, record batches, no nesting, no compression.

Formats: https://arrow.apache.org/docs/format/Columnar.html (IPC file) and
https://github.com/apache/arrow/tree/main/format (``File.fbs``, ``Message.fbs``, ``Schema.fbs``).
pyarrow reads them too; it takes 40 MB and 0.2 s to import, in a process that lives for half of it.
"""

from __future__ import annotations

import json
import struct
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

_MAGIC = b"ARROW1"
_INT, _FLOAT, _BINARY, _UTF8, _BOOL, _TIMESTAMP = 2, 3, 4, 5, 6, 10
_INTEGERS = {(8, 1): "b", (16, 1): "h", (32, 1): "i", (64, 1): "q"} | {
    (8, 0): "B",
    (16, 0): "H",
    (32, 0): "I",
    (64, 0): "Q",
}
_FLOATS = {1: "f", 2: "d"}
_PER_MILLISECOND = {0: 1e-3, 1: 1, 2: 1_000, 3: 1_000_000}
_RECORD_BATCH = 3
_BLOCK = struct.Struct("<qixxxxq")  # File.fbs: offset, metaDataLength, bodyLength


class NotArrow(ValueError):
    """The bytes are no Arrow file, or one of a kind that Grafana doesn't write."""


@dataclass(frozen=True)
class ArrowColumn:
    """``kind`` is Grafana's: time (values in epoch milliseconds), number, string, boolean."""

    name: str
    kind: str
    values: Sequence[Any]
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class ArrowTable:
    columns: tuple[ArrowColumn, ...]
    metadata: Mapping[str, str]


def read(data: bytes) -> ArrowTable:
    """Read an Arrow file.

    Raises:
        NotArrow: it is none, is cut short, or holds a type that Grafana's frames don't have.
    """
    if not (data.startswith(_MAGIC) and data.endswith(_MAGIC) and len(data) > 22):
        raise NotArrow("no ARROW1 at both ends")
    try:
        (length,) = struct.unpack_from("<i", data, len(data) - 10)
        footer = _Node.root(data, len(data) - 10 - length)
        schema = footer.node(1)
        if schema is None:
            raise NotArrow("no schema in the footer")
        fields = list(schema.nodes(1))
        parts = [_batch(data, at, size, fields) for at, _, size in footer.structs(3, _BLOCK)]
        columns = (
            ArrowColumn(
                each.text(0),
                _kind(each),
                [value for part in parts for value in part[place]],
                dict(_pairs(each, 6)),
            )
            for place, each in enumerate(fields)
        )
        return ArrowTable(tuple(columns), dict(_pairs(schema, 2)))
    except (struct.error, IndexError, UnicodeDecodeError, OverflowError) as error:
        raise NotArrow(f"cut short or damaged: {error}") from error


def json_of(text: str | None) -> Mapping[str, Any]:
    """The object that a metadata value holds as JSON; empty when it holds none."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class _Node:
    """A table of a flatbuffer: https://flatbuffers.dev/internals/. A slot counts from 0."""

    data: bytes
    at: int

    @classmethod
    def root(cls, data: bytes, at: int) -> _Node:
        return cls(data, at + _read("<I", data, at))

    def slot(self, number: int) -> int:
        """Where the value of a slot lies, or 0 when it isn't set."""
        vtable = self.at - _read("<i", self.data, self.at)
        if 4 + 2 * number + 2 > _read("<H", self.data, vtable):
            return 0
        offset = _read("<H", self.data, vtable + 4 + 2 * number)
        return self.at + offset if offset else 0

    def number(self, number: int, form: str) -> int:
        at = self.slot(number)
        return _read(form, self.data, at) if at else 0

    def node(self, number: int) -> _Node | None:
        at = self.slot(number)
        return _Node.root(self.data, at) if at else None

    def text(self, number: int) -> str:
        at = self.slot(number)
        if not at:
            return ""
        at += _read("<I", self.data, at)
        return self.data[at + 4 : at + 4 + _read("<I", self.data, at)].decode()

    def nodes(self, number: int) -> Iterator[_Node]:
        at = self.slot(number)
        if at:
            at += _read("<I", self.data, at)
            for place in range(_read("<I", self.data, at)):
                yield _Node.root(self.data, at + 4 + 4 * place)

    def structs(self, number: int, form: struct.Struct) -> Iterator[tuple[int, ...]]:
        at = self.slot(number)
        if at:
            at += _read("<I", self.data, at)
            for place in range(_read("<I", self.data, at)):
                yield form.unpack_from(self.data, at + 4 + form.size * place)


def _read(form: str, data: bytes, at: int) -> int:
    if at < 0:
        raise NotArrow("an offset points before the file")
    found: int = struct.unpack_from(form, data, at)[0]
    return found


def _pairs(node: _Node, slot: int) -> Iterator[tuple[str, str]]:
    for pair in node.nodes(slot):
        yield pair.text(0), pair.text(1)


def _kind(field: _Node) -> str:
    kind = field.number(2, "<B")
    return {_TIMESTAMP: "time", _UTF8: "string", _BOOL: "boolean", _BINARY: "other"}.get(
        kind, "number"
    )


def _batch(data: bytes, offset: int, body_length: int, fields: Sequence[_Node]) -> list[list[Any]]:
    """The columns of the record batch whose message lies at *offset*."""
    # Since Arrow 0.15 four bytes of ones stand before the length of the metadata.
    at = offset + 4 if _read("<i", data, offset) == -1 else offset
    metadata = _read("<i", data, at)
    message = _Node.root(data, at + 4)
    batch = message.node(2)
    if message.number(1, "<B") != _RECORD_BATCH or batch is None:
        raise NotArrow("a block of the footer is no record batch")
    if batch.slot(3):
        raise NotArrow("compressed record batches are not read")
    start = at + 4 + metadata
    body = memoryview(data)[start : start + body_length]
    buffers = [body[place : place + size] for place, size in batch.structs(2, struct.Struct("<qq"))]
    nodes = list(batch.structs(1, struct.Struct("<qq")))
    if len(nodes) != len(fields) or any(count < 0 for count, _ in nodes):
        raise NotArrow("columns and fields are not equally many")
    columns = []
    for field, (count, nulls) in zip(fields, nodes, strict=True):
        valid, buffers = buffers[0], buffers[1:]
        values, buffers = _column(field, count, buffers)
        columns.append(_without(values, valid) if nulls else values)
    return columns


def _column(
    field: _Node, count: int, buffers: list[memoryview]
) -> tuple[list[Any], list[memoryview]]:
    """The *count* values of a field, nulls not yet taken out, and the buffers that remain."""
    kind, form = field.number(2, "<B"), field.node(3)
    if form is None:
        raise NotArrow("a field without a type")
    if kind in (_UTF8, _BINARY):
        ends = _array("i", buffers[0], count + 1) if count else array("i", [0])
        raw = bytes(buffers[1])
        texts = [raw[a:b].decode() for a, b in pairwise(ends)]
        return texts, buffers[2:]
    if kind == _BOOL:
        return _bits(buffers[0], count), buffers[1:]
    if kind == _INT:
        code = _INTEGERS.get((form.number(0, "<i"), form.number(1, "<B")))
    elif kind == _FLOAT:
        code = _FLOATS.get(form.number(0, "<h"))
    else:
        code = "q" if kind == _TIMESTAMP else None
    if code is None:
        raise NotArrow(f"type {kind} is none that Grafana's frames have")
    values = _array(code, buffers[0], count).tolist()
    if kind == _TIMESTAMP:
        unit = _PER_MILLISECOND.get(form.number(0, "<h"), 1)
        values = [value / unit for value in values]
    return values, buffers[1:]


def _array(code: str, buffer: memoryview, count: int) -> array[Any]:
    numbers = array(code)
    size = numbers.itemsize * count
    if len(buffer) < size:
        raise NotArrow("a column is shorter than its batch")
    numbers.frombytes(buffer[:size])
    return numbers


def _bits(buffer: memoryview, count: int) -> list[bool]:
    if len(buffer) * 8 < count:
        raise NotArrow("a column is shorter than its batch")
    return [bool(buffer[place >> 3] >> (place & 7) & 1) for place in range(count)]


def _without(values: list[Any], valid: memoryview) -> list[Any]:
    present = _bits(valid, len(values))
    return [value if here else None for value, here in zip(values, present, strict=True)]
