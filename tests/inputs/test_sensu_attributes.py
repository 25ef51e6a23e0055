"""What checks, clients and entities say about their notification."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grafherald.inputs.sensu import attributes
from grafherald.inputs.sensu.command import masked, masked_input

A, B = "https://g.example.com/render/d-solo/a?panelId=1", "https://g.example.com/render/d-solo/b"


@pytest.mark.parametrize(
    ("value", "urls"),
    [
        (A, (A,)),
        ([A, B, A], (A, B)),
        (f"{A} {B}", (A, B)),
        (f" {A}\n{B}\n", (A, B)),
        (f"{A}, {B}", (A, B)),
        (f"{A},{B}", (A, B)),
        (f'"{A}"', (A,)),
        (f"<{A}>,<{B}>", (A, B)),
        (f"{A}&amp;var-disk=sda", (f"{A}&var-disk=sda",)),
        (f'["{A}", "{B}"]', (A, B)),
        (f"{A}&var-disk=C drive", (f"{A}&var-disk=C%20drive",)),
        ([A, None, "", {"url": B}, 5], (A, "5")),
        ("", ()),
        (" \n", ()),
        ("[]", ()),
        ("REDACTED", ()),
        (None, ()),
        ({"url": A}, ()),
        (True, ()),
    ],
)
def test_graph_images_are_one_or_many(value: Any, urls: tuple[str, ...]) -> None:
    found = attributes.find(["graph_image"], [{"graph_image": value}])
    assert found.get("graph_image", ()) == urls


@pytest.mark.parametrize(
    ("value", "rooms"),
    [
        ("ops", ("ops",)),
        ("Ops Room, dba ,", ("Ops Room", "dba")),
        (["ops", "a, b"], ("ops", "a", "b")),
        ('["ops", "dba"]', ("ops", "dba")),
        ("[ops]", ("[ops]",)),
        ("[" * 100_000, ("[" * 100_000,)),
        (4711, ("4711",)),
        (",", ()),
    ],
)
def test_recipients_are_one_or_many(value: Any, rooms: tuple[str, ...]) -> None:
    found = attributes.recipients([{"hipchat_room": value}])
    assert found.get("hipchat_room", ()) == rooms


def test_a_text_is_not_taken_apart() -> None:
    said = 'Disk is full, "/var" [see] https://wiki.example.com'
    assert attributes.find(["notification"], [{"notification": said}]) == {"notification": (said,)}


def test_whom_an_event_goes_to_is_known_by_the_names_end() -> None:
    place = {
        "pager_to": "jane",
        "xmpp_room": ["a", "b"],
        "team_channel": "c",
        "to": "x",
        "room": "y",
    }
    assert attributes.recipients([place, {"pager_to": "ann"}]) == {
        "pager_to": ("jane",),
        "xmpp_room": ("a", "b"),
        "team_channel": ("c",),
    }


def test_the_first_place_that_has_a_text_wins() -> None:
    places = [{"runbook": ""}, {"runbook": "REDACTED"}, {"runbook": None}, {"runbook": "x"}]
    assert attributes.find(["runbook", "playbook"], places) == {"runbook": ("x",)}


@pytest.mark.parametrize(
    "value", [None, "", "not json", "[1]", '"x"', "{", '{"a":' * 100_000, 5, {"runbook": "x"}]
)
def test_malformed_json_attributes_are_passed_over(value: Any) -> None:
    assert attributes.migrated({"sensu.io.json_attributes": value}) == {}


@pytest.mark.parametrize(
    "key", ["token", "grafana.token", "grafana.url", "channels.ops.url", "store", "smtp", "to", ""]
)
def test_no_annotation_can_say_where_a_token_goes(key: str) -> None:
    assert attributes.overrides([{f"sensu.io/plugins/grafherald/config/{key}": "x"}]) == {}


@pytest.mark.parametrize(
    "annotation",
    [
        "sensu.io/plugins/grafherald/config/channels",
        "sensu.io/plugins/grafherald/config/Channels",
        "Sensu.io/Plugins/Grafherald/Config/CHANNELS",
    ],
)
def test_an_override_is_found_in_any_case(annotation: str) -> None:
    assert attributes.overrides([{annotation: " ops "}]) == {"channels": "ops"}


@pytest.mark.parametrize("annotation", ["channels", "sensu.io/plugins/slack/config/channel"])
def test_other_annotations_override_nothing(annotation: str) -> None:
    assert attributes.overrides([{annotation: "ops"}]) == {}


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("check-db --password hunter2 -w 5", "check-db --password *** -w 5"),
        ("check-db --db-password='a b' -w 5", "check-db --db-password=*** -w 5"),
        ('check-db -password "a b" -w 5', "check-db -password *** -w 5"),
        ("MYSQL_PASSWORD=x PGPASSWD=y check-db", "MYSQL_PASSWORD=*** PGPASSWD=*** check-db"),
        ("curl -u admin:hunter2 http://h/", "curl -u admin:*** http://h/"),
        ("curl https://admin:hunter2@h/?x=1", "curl https://admin:***@h/?x=1"),
        ("curl 'https://h/?api_key=abc&x=1'", "curl 'https://h/?api_key=***&x=1'"),
        (
            "curl -H 'Authorization: Bearer abc' h",
            "curl -H 'Authorization: Bearer ***' h",
        ),
        ("curl -H 'X-Auth-Token: abc' h", "curl -H 'X-Auth-Token: *** h"),
        ("check --token", "check --token"),
        ("check --token -w 5", "check --token -w 5"),
        ("mysqladmin -u root -phunter2 ping", "mysqladmin -u root -p*** ping"),
        ("check_mysql -u x -P 3306 -p hunter2 -w 5", "check_mysql -u x -P 3306 -p *** -w 5"),
        ("check_snmp -H h -C hunter2 -c 5", "check_snmp -H h -C *** -c 5"),
        ("check_http -H h -a me:hunter2 -p 80", "check_http -H h -a me:*** -p 80"),
        # what only looks like one
        ("check_http -H mysql.example.com -p 80", "check_http -H mysql.example.com -p 80"),
        ("check-procs -p chef-client -W 1", "check-procs -p chef-client -W 1"),
        ("check-password-age -w 5", "check-password-age -w 5"),
        (
            "check-http.rb -u :::website|http://h.example.org:::",
            "check-http.rb -u :::website|http://h.example.org:::",
        ),
        ("check-http -u http://h/", "check-http -u http://h/"),
        ("x " * 600, "x " * 499 + "x …"),
        ("a" * 2000, " …"),
    ],
)
def test_plain_secrets_in_commands_are_masked(command: str, shown: str) -> None:
    assert masked(command) == shown


def test_an_input_as_it_came_is_shown_without_the_commands_passwords() -> None:
    raw = '{"check": {"command": "x --password \\"hunter2\\" -w 1", "output": "command"}, "n": 1}'
    shown = masked_input(raw)
    assert "hunter2" not in shown
    assert json.loads(shown)["check"]["command"] == "x --password *** -w 1"
    assert masked_input(raw[:40]) == raw[:40], "what is no command is left alone"
    assert masked_input('{"command" :"id"}') == '{"command" :"id"}'
