"""Texts of a certain form: what Grafana, a browser, a socket and a database would take."""

from __future__ import annotations

import pytest

from grafherald.settings.formats import FORMATS


@pytest.mark.parametrize(
    ("name", "text", "fits"),
    [
        ("grafana-time", "now", True),
        ("grafana-time", "now-6h", True),
        ("grafana-time", "now-1d/d", True),
        ("grafana-time", "now/fQ", True),
        ("grafana-time", "1795230725000", True),
        ("grafana-time", "20260118", True),
        ("grafana-time", "20260118T093000", True),
        ("grafana-time", "20261301", False),
        ("grafana-time", "1795230725", False),  # seconds: Grafana would show 1970
        ("grafana-time", "-6h", False),
        ("grafana-time", "now-6 h", False),
        ("grafana-time", "now-6H", False),
        ("grafana-time", "", False),
        ("web-url", "https://grafana.example.com/grafana/", True),
        ("web-url", "http://[::1]:3000", True),
        ("web-url", "https://uchiwa.example.com/#/client/DATACENTER", True),
        ("web-url", "grafana.example.com", False),
        ("web-url", "https:///path", False),
        ("web-url", "https://g:port", False),
        ("web-url", "https://g.example.com/a b", False),
        ("web-url", "javascript:alert(1)", False),
        ("address", "127.0.0.1:3031", True),
        ("address", "[::]:3031", True),
        ("address", ":3031", True),
        ("address", "localhost", False),
        ("address", "127.0.0.1:65536", False),
        ("address", "::1:3031", False),
        ("store", "sqlite:////var/lib/grafherald.db", True),
        ("store", "postgresql://u@h/d", True),
        ("store", "sqlite:///", False),
        ("store", "/var/lib/grafherald.db", False),
    ],
)
def test_a_form_is_told(name: str, text: str, *, fits: bool) -> None:
    assert FORMATS[name].fits(text) is fits
