"""Against moto's S3, over the wire."""

from __future__ import annotations

import hashlib
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

import pytest

from grafherald.errors import ConfigError, GraphError
from grafherald.images.objects import ObjectStore
from grafherald.images.publish import by_md5

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    moto = pytest.importorskip("moto.server")
    server = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    put = urllib.request.Request(f"{url}/pictures", method="PUT")
    urllib.request.urlopen(put).close()
    yield url
    server.stop()


@pytest.fixture(autouse=True)
def credentials(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT": s3,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret-key",
    }.items():
        monkeypatch.setenv(name, value)


def fetch(url: str) -> tuple[bytes, Any]:
    with urllib.request.urlopen(url) as answer:
        return answer.read(), answer.headers


def test_a_picture_lies_under_the_prefix_as_a_picture(s3: str, png: bytes) -> None:
    store = ObjectStore("s3://pictures/alerts", f"{s3}/pictures/alerts/", by_md5, 60)
    url = store.publish(png)
    assert url == f"{s3}/pictures/alerts/{hashlib.md5(png).hexdigest()}.png"
    assert store.still(url)
    signed = ObjectStore("s3://pictures/alerts", "presigned", by_md5, 60).publish(png)
    data, headers = fetch(signed)
    assert data == png
    assert headers["Content-Type"] == "image/png"


def test_a_presigned_url_names_its_life_and_no_secret(png: bytes) -> None:
    url = ObjectStore("s3://pictures", "presigned", by_md5, 3600).publish(png)
    assert "X-Amz-Expires=3600" in url
    assert "secret-key" not in url
    assert fetch(url)[0] == png


def test_a_missing_bucket_is_said(png: bytes) -> None:
    with pytest.raises(GraphError, match="saved in s3://missing: ") as caught:
        ObjectStore("s3://missing", "presigned", by_md5, 60).publish(png)
    assert caught.value.status == 500


def test_a_store_that_is_away_is_said(
    png: bytes, monkeypatch: pytest.MonkeyPatch, start_stand_in: Any
) -> None:
    denied = start_stand_in(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    monkeypatch.setenv("AWS_ENDPOINT", denied.url)
    with pytest.raises(GraphError, match="s3://pictures: access is denied"):
        ObjectStore("s3://pictures", "presigned", by_md5, 60).publish(png)


def test_an_unknown_kind_of_place_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigError, match=r"^images\.publish\.store: nonsense://x: "):
        ObjectStore("nonsense://x", "presigned", by_md5, 60)


def test_unsigned_the_bucket_may_refuse(s3: str) -> None:
    with pytest.raises(HTTPError):
        fetch(f"{s3}/pictures/unknown.png")
