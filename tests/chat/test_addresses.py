from typing import Any

import pytest

from grafherald.chat.addresses import DashboardPlace, PanelView, image, link

SIZE = {"width": "1000", "height": "500"}


def view(place: DashboardPlace, panel: int | None = 3, **changes: Any) -> PanelView:
    values: dict[str, Any] = {"start": "now-6h", "end": "now", "options": SIZE, **changes}
    return PanelView(place, panel, **values)


@pytest.mark.parametrize(
    ("place", "rendered", "shown"),
    [
        (
            DashboardPlace("https://example.com/grafana", "abc"),
            "https://example.com/grafana/render/d-solo/abc/?panelId=3&width=1000&height=500",
            "https://example.com/grafana/d/abc/?viewPanel=3",
        ),
        (
            DashboardPlace("https://example.com", "abc", modern=False),
            "https://example.com/render/d-solo/abc/?panelId=3&width=1000&height=500",
            "https://example.com/d/abc/?panelId=3&fullscreen",
        ),
        (
            DashboardPlace("https://example.com", "web", "slug", modern=False),
            "https://example.com/render/dashboard-solo/db/web/?panelId=3&width=1000&height=500",
            "https://example.com/dashboard/db/web/?panelId=3&fullscreen",
        ),
        (
            DashboardPlace("https://example.com", "web", "model", modern=False),
            "https://example.com/render/dashboard/solo/db/web/?panelId=3&width=1000&height=500",
            "https://example.com/dashboard/db/web/?panelId=3&fullscreen",
        ),
    ],
    ids=["7 and later", "5 and 6", "4", "2.0.1"],
)
def test_each_grafana_has_its_own_addresses(
    place: DashboardPlace, rendered: str, shown: str
) -> None:
    assert image(view(place)) == f"{rendered}&from=now-6h&to=now"
    assert link(view(place)) == f"{shown}&from=now-6h&to=now"


def test_kiosk_is_the_whole_dashboard() -> None:
    whole = view(DashboardPlace("https://example.com", "abc"), None)

    assert image(whole) == (
        "https://example.com/render/d/abc/?kiosk&autofitpanels"
        "&width=1000&height=500&from=now-6h&to=now"
    )
    assert link(whole) == "https://example.com/d/abc/?from=now-6h&to=now"


def test_options_come_last_and_the_link_keeps_zone_and_organisation() -> None:
    options = {"theme": "light", "orgId": "2", "tz": "Europe/Amsterdam", "scale": "2", **SIZE}
    changed = view(
        DashboardPlace("https://example.com", "abc"), variables=[("server", "a")], options=options
    )

    assert image(changed).endswith(
        "&to=now&var-server=a&tz=Europe%2FAmsterdam&orgId=2&theme=light&scale=2"
    )
    assert link(changed).endswith("&to=now&var-server=a&tz=Europe%2FAmsterdam&orgId=2")


def test_a_value_never_becomes_a_parameter() -> None:
    changed = view(DashboardPlace("https://example.com", "a/b"), variables=[("q", "a&b=c d#~é*+")])

    assert "/d-solo/a%2Fb/?" in image(changed)
    assert "&var-q=a%26b%3Dc+d%23%7E%C3%A9*%2B" in image(changed)


def test_another_endpoint_may_be_asked_for() -> None:
    changed = view(
        DashboardPlace("https://example.com", "abc"), options={**SIZE, "apiEndpoint": "d"}
    )

    assert image(changed).startswith("https://example.com/render/d/abc/?panelId=3&")
