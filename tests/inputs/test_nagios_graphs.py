"""A host's or service's graph is found wherever it is written, whatever Nagios did to it."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from grafherald.inputs.nagios import notification as nagios

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=timezone.utc)
BASE = {"NOTIFICATIONTYPE": "PROBLEM", "HOSTNAME": "db01", "HOSTALIAS": "db 01"}
RENDER = "https://grafana.example.com/render/d-solo/abc/disks"


def graphs(prefix: str = "NAGIOS_", **macros: str) -> tuple[str, ...]:
    texts = BASE | {"SERVICEDESC": "disk"} | macros
    environment = {prefix + name: text for name, text in texts.items()}
    (event,) = nagios.read(environment, {}, now=NOW)
    return event.attributes.get("graph_image", ())


def test_the_graph_of_the_service_goes_before_its_hosts() -> None:
    assert graphs(
        _SERVICEGRAPH_IMAGE=f"{RENDER}?panelId=1", _HOSTGRAPH_IMAGE=f"{RENDER}?panelId=9"
    ) == (f"{RENDER}?panelId=1",)
    assert graphs(_HOSTGRAPH_IMAGE=f"{RENDER}?panelId=9") == (f"{RENDER}?panelId=9",)


def test_a_host_has_none_of_a_services_graphs() -> None:
    assert graphs(SERVICEDESC="", _SERVICEGRAPH_IMAGE=f"{RENDER}?panelId=1") == ()


@pytest.mark.parametrize("separator", ["", ";", " ", "%26"])
def test_lost_ampersands_are_put_back(separator: str) -> None:
    lost = f"{RENDER}?orgId=1&panelId=2&var-host=db01".replace("&", separator)
    assert graphs(_SERVICEGRAPH_IMAGE=lost) == (f"{RENDER}?orgId=1&panelId=2&var-host=db01",)


@pytest.mark.parametrize("separator", [" ", ";", ", ", " ; ", "\n"])
def test_one_variable_can_hold_several(separator: str) -> None:
    both = separator.join([f"{RENDER}?orgId=1;panelId=2", f"{RENDER}?orgId=1panelId=3"])
    assert graphs(_SERVICEGRAPH_IMAGE=both) == (
        f"{RENDER}?orgId=1&panelId=2",
        f"{RENDER}?orgId=1&panelId=3",
    )


@pytest.mark.parametrize("macro", ["ACTIONURL", "NOTESURL"])
@pytest.mark.parametrize("scope", ["SERVICE", "HOST"])
def test_a_render_url_is_a_graph_and_no_link(macro: str, scope: str) -> None:
    url = f"{RENDER}?orgId=1&panelId=2"
    assert graphs(**{scope + macro: url}) == (url,)
    environment = BASE | {"SERVICEDESC": "disk", scope + macro: url}
    (event,) = nagios.read({}, environment, now=NOW)
    assert event.links == ()


def test_a_page_is_no_graph() -> None:
    assert graphs(SERVICEACTIONURL="https://grafana.example.com/d/abc?viewPanel=2") == ()


@pytest.mark.parametrize(
    ("macros", "urls"),
    [
        (
            {"DASHBOARD": "abc/disks", "PANEL": "2", "VARS": "host=db01;mount=/srv"},
            ["/render/d-solo/abc/disks?panelId=2&var-host=db01&var-mount=%2Fsrv"],
        ),
        (
            {"DASHBOARD": "abc", "PANEL": "2, 3"},
            ["/render/d-solo/abc?panelId=2", "/render/d-solo/abc?panelId=3"],
        ),
        ({"DASHBOARD": "abc"}, ["/render/d/abc"]),
        ({"DASHBOARD": "db/disks", "PANEL": "2"}, ["/render/dashboard-solo/db/disks?panelId=2"]),
        ({"DASHBOARD": "a b?c", "PANEL": "x"}, ["/render/d/a%20b%3Fc"]),
        (
            {
                "DASHBOARD": "abc",
                "PANEL": "2",
                "VARS": "host=HOSTNAME alias=$HOSTALIAS$ var-x=HOST",
            },
            ["/render/d-solo/abc?panelId=2&var-host=db01&var-alias=db%2001&var-x=HOST"],
        ),
        ({"PANEL": "2"}, []),
    ],
)
def test_a_graph_is_built_from_its_parts(macros: dict[str, str], urls: list[str]) -> None:
    texts = {f"_SERVICEGRAPH_{name}": text for name, text in macros.items()}
    assert graphs(**texts) == tuple(urls)


@pytest.mark.parametrize("written", ["HOSTNAME", "$HOSTNAME$"])
def test_macros_in_custom_variables_are_filled(written: str) -> None:
    lost = f"{RENDER}?panelId=2var-host={written}"
    assert graphs(_SERVICEGRAPH_IMAGE=lost) == (f"{RENDER}?panelId=2&var-host=db01",)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("$HOSTNAME$.example.com", "db01.example.com"),
        ("$HOSTALIAS$/$SERVICEDESC$", "db%2001/disk"),
        ("$_HOSTNOSUCH$", "$_HOSTNOSUCH$"),
        ("$__all", "$__all"),
    ],
)
def test_a_macro_is_filled_in_anywhere_or_stays(written: str, shown: str) -> None:
    url = f"{RENDER}?orgId=1;panelId=2;var-host={written}"
    assert graphs(_SERVICEGRAPH_IMAGE=url) == (f"{RENDER}?orgId=1&panelId=2&var-host={shown}",)


@pytest.mark.parametrize(
    "written",
    [
        "{} ' target='_blank",
        "{}' class='tips' rel='/pnp4nagios/popup?host=db01",
        "'{}' 'https://wiki.example.com/disk'",
        "'https://wiki.example.com/disk' '{}'",
        "{}",
    ],
)
def test_an_action_url_may_end_its_own_attribute_or_hold_several(written: str) -> None:
    url = f"{RENDER}?orgId=1&panelId=2&var-disk=C drive"
    macros = {**BASE, "SERVICEDESC": "disk", "SERVICEACTIONURL": written.format(url)}
    (event,) = nagios.read({}, macros, now=NOW)
    assert event.attributes["graph_image"] == (url.replace(" ", "%20"),)
    wiki = (("Action", "https://wiki.example.com/disk"),)
    assert event.links == (wiki if "wiki" in written else ())


def test_quotes_around_a_url_are_not_of_it() -> None:
    both = f'"{RENDER}?orgId=1;panelId=2", "{RENDER}?orgId=1;panelId=3"'
    one, other = f"{RENDER}?orgId=1&panelId=2", f"{RENDER}?orgId=1&panelId=3"
    assert graphs(_SERVICEGRAPH_IMAGE=both) == (one, other)


@pytest.mark.parametrize("name", ["GRAPH_IMAGE", "GRAPHIMAGE", "_SERVICEGRAPH_IMAGE"])
def test_icinga_2_may_name_it_as_it_likes(name: str) -> None:
    url = f"{RENDER}?orgId=1&panelId=2"
    assert graphs("ICINGA_", **{name: url}) == (url,)
