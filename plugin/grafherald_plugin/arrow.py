"""Frames as Arrow IPC files, the form in which Grafana takes them.

pyarrow would do it in a 55 MB wheel; what Grafana reads is four types without nesting.
https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format, metadata numbers from
https://github.com/apache/arrow/tree/main/format (Message.fbs, Schema.fbs, File.fbs), metadata keys
from https://github.com/grafana/grafana-plugin-sdk-go/blob/v0.298.0/data/arrow.go
"""

from __future__ import annotations

import json
import struct
from array import array
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from grafherald_plugin.flatbuffers import Built, FlatTable, Reference, Scalar, Structs, build
from grafherald_plugin.frames import DataFrame, FieldType, FrameField

_MAGIC = b"ARROW1"
_CONTINUED = b"\xff\xff\xff\xff"
_VERSION = Scalar("h", 4)  # MetadataVersion.V5
_SCHEMA, _RECORD_BATCH = 1, 3  # MessageHeader

# The number in Schema.fbs' union Type, and the type's own table.
_TYPES = {
    FieldType.TIME: (10, FlatTable([Scalar("h", 3)])),  # Timestamp, nanoseconds
    FieldType.NUMBER: (3, FlatTable([Scalar("h", 2)])),  # FloatingPoint, double
    FieldType.TEXT: (5, FlatTable([])),  # Utf8
    FieldType.BOOLEAN: (6, FlatTable([])),  # Bool
}


def encode(frame: DataFrame, ref_id: str) -> bytes:
    """Write *frame* as an Arrow file with one record batch, which is how Grafana takes it.

    Raises:
        OverflowError: a time does not fit into 64 bits of nanoseconds (1677 to 2262).
    """
    schema = Built(build(_schema(frame, ref_id)))
    batch, body = _batch(frame.fields)
    head = _MAGIC + b"\0\0" + _message(_SCHEMA, schema, 0)
    message = _message(_RECORD_BATCH, batch, len(body))
    block = Structs(1, struct.pack("<qiiq", len(head), len(message), 0, len(body)))
    footer = build(FlatTable([_VERSION, schema, None, block]))
    end = _CONTINUED + bytes(4) + footer + struct.pack("<i", len(footer)) + _MAGIC
    return b"".join((head, message, body, end))


def _schema(frame: DataFrame, ref_id: str) -> FlatTable:
    metadata = {"name": frame.name, "refId": ref_id}
    if frame.kind:
        metadata["meta"] = json.dumps({"type": frame.kind, "typeVersion": [0, 1]})
    return FlatTable([Scalar("h", 0), [_field(field) for field in frame.fields], _pairs(metadata)])


def _field(field: FrameField) -> FlatTable:
    number, type_table = _TYPES[field.type]
    metadata = {}
    if field.labels:
        metadata["labels"] = json.dumps(field.labels)
    if field.config:
        metadata["config"] = json.dumps(field.config)
    nullable = Scalar("?", field.nullable)  # a null where it is not reads as zero
    return FlatTable(
        [field.name, nullable, Scalar("B", number), type_table, None, [], _pairs(metadata)]
    )


def _pairs(metadata: Mapping[str, str]) -> list[FlatTable]:
    return [FlatTable([key, value]) for key, value in metadata.items()]


def _message(kind: int, header: Reference, body_length: int) -> bytes:
    """Encapsulate a message, without its body, padded to 8 bytes."""
    metadata = build(FlatTable([_VERSION, Scalar("B", kind), header, Scalar("q", body_length)]))
    metadata += bytes(-len(metadata) % 8)
    return _CONTINUED + struct.pack("<i", len(metadata)) + metadata


def _batch(fields: Sequence[FrameField]) -> tuple[FlatTable, bytes]:
    """The record batch's header and its body: every column's buffers, padded to 8."""
    nodes, places, body, length = [], [], [], 0
    for field in fields:
        nulls, buffers = _column(field)
        nodes.append(struct.pack("<qq", len(field.values), nulls))
        for buffer in buffers:
            places.append(struct.pack("<qq", length, len(buffer)))
            padding = bytes(-len(buffer) % 8)
            body += [buffer, padding]
            length += len(buffer) + len(padding)
    rows = len(fields[0].values) if fields else 0
    header = FlatTable(
        [
            Scalar("q", rows),
            Structs(len(nodes), b"".join(nodes)),
            Structs(len(places), b"".join(places)),
        ]
    )
    return header, b"".join(body)


def _column(field: FrameField) -> tuple[int, list[bytes]]:
    """Count the nulls and lay out the buffers: the validity first, empty where nothing is null."""
    try:
        return 0, [b"", *_BUFFERS[field.type](field.values)]
    except (TypeError, AttributeError, KeyError):
        pass  # a None, which is cheaper to meet than to look for
    present = [value is not None for value in field.values]
    nothing = "" if field.type is FieldType.TEXT else 0
    values = [nothing if value is None else value for value in field.values]
    return present.count(False), [_bits(present), *_BUFFERS[field.type](values)]


def _numbers(values: Sequence[Any]) -> list[bytes]:
    return [array("d", values).tobytes()]


def _times(values: Sequence[Any]) -> list[bytes]:
    return [array("q", values).tobytes()]


def _texts(values: Sequence[Any]) -> list[bytes]:
    encoded = [value.encode("utf-8", "replace") for value in values]
    ends = array("i", accumulate(map(len, encoded), initial=0))
    return [ends.tobytes(), b"".join(encoded)]


def _booleans(values: Sequence[Any]) -> list[bytes]:
    return [_bits(values)]


def _bits(values: Sequence[Any]) -> bytes:
    """Pack truths into a bitmap, the first one in the lowest bit of the first byte."""
    if not values:
        return b""
    digits = "".join(map(_DIGITS.__getitem__, reversed(values)))
    return int(digits, 2).to_bytes((len(values) + 7) // 8, "little")


_DIGITS = {True: "1", False: "0"}
_BUFFERS: Mapping[FieldType, Callable[[Sequence[Any]], list[bytes]]] = {
    FieldType.TIME: _times,
    FieldType.NUMBER: _numbers,
    FieldType.TEXT: _texts,
    FieldType.BOOLEAN: _booleans,
}
