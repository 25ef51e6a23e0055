"""Render URLs and links: nothing a check definition says may be lost or change its meaning."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from grafherald.grafana import urls

SOLO = "https://grafana.example.com/render/d-solo/abc/host?orgId=1&panelId=2"


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (SOLO, SOLO + "&from=now-6h&to=now"),
        ("https://g/render/d-solo/abc/x", "https://g/render/d-solo/abc/x?from=now-6h&to=now"),
        ("https://g/render/d-solo/abc/x?", "https://g/render/d-solo/abc/x?from=now-6h&to=now"),
        (SOLO + "&", SOLO + "&from=now-6h&to=now"),
        (SOLO + "#sensu.io.graphic", SOLO + "&from=now-6h&to=now"),
        (SOLO + "&from=now-1h", SOLO + "&from=now-1h&to=now"),
        (SOLO + "&from=now-1h&to=now-5m", SOLO + "&from=now-1h&to=now-5m"),
        (f" {SOLO}\n", SOLO + "&from=now-6h&to=now"),
        (SOLO + "&var-q=a%26b%3Dc+d", SOLO + "&var-q=a%26b%3Dc+d&from=now-6h&to=now"),
        (SOLO + "&var-from=x", SOLO + "&var-from=x&from=now-6h&to=now"),
    ],
)
def test_the_range_is_appended_and_the_rest_stays(image: str, expected: str) -> None:
    assert urls.render_url(image, "now-6h", "now") == expected


def test_a_range_is_encoded() -> None:
    assert urls.render_url(SOLO, "now-1d/d", "now+1h").endswith("&from=now-1d/d&to=now%2B1h")


@pytest.mark.parametrize(
    ("render", "link"),
    [
        (
            SOLO + "&var-host=web01&var-host=web02&width=1000&height=500&theme=light"
            "&tz=UTC&from=now-6h&to=now",
            "https://grafana.example.com/d/abc/host?viewPanel=2&orgId=1&var-host=web01"
            "&var-host=web02&tz=UTC&from=now-6h&to=now",
        ),
        (
            "https://x.example.com/grafana/render/d-solo/abc/x?panelId=panel-4&from=now-6h&to=now",
            "https://x.example.com/grafana/d/abc/x?viewPanel=panel-4&from=now-6h&to=now",
        ),
        (
            "http://g:3000/render/dashboard-solo/db/web/?panelId=5&var-server=a&from=now-6h&to=now",
            "http://g:3000/dashboard/db/web/?panelId=5&fullscreen&var-server=a&from=now-6h&to=now",
        ),
        (
            "http://g/render/dashboard/solo/db/web?panelId=5&from=now-6h",
            "http://g/dashboard/db/web?panelId=5&fullscreen&from=now-6h",
        ),
        (
            "http://g/render/d/abc?kiosk&autofitpanels&height=-1&from=now-6h&to=now",
            "http://g/d/abc?from=now-6h&to=now",
        ),
        ("http://g/render/d/abc?var-a=:::name:::&var-b=$__all", "http://g/d/abc?var-b=$__all"),
        ("https://g/public/logo.png", "https://g/public/logo.png"),
        ("https://me:p4ss@g/logo.png?of=a@b", "https://g/logo.png?of=a@b"),
        ("http://me:p4ss@g/render/d/abc", "http://g/d/abc"),
    ],
)
def test_a_link_shows_the_same_panel_time_and_variables(render: str, link: str) -> None:
    assert urls.link(render) == link


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        (SOLO, True),
        ("https://g/d/abc/x?viewPanel=2", False),
        ("ftp://g/render/x", False),
        ("/render/d-solo/abc", False),
        ("http://[::1/render/x", False),
        ("", False),
    ],
)
def test_a_render_url_is_recognised(url: str, is_one: bool) -> None:
    assert urls.is_render_url(url) is is_one


AT = datetime(2026, 3, 31, 14, 25, 36, 500_000, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("expression", "end", "expected"),
    [
        ("now", False, datetime(2026, 3, 31, 14, 25, 36, 500_000)),
        ("now-6h", False, datetime(2026, 3, 31, 8, 25, 36, 500_000)),
        ("now-1d/d", False, datetime(2026, 3, 30)),
        ("now-1d/d", True, datetime(2026, 3, 30, 23, 59, 59, 999_000)),
        ("now/h", False, datetime(2026, 3, 31, 14)),
        ("now/w", False, datetime(2026, 3, 30)),
        ("now/M", False, datetime(2026, 3, 1)),
        ("now-1y/y", True, datetime(2025, 12, 31, 23, 59, 59, 999_000)),
        ("now-1M", False, datetime(2026, 2, 28, 14, 25, 36, 500_000)),
        ("now-1h+30m", False, datetime(2026, 3, 31, 13, 55, 36, 500_000)),
    ],
)
def test_a_relative_time_becomes_milliseconds(
    expression: str, end: bool, expected: datetime
) -> None:
    milliseconds = round(expected.replace(tzinfo=timezone.utc).timestamp() * 1000)
    assert urls.moment(expression, AT, end=end) == str(milliseconds)


@pytest.mark.parametrize("absolute", ["1700000000000", "20260301", "now-6hr", "yesterday"])
def test_what_is_not_relative_stays(absolute: str) -> None:
    assert urls.moment(absolute, AT) == absolute


def test_a_graph_image_without_a_host_is_grafanas_own() -> None:
    path = urls.panel("abc/api", "2", [("host", "db 01"), ("var-env", "prod")])
    assert path == "/render/d-solo/abc/api?panelId=2&var-host=db%2001&var-env=prod"
    whole = f"https://g.example.com/grafana{path}"
    assert urls.absolute(path, "https://g.example.com/grafana/") == whole
    assert urls.absolute(whole, "https://other.example.com") == whole


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("?var-host=:::name:::", ":::name:::"),
        ("?panelId=2&var-host={{%20.labels.host%20}}", "{{ .labels.host }}"),
        ("?var-host=$HOSTNAME$&var-service=$SERVICEDESC$", "$HOSTNAME$"),
        ("?var-host=$host.name$", "$host.name$"),
        ("?var-host=$__all&var-disk=$__all", ""),
        ("?var-host=web01&var-time=10::20", ""),
        ("?left=%7B%7Bjob%7D%7D", ""),
    ],
)
def test_a_token_that_nobody_filled_in_is_found(url: str, token: str) -> None:
    assert urls.unfilled(f"https://g/render/d-solo/a{url}") == token
