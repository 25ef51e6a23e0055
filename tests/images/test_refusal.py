from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.images.refusal import refusal

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "grafana-7.5"


@pytest.mark.parametrize(
    ("status", "body", "text", "hint"),
    [
        (401, b'{"message":"Expired API key"}', "401: the token has expired", "Make a new one"),
        (401, b'{"message":"invalid API key"}', "Grafana answered 401", "does not know it"),
        (404, b"Not found", "404: the URL's orgId is not the token's", "Take orgId out"),
        (404, b'{"message":"Not found"}', "404: Not found", "Is there such a dashboard"),
        (404, b"<html>", "Grafana answered 404", "Is there such a dashboard"),
        (500, b"<html>Rendering failed.", "500: rendering failed", "was too busy"),
        (500, b"", "Grafana answered 500", "See the logs"),
        (429, b"", "Grafana answered 429", "try again later"),
        (403, b'{"message":"Access denied\\u001b[2J."}', "403: Access denied", "may not see"),
        (400, b"\xff{", "Grafana answered 400", "Open the render URL"),
    ],
)
def test_a_refusal_says_what_the_body_says(status: int, body: bytes, text: str, hint: str) -> None:
    error = refusal(status, {}, body)
    assert text in str(error)
    assert hint in error.hint


@pytest.mark.parametrize(
    ("status", "value", "seconds"),
    [
        (429, "5", 5),
        (503, " 120 ", 120),
        (429, "0", 0),
        (429, "Thu, 26 Nov 2026 12:00:30 GMT", 30),
        (503, "Thu, 26 Nov 2026 11:00:00 GMT", 0),
        (429, "soon", None),
        (429, "-1", None),
        (429, "", None),
        (500, "5", None),
    ],
)
def test_how_long_grafana_asks_to_wait(status: int, value: str, seconds: float | None) -> None:
    now = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
    assert refusal(status, {"retry-after": value}, b"", now).retry_after == seconds


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded answers are not here")
@pytest.mark.parametrize(
    ("name", "status", "text"),
    [
        ("render-401-expired", 401, "the token has expired"),
        ("render-401-badkey", 401, "Grafana answered 401"),
        ("render-404-other-org", 404, "orgId is not the token's organisation"),
        ("render-mode-status-429", 500, "rendering failed"),
        ("render-mode-status-500", 500, "rendering failed"),
        ("render-mode-reset", 500, "rendering failed"),
        ("render-timeout", 500, "rendering failed"),
    ],
)
def test_the_refusals_of_a_real_grafana(name: str, status: int, text: str) -> None:
    body = (SAMPLES / f"{name}.body").read_bytes()
    assert (SAMPLES / f"{name}.headers").read_text().split()[1] == str(status)
    assert text in str(refusal(status, {}, body[:4096]))


@given(st.integers(300, 599), st.binary(max_size=60), st.text(max_size=20))
def test_any_answer_has_one_line(status: int, body: bytes, location: str) -> None:
    error = refusal(status, {"location": location, "retry-after": location}, body)
    assert str(status) in str(error)
    assert "\n" not in str(error)
