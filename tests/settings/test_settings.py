"""Settings: where they come from, which one wins, and what is said about a wrong one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grafherald.errors import ConfigError
from grafherald.settings import Config, load
from grafherald.settings import sources as config

CHAT = {"channels": {"on-call": {"type": "slack", "webhook_url": "https://hooks/x"}}}


@pytest.fixture(autouse=True)
def no_default_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "DEFAULT_FILE", str(tmp_path / "absent.yml"))


def write(path: Path, tree: Any) -> str:
    path.write_text(json.dumps(tree))
    return str(path)


def test_without_any_file_everything_has_its_default() -> None:
    settings = load(None, [], {})
    assert settings.get("graph.wait", 10) == 10
    assert settings.channels == {}


@pytest.mark.parametrize("name", ["grafherald.json", "grafherald.yml"])
def test_json_and_yaml_are_read(tmp_path: Path, name: str) -> None:
    settings = load(write(tmp_path / name, CHAT), [], {})
    assert settings.channels["on-call"]["webhook_url"] == "https://hooks/x"


def test_a_file_as_chef_writes_it_for_sensu_core_is_unwrapped(tmp_path: Path) -> None:
    path = write(tmp_path / "grafherald.json", {"grafherald": {"graph": {"wait": 3}}})
    assert load(path, [], {}).get("graph.wait") == 3


def test_the_variable_names_the_file_unless_the_flag_does(tmp_path: Path) -> None:
    one = write(tmp_path / "one.json", {"graph": {"wait": 1}})
    two = write(tmp_path / "two.json", {"graph": {"wait": 2}})
    environment = {"GRAFHERALD_CONFIG": one}
    assert load(None, [], environment).get("graph.wait") == 1
    assert load(two, [], environment).get("graph.wait") == 2


def test_a_flag_beats_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "c.json", {"graph": {"from": "now-1h", "to": "now", "wait": 1}})
    environment = {"GRAFHERALD_GRAPH__FROM": "now-2h", "GRAFHERALD_GRAPH__WAIT": "2"}
    settings = load(path, ["graph.wait=3"], environment)
    assert settings.settings["graph"] == {"from": "now-2h", "to": "now", "wait": 3}
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
    assert settings.settings["grafana"] == {"url": "https://g", "token": "glsa_x"}


def test_a_secret_set_later_replaces_its_file(tmp_path: Path) -> None:
    path = write(tmp_path / "c.json", {"grafana": {"token_file": "/nowhere/token"}})
    assert load(path, [], {"GRAFHERALD_GRAFANA__TOKEN": "t"}).get("grafana.token") == "t"


def test_secrets_are_not_in_the_settings_representation() -> None:
    assert "glsa_x" not in repr(Config({"grafana": {"token": "glsa_x"}}))


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"graph": {"wait": "soon"}}, "graph.wait: expected a number, got 'soon'"),
        ({"graf": {}}, "graf: unknown key"),
        ({"channels": {"x": {}}}, "channels.x.type: missing"),
        ({"channels": {"x": {"type": "irc"}}}, "channels.x.type: there is no channel type 'irc'"),
        (
            {"channels": {"x": {"type": "email", "from": "a@b", "to": "c@d", "smpt": "x"}}},
            "channels.x.smpt: unknown key, did you mean smtp?",
        ),
        ({"routes": [{"channels": ["ops"]}]}, "routes.0.channels: there is no channel 'ops'"),
        ({"grafana": {"token_file": "/nowhere"}}, "grafana.token_file: /nowhere cannot be read"),
        ([1], "expected keys and values"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, tree: Any, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path / "c.json", tree), [], {})
    assert said in str(caught.value)


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
