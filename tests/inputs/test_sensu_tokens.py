"""Tokens that Sensu leaves in what a check says of its notification."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grafherald.event import Event

ReadFile = Callable[..., Event]
PANEL = "https://grafana.example.com/render/d-solo/a?panelId=1&var-host="


@pytest.mark.parametrize(
    ("token", "value"),
    [
        (":::name:::", "db-03"),
        (":::name:::-:::address:::", "db-03-192.0.2.31"),
        (":::db.cluster:::", "main%20%26%20more"),
        (":::db.port:::", "5432"),
        (":::nosuch|all:::", "all"),
        (":::nosuch|C drive:::", "C%20drive"),
        (":::nosuch:::", ":::nosuch:::"),
        (":::db:::", ":::db:::"),
        (":::secret:::", ":::secret:::"),
    ],
)
def test_core_fills_commands_in_and_we_the_rest(
    read_file: ReadFile, token: str, value: str
) -> None:
    client = {
        "name": "db-03",
        "address": "192.0.2.31",
        "db": {"cluster": "main & more", "port": 5432},
        "secret": "REDACTED",
    }
    event = read_file("core-problem", {"client": client, "check.graph_image": PANEL + token})
    assert event.attribute("graph_image") == PANEL + value


@pytest.mark.parametrize(
    ("token", "value"),
    [
        ("{{ .name }}", "web01"),
        ("{{.labels.region}}", "eu%2F1"),
        ("{{ .system.hostname }}", "web01.example.com"),
        ('{{ .labels.nosuch | default "all of them" }}', "all%20of%20them"),
        ("{{ .labels.nosuch }}", "{{%20.labels.nosuch%20}}"),
        ("{{ range .labels }}", "{{%20range%20.labels%20}}"),
    ],
)
def test_an_entity_of_go_has_its_own_tokens_filled_in(
    read_file: ReadFile, token: str, value: str
) -> None:
    entity = {
        "entity_class": "agent",
        "system": {"hostname": "web01.example.com"},
        "metadata": {
            "name": "web01",
            "namespace": "default",
            "labels": {"region": "eu/1"},
            "annotations": {"graph_image": PANEL + token},
        },
    }
    event = read_file("sensu-go", {"entity": entity, "check.metadata.annotations": None})
    assert event.attribute("graph_image") == PANEL + value


def test_the_host_of_a_url_may_be_a_token(read_file: ReadFile) -> None:
    client = {"name": "db 03", "grafana": "https://g.example.com:3000", "at": "g.example.com:3000"}
    for token in (":::grafana:::", "https://:::at:::"):
        said = {"check.graph_image": f"{token}/render/d-solo/a?panelId=1&var-host=:::name:::"}
        event = read_file("core-problem", {"client": client, **said})
        panel = "https://g.example.com:3000/render/d-solo/a?panelId=1&var-host=db%2003"
        assert event.attribute("graph_image") == panel


def test_a_text_is_filled_in_as_it_is_and_a_link_as_urls_have_it(read_file: ReadFile) -> None:
    said = {"check.notification": "look at :::a:::", "check.playbook": "https://wiki/:::a:::"}
    event = read_file("core-problem", {"client": {"name": "db-03", "a": "x & y"}, **said})
    assert event.attribute("notification") == "look at x & y"
    assert event.attribute("playbook") == "https://wiki/x%20%26%20y"


def test_keys_that_sensu_go_does_not_know_count_last(read_file: ReadFile) -> None:
    said = {"check.graph_image": PANEL, "check.hipchat_room": "ops", "entity.playbook": "call"}
    event = read_file("sensu-go", {"check.metadata.annotations": {"graph_image": "/a"}, **said})
    names = ("graph_image", "hipchat_room", "playbook")
    assert [event.attribute(name) for name in names] == ["/a", "ops", "call"]
