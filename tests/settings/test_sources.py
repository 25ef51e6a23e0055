"""Settings: where they come from, which one wins, and what is said about a wrong one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from grafherald.errors import ConfigError
from grafherald.settings import Settings, sources

CHAT = {"channels": {"on-call": {"type": "slack", "webhook_url": "https://hooks/x"}}}
MAIL = {"type": "email", "smtp": "smtp://localhost", "from": "a@example.com"}


def load(
    file: str | None = None, assignments: Sequence[str] = (), environment: Mapping[str, str] = {}
) -> Settings:
    """Load as on a machine that has no settings of its own."""
    return sources.load(file, assignments, environment, folder="/nonexistent")


def write(path: Path, tree: Any) -> str:
    path.write_text(json.dumps(tree))
    return str(path)


def test_without_any_file_everything_has_its_default() -> None:
    settings = load(None, [], {})
    assert settings.graph.wait == 10
    assert settings.channels == {}


@pytest.mark.parametrize("name", ["grafherald.json", "grafherald.yml"])
def test_json_and_yaml_are_read(tmp_path: Path, name: str) -> None:
    settings = load(write(tmp_path / name, CHAT), [], {})
    assert settings.channels["on-call"]["webhook_url"] == "https://hooks/x"


def test_a_file_as_chef_writes_it_for_sensu_core_is_unwrapped(tmp_path: Path) -> None:
    path = write(tmp_path / "grafherald.json", {"grafherald": {"graph": {"wait": 3}}})
    assert load(path, [], {}).graph.wait == 3


def test_the_variable_names_the_file_unless_the_flag_does(tmp_path: Path) -> None:
    one = write(tmp_path / "one.json", {"graph": {"wait": 1}})
    two = write(tmp_path / "two.json", {"graph": {"wait": 2}})
    environment = {"GRAFHERALD_CONFIG": one}
    assert load(None, [], environment).graph.wait == 1
    assert load(two, [], environment).graph.wait == 2


def test_a_flag_beats_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "c.json", {"graph": {"from": "now-1h", "to": "now", "wait": 1}})
    environment = {"GRAFHERALD_GRAPH__FROM": "now-2h", "GRAFHERALD_GRAPH__WAIT": "2"}
    settings = load(path, ["graph.wait=3"], environment)
    assert settings.tree["graph"] == {"from": "now-2h", "to": "now", "wait": 3}
    assert settings.origins == {
        "graph.from": "$GRAFHERALD_GRAPH__FROM",
        "graph.to": path,
        "graph.wait": "--set",
    }


def test_a_variable_finds_a_key_whatever_its_case_and_dashes(tmp_path: Path) -> None:
    environment = {"GRAFHERALD_CHANNELS__ON_CALL__WEBHOOK_URL": "https://hooks/y"}
    settings = load(write(tmp_path / "c.json", CHAT), [], environment)
    assert settings.channels["on-call"]["webhook_url"] == "https://hooks/y"


def test_a_channel_can_come_from_the_environment_alone(tmp_path: Path) -> None:
    environment = {
        "GRAFHERALD_CHANNELS__MAIL__TYPE": "email",
        "GRAFHERALD_CHANNELS__MAIL__SMTP": "smtp://localhost",
        "GRAFHERALD_CHANNELS__MAIL__FROM": "a@example.com",
        "GRAFHERALD_CHANNELS__MAIL__TO": "b@example.com, c@example.com",
    }
    assert load(None, [], environment).channels["mail"]["to"] == ["b@example.com", "c@example.com"]


def test_variables_of_sensus_assets_are_none_of_ours() -> None:
    assert load(None, [], {"GRAFHERALD_GRAFHERALD_PATH": "/cache", "GRAFHERALD_PATH": "/x"})


def test_a_secret_can_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("glsa_x\n")
    grafana = {"url": "https://g", "token_file": str(tmp_path / "token")}
    settings = load(write(tmp_path / "c.json", {"grafana": grafana}), [], {})
    assert settings.tree["grafana"] == {"url": "https://g", "token": "glsa_x"}


def test_what_an_alias_repeats_can_be_set_on_its_own(tmp_path: Path) -> None:
    file = tmp_path / "c.yml"
    file.write_text(
        "grafana: &g {url: 'https://g', token_file: /nonexistent/t}\nchat: {grafanas: {b: *g}}\n"
    )
    settings = load(str(file), ["grafana.token=t"])
    assert settings.grafana.token == "t"
    assert list(settings.broken) == ["chat"]


def test_a_secret_set_later_replaces_its_file(tmp_path: Path) -> None:
    path = write(tmp_path / "c.json", {"grafana": {"token_file": "/nowhere/token"}})
    assert load(path, [], {"GRAFHERALD_GRAFANA__TOKEN": "t"}).grafana.token == "t"


def test_secrets_are_not_in_the_settings_representation() -> None:
    assert "glsa_x" not in repr(Settings.of({"grafana": {"token": "glsa_x"}}).grafana)


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"graph": {"wait": "soon"}}, "graph.wait: expected a number, got 'soon'"),
        ({"graf": {}}, "graf: unknown key"),
        ({"grafana": {"ulr": "x"}}, "grafana.ulr: unknown key, did you mean url?"),
        ({"routes": [{"channels": ["ops"]}]}, "routes.0.channels: there is no channel 'ops'"),
        ({"icinga": {"events": True}}, "icinga.events: icinga.api has to say where they come from"),
        ({"graph": {"from": "6h ago"}}, "graph.from: expected a time as Grafana takes it"),
        ({"chat": {"rooms": {"ops": {"to": "noon"}}}}, "chat.rooms.ops.to: expected a time"),
        ({"grafana": {"url": "grafana.example.com"}}, "grafana.url: expected an http or https URL"),
        ({"images": {"publish": {"url": "presined"}}}, "expected one of presigned or an http"),
        ({"listen": {"http": "localhost"}}, "listen.http: expected HOST:PORT, got 'localhost'"),
        ({"store": "mysql://x"}, "store: expected sqlite:////path/to/file or postgresql://"),
        ({"routes": [{"channels": [], "match": {"check": []}}]}, "routes.0.match.check"),
        ([1], "expected keys and values"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, tree: Any, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path / "c.json", tree))
    assert said in str(caught.value)
    assert "c.json" in str(caught.value)


@pytest.mark.parametrize(
    ("match", "said"),
    [
        ({"severity": ["crit"]}, "no severity is like 'crit'; there are ok, warning, critical"),
        ({"severity": "Critical"}, "no severity is like 'Critical'"),
        ({"severity": "!=crit"}, "no severity is like 'crit'"),
        ({"check": "!~("}, "'!~\\(' is no regular expression"),
        ({"labels": {"team": "=db"}}, "team: '=db': write =~ before a regular expression"),
        ({"labels": {"team": ["db", "!web"]}}, "team: '!web': write =~ before"),
        ({"labels": {"team": "~web"}}, "team: '~web': write =~ before"),
        ({"kind": "recovery"}, "no kind is like 'recovery'; there are problem, resolve"),
    ],
)
def test_a_route_that_no_event_can_take_is_refused(
    tmp_path: Path, match: dict[str, Any], said: str
) -> None:
    tree = {**CHAT, "routes": [{"match": match, "channels": ["on-call"]}]}
    with pytest.raises(ConfigError, match=said):
        load(write(tmp_path / "c.json", tree))


@pytest.mark.parametrize(
    ("mute", "said"),
    [
        ({"days": "weekend"}, "days: expected weekdays, such as sat-sun or mon,wed, got 'weekend'"),
        ({"days": "monkey"}, "days: expected weekdays"),
        ({"days": "mo-fr"}, "days: expected weekdays"),
        ({"days": "sat-"}, "days: expected weekdays"),
        ({"hours": "22-6"}, "hours: expected hours, such as 22:00-06:00, got '22-6'"),
        ({"hours": "10pm-6am"}, "hours: expected hours"),
        ({"hours": "06:00-06:00"}, "hours: expected hours"),
        ({"hours": "24:00-06:00"}, "hours: expected hours"),
        ({"hours": "9:60-17:00"}, "hours: expected hours"),
        ({"hour": "22:00-06:00"}, "hour: unknown key, did you mean hours"),
        ({"tz": "UTC"}, r"mute\.0: says neither days nor hours"),
        ({"days": "sat", "tz": "Europe/Warschau"}, "there is no time zone 'Europe/Warschau'"),
    ],
)
def test_a_mute_time_that_is_none_is_said(tmp_path: Path, mute: dict[str, str], said: str) -> None:
    tree = {**CHAT, "routes": [{"channels": ["on-call"], "mute": [mute]}]}
    with pytest.raises(ConfigError, match=said):
        load(write(tmp_path / "c.json", tree))


def test_a_glob_of_severities_is_a_severity(tmp_path: Path) -> None:
    match = {"severity": ["crit*", "unknown"], "kind": "downtime-*"}
    tree = {**CHAT, "routes": [{"match": match, "channels": ["on-call"]}]}
    (route,) = load(write(tmp_path / "c.json", tree)).routes
    assert (route.match.severity, route.match.kind) == (("crit*", "unknown"), ("downtime-*",))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("c.yml", "graph:\n  wait: 3\n  form: now\n", "c.yml, line 3"),
        ("c.json", '{"graph": {\n"wait": 3,\n"form": "now"}}', "c.json, line 3"),
        ("c.json", '{"grafherald":\n {"graph":\n {"form": "now"}}}', "c.json, line 3"),
    ],
)
def test_a_wrong_key_of_a_file_is_named_with_its_line(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(str(tmp_path / name))
    assert str(caught.value).startswith("graph.form: unknown key, did you mean from? (")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "store: sqlite:////tmp/x.db\ngrafanna:\n\n  url: http://g\n",
            "mean grafana? ({0}, line 2)",
        ),
        ("routes:\n  match: {check: x}\n", "routes: expected a list, got an object ({0}, line 1)"),
        ("x-common: &a\n  room: ops\n", "x-common: unknown key ({0}, line 1)"),
    ],
)
def test_a_wrong_section_is_named_with_the_line_of_its_key(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "c.yml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(str(tmp_path / "c.yml"))
    assert str(caught.value).endswith(said.format(tmp_path / "c.yml"))


def test_a_section_that_a_variable_or_flag_misspells_is_named_with_it() -> None:
    for given, said in (
        (([], {"GRAFHERALD_CHANELS__OPS__ROOM": "x"}), "($GRAFHERALD_CHANELS__OPS__ROOM)"),
        ((["chanels.ops.room=x"], {}), "(--set)"),
    ):
        with pytest.raises(ConfigError) as caught:
            load(None, *given)
        assert str(caught.value) == f"chanels: unknown key, did you mean channels? {said}"


@pytest.mark.parametrize("text", ["a,b", "[a, b]", '["a", "b"]'])
def test_a_list_in_a_variable_may_be_written_as_in_json_or_yaml(tmp_path: Path, text: str) -> None:
    channel = {"type": "hipchat", "room": "ops", "token": "t"}
    path = write(tmp_path / "c.json", {"channels": {"ops": channel}})
    settings = load(path, [], {"GRAFHERALD_CHANNELS__OPS__ROOM": text})
    assert settings.channels["ops"]["room"] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("True", True), ("yes", True), ("off", False), ("NO", False)],
)
def test_true_and_false_are_written_as_in_yaml(tmp_path: Path, text: str, value: bool) -> None:
    channel = {"type": "hipchat", "room": "ops", "token": "t"}
    path = write(tmp_path / "c.json", {"channels": {"ops": channel}})
    settings = load(path, [], {"GRAFHERALD_CHANNELS__OPS__NOTIFY": text})
    assert settings.channels["ops"]["notify"] is value


@pytest.mark.parametrize("given", ["=x", "graph..wait=5", ".=1", "graph.wait"])
def test_an_assignment_without_a_key_or_a_value_is_refused(given: str) -> None:
    with pytest.raises(ConfigError, match=r"^--set .*: expected KEY=VALUE"):
        load(None, [given])


def test_an_empty_secret_is_nothing(tmp_path: Path) -> None:
    channel = {"type": "hipchat", "room": "ops", "token": "t"}
    path = write(tmp_path / "c.json", {"channels": {"ops": channel}})
    settings = load(path, [], {"GRAFHERALD_CHANNELS__OPS__TOKEN": ""})
    said = "channels.ops.token: expected something, got nothing ($GRAFHERALD_CHANNELS__OPS__TOKEN)"
    assert settings.broken == {"channels.ops": said}


def test_a_wrong_variable_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "c.json", {"graph": {"from": "now-1h"}})
    with pytest.raises(ConfigError) as caught:
        load(path, [], {"GRAFHERALD_GRAPH__WAIT": "soon"})
    said = "graph.wait: expected a number, got 'soon' ($GRAFHERALD_GRAPH__WAIT)"
    assert str(caught.value) == said


def test_all_that_is_wrong_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path / "c.json", {"graph": {"wait": -1, "reuse": -1}, "graf": 1}))
    assert len([str(caught.value), *caught.value.others]) == 3


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("c.yml", "graph:\n  wait: 1\n  wait: 2\n", "line 3: graph.wait: stands there twice"),
        ("c.json", '{"graph": {"wait": 1,\n"wait": 2}}', "line 2: graph.wait: stands there twice"),
        ("c.yml", "channels:\n  a: {}\n  a: {}\n", "line 3: channels.a: stands there twice"),
        ("c.yml", "graph: {}\n---\nchat: {}\n", "holds 2 documents"),
    ],
)
def test_a_key_that_stands_there_twice_is_an_error(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(str(tmp_path / name))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        (
            {"images": {"service": "https://g/i", "publish": {"directory": "p"}}},
            "images.service, images.publish: give one of them, not both",
        ),
        (
            {"images": {"publish": {"directory": "p", "store": "s3://b"}}},
            "images.publish.directory, images.publish.store: give one of them, not both",
        ),
        (
            {"grafana": {"token": "glsa_x", "token_file": "/x"}},
            "grafana.token, grafana.token_file: give one of them, not both",
        ),
        (
            {"chat": {"grafanas": {"b": {"token": "glsa_x", "token_file": "/x"}}}},
            "chat.grafanas.b.token, chat.grafanas.b.token_file: give one of them, not both",
        ),
    ],
)
def test_of_two_keys_that_exclude_each_other_one_is_enough(
    tmp_path: Path, tree: Any, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path / "c.json", tree))
    assert said in str(caught.value)
    assert "glsa_x" not in str(caught.value)


def test_two_variables_that_exclude_each_other_are_named() -> None:
    environment = {"GRAFHERALD_GRAFANA__TOKEN": "t", "GRAFHERALD_GRAFANA__TOKEN_FILE": "/x"}
    with pytest.raises(ConfigError) as caught:
        load(None, [], environment)
    assert "$GRAFHERALD_GRAFANA__TOKEN and $GRAFHERALD_GRAFANA__TOKEN_FILE" in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "channels.x.type: missing"),
        (5, "channels.x: expected an object, got 5"),
        ({"type": "irc"}, "channels.x.type: there is no channel type 'irc'"),
        ({**MAIL, "smpt": "x"}, "channels.x.smpt: unknown key, did you mean smtp?"),
        ({**MAIL, "fallback": "y"}, "channels.x.fallback: there is no channel 'y'"),
        ({**MAIL, "smtp_file": "/x"}, "channels.x.smtp, channels.x.smtp_file: give one of them"),
        (
            {"type": "hipchat", "token_file": "/nonexistent/token"},
            "channels.x.token_file: /nonexistent/token cannot be read: No such file",
        ),
    ],
)
def test_what_is_wrong_with_a_channel_costs_that_channel_alone(
    tmp_path: Path, settings: Any, said: str
) -> None:
    tree = {"channels": {"x": settings, **CHAT["channels"]}}
    found = load(write(tmp_path / "c.json", tree))
    assert list(found.channels) == ["on-call"]
    assert found.channel_names == ("x", "on-call")
    assert list(found.broken) == ["channels.x"]
    assert said in found.broken["channels.x"]
    assert "c.json, line 1" in found.broken["channels.x"]


def test_a_broken_channel_may_still_be_named_by_a_route(tmp_path: Path) -> None:
    tree = {"channels": {"x": {"type": "irc"}}, "routes": [{"channels": ["x"]}]}
    assert load(write(tmp_path / "c.json", tree)).routes[0].channels == ("x",)


@pytest.mark.parametrize("part", ["grafana", "board", "datasource", "listen"])
def test_a_secret_that_is_not_to_be_had_costs_its_part_alone(tmp_path: Path, part: str) -> None:
    name = "password" if part == "board" else "token"
    empty = tmp_path / "secret"
    empty.write_text("\n")
    tree = {**CHAT, part: {f"{name}_file": str(empty)}}
    settings = load(write(tmp_path / "c.json", tree))
    assert list(settings.channels) == ["on-call"]
    assert f"{part}.{name}_file: {empty} is empty" in settings.broken[part]
    settings.require("channels.on-call", "history")
    with pytest.raises(ConfigError, match="is empty"):
        settings.require("history", part)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_secret_says_who_should_read_it(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("t")
    secret.chmod(0)
    settings = load(write(tmp_path / "c.json", {"grafana": {"token_file": str(secret)}}))
    assert (
        "Permission denied; let only this user's group read it: chgrp" in settings.broken["grafana"]
    )
    assert f"chmod 640 {secret}" in settings.broken["grafana"]


def test_without_a_channel_alerts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="channels: the settings name none"):
        load().require_channels()
    broken = load(write(tmp_path / "c.json", {"channels": {"x": {"type": "irc"}}}))
    with pytest.raises(ConfigError, match="there is no channel type 'irc'"):
        broken.require_channels()
    load(write(tmp_path / "d.json", CHAT)).require_channels()


@pytest.mark.parametrize("name", ["grafherald.yml", "grafherald.json"])
def test_the_default_file_is_yaml_or_json(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, CHAT)
    settings = sources.load(None, [], {}, folder=str(tmp_path))
    assert list(settings.channels) == ["on-call"]


def test_two_default_files_are_one_too_many(tmp_path: Path) -> None:
    write(tmp_path / "grafherald.yml", CHAT)
    write(tmp_path / "grafherald.json", CHAT)
    with pytest.raises(ConfigError, match=r"grafherald\.yml and .*grafherald\.json"):
        sources.load(None, [], {}, folder=str(tmp_path))
    sources.load(str(tmp_path / "grafherald.yml"), [], {}, folder=str(tmp_path))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("c.yml", "a: [1", "line 1"),
        ("c.yml", "a: \x00", "control character"),
        ("c.json", "{", "is not JSON"),
        ("c.yml", b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, name: str, text: str | bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        load(str(path), [], {})
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_a_missing_file_that_was_asked_for_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(str(tmp_path / "nothing.yml"), [], {})


@pytest.mark.parametrize("assignment", ["graph.wait", "graph.wait=soon", "graph.what=1"])
def test_a_wrong_flag_is_an_error(assignment: str) -> None:
    with pytest.raises(ConfigError, match=r"graph\.wa|graph\.what"):
        load(None, [assignment], {})
