"""What an HTTP answer says about when to come back, and what of it is shown."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from grafherald.errors import DeliveryError, TemporaryError
from grafherald.net.response import Response, retry_after, secrets_of
from grafherald.text import plain

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=timezone.utc)
UNIX = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "30"}, 30),
        ({"Retry-After": " 1.5 "}, 1.5),
        ({"Retry-After": "999999999"}, 86400),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "Sat, 21 Nov 2026 03:02:00 GMT"}, 120),
        ({"Retry-After": "Sat, 21 Nov 2026 02:00:00 GMT"}, 0),
        ({"X-RateLimit-Reset": str(UNIX + 290)}, 290),
        ({"X-Ratelimit-Reset": str(UNIX + 290), "X-Ratelimit-Remaining": "12"}, None),
        ({"X-RateLimit-Reset": str(UNIX + 9), "X-FloodControl-Reset": str(UNIX + 50)}, 50),
        ({"X-FloodControl-Reset": "60"}, None),
        ({"X-Limit-App-Remaining": "0", "X-Limit-App-Reset": str(UNIX + 3600)}, 3600),
        ({"X-Limit-App-Remaining": "9", "X-Limit-App-Reset": str(UNIX + 3600)}, None),
        ({"X-Ratelimit-Reset": "60", "X-Ratelimit-Remaining": "0"}, 60),
        ({"X-FloodControl-Reset": str(UNIX - 60)}, 0),
        ({"X-FloodControl-Reset": str(UNIX), "Date": "Sat, 21 Nov 2026 02:59:00 GMT"}, 60),
        ({"Retry-After": "7", "X-RateLimit-Reset": str(UNIX + 290)}, 7),
    ],
)
def test_the_wait_is_what_the_other_side_asks_for(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(CaseInsensitiveDict(headers), NOW) == seconds


@given(st.text(), st.text(), st.text())
def test_no_header_is_a_traceback(asked: str, reset: str, date: str) -> None:
    headers = {"Retry-After": asked, "X-RateLimit-Reset": reset, "Date": date}
    wait = retry_after(headers, NOW)
    assert wait is None or 0 <= wait <= 86400


@given(st.integers(100, 599), st.binary(max_size=400))
def test_any_body_gives_one_clear_line(status: int, body: bytes) -> None:
    answer = Response("chat.example.com", status, {}, b"." + body, ("s3cret",))
    assert isinstance(answer.document(), dict)
    if not 200 <= status < 300:
        with pytest.raises(DeliveryError) as caught:
            answer.check(NOW)
        assert str(caught.value).startswith(f"chat.example.com answered {status}: .")
        assert str(caught.value).splitlines() == [plain(str(caught.value))]


def test_a_page_is_shown_by_its_words() -> None:
    page = b"<html><head><title>502 Bad Gateway</title></head><body>\n<hr>nginx</body></html>"
    with pytest.raises(TemporaryError, match=r"answered 502: 502 Bad Gateway nginx$"):
        Response("chat.example.com", 502, {}, page).check(NOW)


def test_a_secret_at_the_cut_does_not_show_its_head() -> None:
    answer = Response("h", 500, {}, b"x" * 110 + b" s3cret-token", ("s3cret-token",))
    assert "s3c" not in answer.excerpt()


def test_deep_json_is_no_document() -> None:
    assert Response("h", 200, {}, b'{"a":' + b"[" * 60_000).document() == {}


def test_the_secrets_of_a_url_are_its_path_whole_and_in_parts() -> None:
    secrets = secrets_of("https://hooks.slack.com/services/T0AAAA/B0BBBB/s3cret?key=v4lue")
    assert {"/services/T0AAAA/B0BBBB/s3cret", "B0BBBB", "s3cret", "v4lue"} <= set(secrets)
    assert "hooks.slack.com" not in secrets


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (b'{"message": "You are being rate limited.", "retry_after": 1.5}', 1.5),
        (b'{"ok": false, "parameters": {"retry_after": 35}}', 35),
        (b'{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2000}', 2),
        (b'{"retry_after": "soon"}', None),
        (b'{"retry_after": -5, "parameters": 7}', None),
    ],
)
def test_a_body_may_ask_to_wait_too(body: bytes, seconds: float | None) -> None:
    with pytest.raises(TemporaryError) as caught:
        Response("chat.example.com", 429, {}, body).check(NOW)
    assert caught.value.retry_after == seconds
