from __future__ import annotations

import pytest

from grafherald.errors import ConfigError, GraphError
from grafherald.net.address import Address, allowed, base, parse

BASES = (base("http://grafana:3000"), base("https://example.com/grafana/"))
PANEL = "/render/d-solo/abc/x?panelId=2"


@pytest.mark.parametrize(
    ("url", "target"),
    [
        (f"http://grafana:3000{PANEL}", PANEL),
        (f"HTTP://GRAFANA:3000{PANEL}", PANEL),
        (f"https://example.com/grafana{PANEL}", f"/grafana{PANEL}"),
        (f"https://example.com:443/grafana{PANEL}", f"/grafana{PANEL}"),
        ("http://grafana:3000/render/d/a?kiosk&height=-1", "/render/d/a?kiosk&height=-1"),
        ("http://grafana:3000/render/d/a", "/render/d/a"),
        ("http://grafana:3000/render/d/a?", "/render/d/a?"),
        (
            "http://grafana:3000/render/d/a?v=a%26b%3Dc%2Bd&v=%zz&v=a+b&u=http://x/../?a",
            "/render/d/a?v=a%26b%3Dc%2Bd&v=%zz&v=a+b&u=http://x/../?a",
        ),
        ("http://grafana:3000/render/d/a?v=1#sensu.io.graphic", "/render/d/a?v=1"),
        ("http://grafana:3000/render/d/a#@evil/", "/render/d/a"),
        ("http://grafana:3000/render/d/a?v=web 01", "/render/d/a?v=web%2001"),
        ("http://grafana:3000/render/d/a?v=bücher", "/render/d/a?v=b%C3%BCcher"),
        ("http://grafana:3000/render/d/a/übersicht", "/render/d/a/%C3%BCbersicht"),
        ("http://grafana:3000/render/d/a/%C3%BC", "/render/d/a/%C3%BC"),
        ("http://grafana:3000/render/d/a/x..y/...", "/render/d/a/x..y/..."),
        (
            "http://grafana:3000/render/dashboard-solo/db/sample-dashboard/?panelId=5",
            "/render/dashboard-solo/db/sample-dashboard/?panelId=5",
        ),
    ],
)
def test_render_urls_of_ours_go_through_byte_for_byte(url: str, target: str) -> None:
    _, address = allowed(url, BASES)
    assert address.target == target


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "render",
        "grafana:3000/render/x",
        "/render/x",
        "//grafana:3000/render/x",
        "http:/grafana:3000/render/x",
        "http:grafana:3000/render/x",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "ftp://grafana:3000/render/x",
        "gopher://grafana:3000/_GET",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "unix:/var/run/docker.sock",
        "http+unix://grafana:3000/render/x",
        "http://[::1/render/x",
        "http://[]/render/x",
        "http://grafana:http/render/x",
        "http://grafana:/render/x",
        "http://grafana:-1/render/x",
        "http://grafana:03000/render/x",
        "http://grafana:99999/render/x",
        "http://grafana:3000:80/render/x",
        "http://:3000/render/x",
        "http:///render/x",
        "http://user@grafana:3000/render/x",
        "http://user:secret@grafana:3000/render/x",
        "http://@grafana:3000/render/x",
        "http://evil\\@grafana:3000/render/x",
        "http://grafana:3000\\@evil/render/x",
        "http://grafana:3000/render/x\\..\\api",
        "http://grafana:3000/render/x?a=\\",
        "http://graf%61na:3000/render/x",
        "http://grafana%00:3000/render/x",
        "http://ｇrafana:3000/render/x",
        "http://grafana。evil:3000/render/x",
        "http://graf\u00adana:3000/render/x",
        "http://grafana:３000/render/x",
        "\thttp://grafana:3000/render/x",
        " http://grafana:3000/render/x",
        "http://grafana:3000/render/x ",
        "http://grafana:3000/render/x y",
        "http://grafana:3000/render/x HTTP/1.1\r\nX-Injected: 1",
        "http://grafana:3000/render/x?a=1\r\nX-Injected: 1",
        "http://grafana:3000/render/x\0",
        "http://grafana:3000/render/x\x7f",
        "http://grafana:3000/render/x?\x85",
        "http://gra\tfana:3000/render/x",
        "http://grafana:3000/render/\ud800",
        "http://grafana:3000/render/x?\udfff",
        "http://grafana:3000/render/../api/users",
        "http://grafana:3000/render/./x",
        "http://grafana:3000/render/x/..",
        "http://grafana:3000/render/x/../../api",
        "http://grafana:3000/render/..;/api",
        "http://grafana:3000/render/%2e%2e/api",
        "http://grafana:3000/render/.%2E/api",
        "http://grafana:3000/render/..%2fapi",
        "http://grafana:3000/render/..%5Capi",
        "http://grafana:3000/render/%252e%252e/api",
        "http://grafana:3000/render/%0d%0aX:1",
        "http://grafana:3000/render/%00",
        "http://grafana:3000/render/%zz",
        "http://grafana:3000/render/%",
        "http://grafana:3000/render//x",
        "http://grafana:3000//render/x",
        'http://grafana:3000/render/"x',
        "http://grafana:3000/render/<x>",
        "http://grafana:3000/render/x?" + "a" * 20_000,
    ],
)
def test_unclear_urls_are_refused(url: str) -> None:
    with pytest.raises(GraphError, match=r"^the render URL ") as caught:
        allowed(url, BASES)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "url",
    [
        "http://evil:3000/render/x",
        "http://grafana.evil:3000/render/x",
        "http://notgrafana:3000/render/x",
        "http://grafana.:3000/render/x",
        "http://grafana:30001/render/x",
        "http://grafana:300/render/x",
        "http://grafana/render/x",
        "https://grafana:3000/render/x",
        "http://0.0.0.0:3000/render/x",
        "http://[::ffff:127.0.0.1]:3000/render/x",
        "http://evil#@grafana:3000/render/x",
        "http://grafana:3000#/render/x",
        "http://grafana:3000",
        "http://grafana:3000/",
        "http://grafana:3000/api/users",
        "http://grafana:3000/render",
        "http://grafana:3000/render/",
        "http://grafana:3000/render/?x",
        "http://grafana:3000/renderer/x",
        "http://grafana:3000/RENDER/x",
        "http://grafana:3000/x/render/x",
        "http://grafana:3000?/render/x",
        "http://grafana:3000/api?/render/x",
        "https://example.com/render/x",
        "https://example.com/grafana2/render/x",
        "http://example.com/grafana/render/x",
        "https://example.com:3000/grafana/render/x",
    ],
)
def test_urls_elsewhere_are_forbidden(url: str) -> None:
    with pytest.raises(GraphError, match="not below /render/") as caught:
        allowed(url, BASES)
    assert caught.value.status == 403


def test_the_grafana_it_belongs_to_comes_along() -> None:
    grafana, _ = allowed(f"https://example.com/grafana{PANEL}", BASES)
    assert grafana == Address("https", "example.com", 443, "/grafana")


@pytest.mark.parametrize(
    ("url", "place", "authority"),
    [
        ("http://grafana/x", "grafana:80", "grafana"),
        ("https://grafana:8443/x", "grafana:8443", "grafana:8443"),
        ("http://[::1]:3000/x", "[::1]:3000", "[::1]:3000"),
        ("https://[::1]/x", "[::1]:443", "[::1]"),
    ],
)
def test_places_are_written_as_headers_and_people_want_them(
    url: str, place: str, authority: str
) -> None:
    address = parse(url)
    assert (address.place, address.authority) == (place, authority)


@pytest.mark.parametrize("url", ["", "grafana", "ftp://x", "http://u:p@x", "http://x/?a", "x\n"])
def test_a_wrong_base_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^grafana\.url: "):
        base(url)
