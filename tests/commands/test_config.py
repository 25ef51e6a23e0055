"""grafherald config: the settings in force without their secrets, and the schema for others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grafherald import channels, cli
from grafherald.settings.whole import whole_schema

SETTINGS = """
grafana: {url: "https://grafana.example.com", token_file: TOKEN}
store: postgresql://me:pg-password@db.example.com/x
proxy-is-no-setting: 1
""".replace("proxy-is-no-setting: 1\n", "")
CHANNELS = """
channels:
  ops: {type: slack, webhook_url: "https://hooks.example.com/services/T0/B0/webhook-path"}
  mail: {type: email, smtp: "smtp://me:mail-password@mx.example.com", from: a@example.com, to: [b@example.com]}
routes:
- {match: {check: "disk*"}, channels: [ops]}
"""  # noqa: E501 - YAML


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text("glsa_a-token-of-grafana")
    path = tmp_path / "grafherald.yml"
    path.write_text(SETTINGS.replace("TOKEN", str(tmp_path / "token")) + CHANNELS)
    return path


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, dict[str, Any]]:
    assert cli.main(["config", "show", "--json", *words]) == 0
    return {one["key"]: one for one in json.loads(capsys.readouterr().out)}


def test_each_setting_says_where_it_came_from(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFHERALD_GRAPH__WAIT", "5")
    found = shown(capsys, "--config", str(file), "--set", "deadline=20")
    assert found["grafana.url"]["origin"] == str(file)
    assert found["graph.wait"] == {
        "key": "graph.wait",
        "value": 5,
        "origin": "$GRAFHERALD_GRAPH__WAIT",
    }
    assert found["deadline"]["origin"] == "--set"
    assert found["grafana.token"]["origin"] == f"{file.parent / 'token'}, named in {file}"
    assert (found["graph.from"]["value"], found["graph.from"]["origin"]) == ("now-6h", "default")
    assert found["routes.0.match.check"]["value"] == "disk*"


@pytest.mark.parametrize("words", [(), ("--json",), ("--given",)])
def test_no_secret_is_shown(
    file: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert cli.main(["config", "show", "--config", str(file), *words]) == 0
    text = capsys.readouterr().out
    assert "***" in text
    for secret in ("glsa_", "pg-password", "webhook-path", "mail-password"):
        assert secret not in text
    assert "db.example.com" in text


def test_what_is_given_alone_has_no_default(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(capsys, "--config", str(file), "--given")
    assert all(one["origin"] != "default" for one in found.values())
    assert "channels.mail.to" in found


def test_a_channel_that_cannot_be_used_is_said(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["config", "show", "--config", str(file), "--set", "channels.ops.colour=red"]
    assert cli.main(words) == 1
    assert "can't be used: channels.ops" in capsys.readouterr().out


@pytest.mark.parametrize("name", channels.names())
def test_the_schema_knows_every_channel_type(name: str) -> None:
    check = jsonschema.Draft202012Validator(whole_schema())
    good = {"type": name, **channels.find(name).sample}
    assert not list(check.iter_errors({"channels": {"one": good}}))
    assert list(check.iter_errors({"channels": {"one": {**good, "no_such_key": 1}}}))


def test_the_schema_takes_a_secrets_file_for_the_secret() -> None:
    check = jsonschema.Draft202012Validator(whole_schema())
    mail = {"type": "email", "from": "a@example.com", "to": ["b@example.com"]}
    tree = {"grafana": {"token_file": "/t"}, "channels": {"m": {**mail, "smtp_file": "/s"}}}
    assert check.is_valid(tree)
    assert not check.is_valid({"channels": {"m": mail}})


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(whole_schema())
