from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grafherald.errors import InvalidEvent
from grafherald.server.framing import Values

LIMIT = 1 << 20
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda below: st.lists(below) | st.dictionaries(st.text(), below),
    max_leaves=5,
)
OBJECTS = st.lists(st.dictionaries(st.text(), JSON), max_size=4)


@settings(max_examples=50)
@given(OBJECTS, st.booleans(), st.integers(1, 50), st.sampled_from(["", "\n", " \r\n"]))
def test_values_come_out_as_they_went_in_however_they_are_cut(
    objects: list[dict[str, object]], ascii_only: bool, size: int, between: str
) -> None:
    stream = between.join(json.dumps(o, ensure_ascii=ascii_only) for o in objects)
    sent = (stream + between).encode("utf-8", "surrogatepass")
    values, found = Values(LIMIT), []
    for start in range(0, len(sent), size):
        found += values.feed(sent[start : start + size])
    assert [json.loads(value.decode("utf-8", "surrogatepass")) for value in found] == objects
    assert values.rest() == b""


@given(st.lists(st.binary(), max_size=5))
def test_no_byte_is_lost(pieces: list[bytes]) -> None:
    values, found = Values(LIMIT), []
    for piece in pieces:
        found += values.feed(piece)
    sent = b"".join(pieces)
    assert b"".join(found) + bytes(values.rest()) == (
        sent if values.rest() else sent[: sum(map(len, found))]
    )


def test_half_a_value_is_the_rest() -> None:
    values = Values(LIMIT)
    assert values.feed(b'{"a": [1, "}') == []
    assert values.rest() == b'{"a": [1, "}'


def test_words_before_a_value_stay_with_it() -> None:
    assert Values(LIMIT).feed(b'mutator "failed\n{"a": 1}') == [b'mutator "failed\n{"a": 1}']


@pytest.mark.parametrize(
    "sent", [b'{"a": "' + b"x" * 2000, b"x" * 2000, b'{"a":' + b" " * 999 + b"1}"]
)
def test_what_is_too_large_is_refused(sent: bytes) -> None:
    values = Values(1000)
    with pytest.raises(InvalidEvent, match="larger than"):
        values.feed(sent)


@pytest.mark.parametrize("piece", [b"}", b"{", b'"', b"\\", b"[{", b'{"a":"\\'])
def test_many_small_pieces_cost_as_much_as_one_large(piece: bytes) -> None:
    values, started = Values(LIMIT), time.process_time()
    for _ in range(100_000):
        values.feed(piece)
    assert time.process_time() - started < 2
