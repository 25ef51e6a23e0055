import pytest

from grafherald.chat.times import checked
from grafherald.errors import Refusal


@pytest.mark.parametrize(
    "text",
    [
        "now",
        "now-6h",
        "now-1d/d",
        "now/fQ",
        "now-1M/M+8h",
        "now-90ms",
        "1705569109372",
        "20260118",
        "20260118T093000",
    ],
)
def test_what_grafana_takes_goes_to_it_as_it_is(text: str) -> None:
    assert checked(text) == text


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2024-01-18", "", "1705536000000"),
        ("2024-01-18T09:11:49Z", "", "1705569109000"),
        ("2024-01-18T09:11:49.372+00:00", "", "1705569109372"),
        ("2024-01-18 10:11:49", "Europe/Amsterdam", "1705569109000"),
        ("2024-01-18T10:11:49+01:00", "America/Chicago", "1705569109000"),
        ("2024-01-18T09:11:49", "No/Where", "1705569109000"),
        ("2024-01-18T09:11:49", "../etc", "1705569109000"),
    ],
)
def test_iso_8601_becomes_epoch_milliseconds(text: str, zone: str, expected: str) -> None:
    """Grafana takes most of them for 1970."""
    assert checked(text, zone) == expected


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("now-12hr", "now-12h"),
        ("now-12hrs", "now-12h"),
        ("6h", "now-6h"),
        ("-30min", "now-30m"),
        ("now-2weeks", "now-2w"),
        ("3months", "now-3M"),
        ("yesterday", "now-1d/d"),
        ("1705569109", "1705569109000"),
    ],
)
def test_a_near_miss_gets_the_time_that_is_meant(text: str, meant: str) -> None:
    with pytest.raises(Refusal, match=f"did you mean `{meant}`"):
        checked(text)
    assert checked(meant) == meant


@pytest.mark.parametrize("text", ["load", "", "now-", "now-6x", "99999999", "2024-13-01", "12"])
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(Refusal, match="is not a time") as refused:
        checked(text)

    assert "did you mean" not in str(refused.value)
    assert "quotes" in refused.value.hint
