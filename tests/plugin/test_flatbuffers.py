from __future__ import annotations

import struct

import pytest

from grafherald_plugin.flatbuffers import Built, FlatTable, Scalar, Structs, build

MARK = struct.pack("<q", 0x0123456789ABCDEF)


@pytest.mark.parametrize("name", ["", "a", "ab", "abc", "abcd", "abcde"])
@pytest.mark.parametrize(
    "marked",
    [
        Structs(1, MARK),
        FlatTable([Scalar("b", 1), Scalar("q", 0x0123456789ABCDEF)]),
        Built(build(FlatTable([Structs(1, MARK)]))),
    ],
)
def test_numbers_of_64_bits_stand_at_multiples_of_8(name, marked):
    buffer = build(FlatTable([Scalar("b", 1), name, marked]))
    assert buffer.count(MARK) == 1
    assert buffer.index(MARK) % 8 == 0
