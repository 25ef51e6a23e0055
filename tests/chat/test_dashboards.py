from typing import Any

import pytest

from grafherald.chat.addresses import DashboardPlace
from grafherald.chat.dashboards import find, search
from grafherald.errors import GrafanaError, Refusal
from grafherald.grafana.api import Grafana, GrafanaServer

HITS = [
    {"uid": "aaa", "title": "Web frontend", "url": "/grafana/d/aaa/web-frontend"},
    {"uid": "bbb", "title": "Web backend", "url": "/grafana/d/bbb/web-backend"},
    {"uid": "ccc", "title": "Disk: all", "url": "/grafana/d/ccc/disk-all"},
    {"uid": "ddd", "title": "Twin", "url": "/grafana/d/ddd/twin"},
    {"uid": "eee", "title": "Twin", "url": "/grafana/d/eee/twin"},
]


@pytest.fixture
def asking(grafana: Any) -> Grafana:
    """A Grafana under a path, as a proxy shows it, with five dashboards."""
    grafana.has("/grafana/api/search", HITS)
    for hit in HITS:
        grafana.has(f"/grafana/api/dashboards/uid/{hit['uid']}", {"dashboard": hit})
    return Grafana(GrafanaServer(f"{grafana.url}/grafana"), 5)


@pytest.mark.parametrize(
    ("target", "uid"),
    [
        ("aaa", "aaa"),
        ("web-backend", "bbb"),
        ("WEB-backend", "bbb"),
        ("web backend", "bbb"),
        ("Disk: all", "ccc"),
        ("disk", "ccc"),
        ("web f", "aaa"),
    ],
)
def test_a_target_is_a_uid_then_a_slug_then_a_title(asking: Grafana, target: str, uid: str) -> None:
    place, dashboard = find(asking, target)

    assert (place.key, dashboard["uid"]) == (uid, uid)


@pytest.mark.parametrize(("target", "named"), [("web", ["aaa", "bbb"]), ("twin", ["ddd", "eee"])])
def test_several_are_listed(asking: Grafana, target: str, named: list[str]) -> None:
    with pytest.raises(Refusal, match="may be one of 2 dashboards") as refused:
        find(asking, target)

    assert [line.split(":")[0] for line in str(refused.value).splitlines()[1:]] == [
        f"- {uid}" for uid in named
    ]


@pytest.mark.parametrize(
    ("target", "hint"),
    [("web-fronted", 'graf db "Web frontend"'), ("nowhere", "graf list"), ("a/b", "graf list")],
)
def test_none_leads_on(asking: Grafana, target: str, hint: str) -> None:
    with pytest.raises(Refusal, match=r"^Dashboard not found$") as refused:
        find(asking, target)

    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("version", "modern"),
    [("6.7.1", False), ("7.0.0-beta1", True), ("12.1.0", True), ("", True), ("custom", True)],
)
def test_the_page_of_a_panel_depends_on_the_version(
    grafana: Any, version: str, modern: bool
) -> None:
    grafana.has("/api/dashboards/uid/aaa", {"dashboard": {}})
    grafana.has("/api/health", {"version": version})

    assert find(Grafana(GrafanaServer(grafana.url), 5), "aaa")[0].modern is modern


@pytest.mark.parametrize(
    ("version", "answer", "expected"),
    [
        ("4.6.0", {"dashboard": {}}, ("web", "slug", False)),
        ("6.0.0", {"dashboard": {"uid": "aaa"}}, ("web", "slug", False)),
        ("7.5.0", {"dashboard": {"uid": "aaa"}}, ("aaa", "uid", True)),
        ("2.0.1", {"model": {}}, ("web", "model", False)),
    ],
)
def test_before_grafana_8_a_slug_is_an_address(
    grafana: Any, version: str, answer: Any, expected: tuple[str, str, bool]
) -> None:
    grafana.has("/api/dashboards/db/web", answer)
    grafana.has("/api/health", {"version": version})

    place, _ = find(Grafana(GrafanaServer(grafana.url), 5), "web")

    assert place == DashboardPlace(grafana.url, *expected)


def test_a_wrong_address_is_no_missing_dashboard(grafana: Any) -> None:
    with pytest.raises(Refusal, match="not found") as refused:
        find(Grafana(GrafanaServer(f"{grafana.url}/wrong"), 5), "web")

    assert "check grafana.url" in refused.value.hint


def test_a_uid_from_a_search_stays_one_part_of_the_path(grafana: Any) -> None:
    grafana.has("/api/search", [{"uid": "../admin/x", "title": "Odd one"}])

    with pytest.raises(Refusal, match="not found"):
        find(Grafana(GrafanaServer(grafana.url), 5), "Odd one")
    assert "/api/dashboards/uid/..%2Fadmin%2Fx" in grafana.targets()


def test_dashboards_beyond_the_first_page_are_found(grafana: Any) -> None:
    page = [{"uid": f"u{n}", "title": f"t{n}"} for n in range(5000)]
    for number, hits in ((1, page), (2, [{"uid": "last", "title": "Last one"}])):
        query = [("type", "dash-db"), ("limit", "5000"), ("page", str(number))]
        grafana.has("/api/search", hits, query=query)
    grafana.has("/api/dashboards/uid/last", {"dashboard": {}})

    assert find(Grafana(GrafanaServer(grafana.url), 5), "Last one")[0].key == "last"


def test_a_grafana_without_pages_is_not_asked_for_ever(grafana: Any) -> None:
    grafana.has("/api/search", [{"uid": f"u{n}", "title": f"t{n}"} for n in range(5000)])

    with pytest.raises(Refusal, match="not found"):
        find(Grafana(GrafanaServer(grafana.url), 5), "No such")
    assert len(grafana.requests) == 2


def test_what_is_no_dashboard_is_said_so(grafana: Any) -> None:
    grafana.has("/api/dashboards/uid/aaa", {"meta": {}})

    with pytest.raises(GrafanaError, match="without a dashboard"):
        find(Grafana(GrafanaServer(grafana.url), 5), "aaa")


def test_the_list_of_grafana_2_0_1_is_an_object(grafana: Any) -> None:
    grafana.has("/api/search", {"dashboards": [{"slug": "web"}]})

    assert search(Grafana(GrafanaServer(grafana.url), 5)) == [{"slug": "web"}]
