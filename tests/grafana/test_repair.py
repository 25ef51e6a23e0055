"""URLs that went through Nagios are whole again, and others are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.grafana.repair import repaired, urls_in

BASE = "https://grafana.example.com/render/d-solo/abc"
WHOLE = f"{BASE}?orgId=1&panelId=2&width=1000&height=500&var-host=web01&from=now-6h&to=now"


@pytest.mark.parametrize("separator", ["", ";", " ", "%26", "amp;", "&amp;", "&", " ; "])
def test_the_separator_is_back(separator: str) -> None:
    assert repaired(WHOLE.replace("&", separator)) == WHOLE


@pytest.mark.parametrize(
    ("query", "whole"),
    [
        ("orgId=1var-bandwidth=5panelId=2", "orgId=1&var-bandwidth=5&panelId=2"),
        ("bandwidth=5panelId=2", "bandwidth=5&panelId=2"),
        ("panelId=2;bandwidth=5;proto=tcp", "panelId=2&bandwidth=5&proto=tcp"),
        ("var-proto=tcppanelId=2", "var-proto=tcp&panelId=2"),
        ("panelId=2from=1795249229000to=1795249330000", None),
        ("var-q=a%26b", "var-q=a%26b"),
        ("panelId=2", "panelId=2"),
        ("panelId=2&var-q=from=now", "panelId=2&var-q=from=now"),
        ("var-svc=my service", "var-svc=my%20service"),
        ("panelId=2&amp;width=9&var-a=1", "panelId=2&width=9&var-a=1"),
        ("panelId=2&amp;amp;width=9", "panelId=2&width=9"),
        ("", ""),
    ],
)
def test_only_lost_ones_are_put_back(query: str, whole: str | None) -> None:
    if whole is None:
        whole = "panelId=2&from=1795249229000&to=1795249330000"
    assert repaired(f"{BASE}?{query}") == f"{BASE}?{whole}"


@given(st.text(max_size=200))
def test_nothing_but_separators_changes(url: str) -> None:
    again = repaired(repaired(url))
    assert again == repaired(url)
    assert not any(letter.isspace() for letter in again)


def test_long_rubbish_is_read_in_no_time() -> None:
    for rubbish in (" ", "var-", ";", "%26var-", "amp;"):
        assert repaired("?" + rubbish * 30_000).startswith("?")


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        (f"{BASE}?panelId=1,{BASE}?panelId=2", [f"{BASE}?panelId=1", f"{BASE}?panelId=2"]),
        (f"{BASE}?panelId=1, '{BASE}?panelId=2'", [f"{BASE}?panelId=1", f"{BASE}?panelId=2"]),
        ("/render/d/a\n/render/d/b", ["/render/d/a", "/render/d/b"]),
        (f"{BASE}?var-a={{{{ $labels.a }}}}", [f"{BASE}?var-a={{{{%20$labels.a%20}}}}"]),
        (f"<{BASE}?orgId=1&amp;panelId=2>", [f"{BASE}?orgId=1&panelId=2"]),
        (" , ", []),
    ],
)
def test_several_urls_in_a_text_are_told_apart(text: str, urls: list[str]) -> None:
    assert urls_in(text) == urls
