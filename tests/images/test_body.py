import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.errors import GraphError
from grafherald.images.body import image_url

URL = "http://127.0.0.1:3000/render/d-solo/web/?panelId=2"


@pytest.mark.parametrize(
    "body",
    [
        '{"imageUrl":"%s"}',
        '{"imageURL":"%s"}',
        '{"IMAGEURL":"%s"}',
        '\ufeff {"imageUrl":"%s"}\n',
        '{"imageUrl":"%s"} garbage',
        '{"imageUrl":"%s"}{}',
        '{"imageUrl":"%s"}\x00\udcff',
        '{"imageUrl":"http://evil/","imageurl":"%s"}',
        '{"imageUrl":"%s","imageurl":null}',
        '{"a":{"imageUrl":"http://evil/"},"imageUrl":"%s"}',
        '{"a":' + 5000 * "9" + ',"imageUrl":"%s"}',
    ],
)
def test_what_the_go_original_takes_is_taken(body: str) -> None:
    assert image_url((body % URL).encode("utf-8", "surrogateescape")) == URL


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"garbage {}",
        b"null",
        b"5",
        b'"imageUrl"',
        b"[]",
        b'[["imageUrl", "x"]]',
        b"{}",
        b'{"imageUrl":null}',
        b'{"imageUrl":""}',
        b'{"imageUrl":5}',
        b'{"imageUrl":"x","imageURL":5}',
        b'{"image_url":"x"}',
        b'{"imageUrl":"x"',
        b"[" * 60_000,
    ],
)
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(GraphError) as refused:
        image_url(body)
    assert refused.value.status == 400
    assert "imageUrl" in refused.value.hint


@given(st.binary(max_size=80) | st.text(max_size=60).map(lambda text: json.dumps(text).encode()))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for each in (body, b'{"imageUrl":' + body, b'{"imageUrl":"x"}' + body):
        try:
            assert image_url(each)
        except GraphError as refused:
            assert refused.status == 400  # noqa: PT017 - both ends are fine, a third is not
