"""Enough of FlatBuffers to write Arrow's metadata: tables, strings, vectors; write only.

An object is laid out before what it refers to, so that every offset points forward. Layout as in
https://flatbuffers.dev/internals/
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Scalar:
    """A number in a table; *format* is its `struct` character: ``b B ? h i q``."""

    format: str
    value: int | bool


@dataclass(frozen=True)
class Structs:
    """A vector of structs that hold 64-bit numbers; *content* is all of them, packed."""

    count: int
    content: bytes


@dataclass(frozen=True)
class FlatTable:
    """A table by its slots in the schema's order; None is an absent field."""

    slots: Sequence[Slot]


@dataclass(frozen=True)
class Built:
    """A table that `build` has made a buffer of; it can stand in several others."""

    content: bytes


Reference = FlatTable | Structs | Built | str | list[FlatTable]
Slot = Scalar | Reference | None


def build(root: FlatTable) -> bytes:
    """Lay out the buffer whose root is the table *root*."""
    out = bytearray(4)
    _refer(out, 0, root)
    return bytes(out)


def _refer(out: bytearray, place: int, target: Reference) -> None:
    """Append *target* and set the 32-bit offset at *place* to it."""
    position = _write(out, target)
    struct.pack_into("<I", out, place, position - place)


def _write(out: bytearray, node: Reference) -> int:
    """Append *node* and what it refers to; return where it begins."""
    if isinstance(node, FlatTable):
        return _write_table(out, node)
    if isinstance(node, Built):
        _align(out, 8)
        position = len(out)
        out += node.content
        return position + int.from_bytes(node.content[:4], "little")
    if isinstance(node, Structs):
        _align(out, 8, lead=4)
        position = len(out)
        out += struct.pack("<I", node.count) + node.content
        return position
    _align(out, 4)
    position = len(out)
    if isinstance(node, str):
        text = node.encode("utf-8", "replace")
        out += struct.pack("<I", len(text)) + text + b"\0"
        return position
    out += struct.pack("<I", len(node)) + bytes(4 * len(node))
    for index, element in enumerate(node):
        _refer(out, position + 4 + 4 * index, element)
    return position


def _write_table(out: bytearray, table: FlatTable) -> int:
    """Append the vtable, the table, then what the table refers to."""
    body = bytearray(4)
    offsets = [_reserve(body, slot) for slot in table.slots]
    vtable = struct.pack(
        f"<{2 + len(offsets)}H", 4 + 2 * len(offsets), len(body), *(at or 0 for at in offsets)
    )
    _align(out, 8, lead=len(vtable))
    out += vtable
    position = len(out)
    struct.pack_into("<i", body, 0, len(vtable))
    out += body
    for at, slot in zip(offsets, table.slots, strict=True):
        if at is not None and slot is not None and not isinstance(slot, Scalar):
            _refer(out, position + at, slot)
    return position


def _reserve(body: bytearray, slot: Slot) -> int | None:
    """Make room for *slot* in a table's *body*, aligned; return where, None when absent."""
    if slot is None:
        return None
    content = struct.pack(f"<{slot.format}", slot.value) if isinstance(slot, Scalar) else bytes(4)
    _align(body, len(content))
    position = len(body)
    body += content
    return position


def _align(out: bytearray, size: int, lead: int = 0) -> None:
    """Pad *out* so that what follows after *lead* more bytes stands at a multiple of *size*."""
    out += bytes(-(len(out) + lead) % size)
