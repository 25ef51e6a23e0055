"""The Chef cookbook: its Ruby is run, and what it makes of a node is what the handler takes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from grafherald.lint import lint
from grafherald.settings import checks

HERE = Path(__file__).parent
COOKBOOK = HERE.parents[1] / "contrib/chef/grafherald"
NODE = {"hostname": "web 01", "chef_environment": "production"}


def converged(about: dict[str, str] | None = None, /, **own: Any) -> dict[str, dict[str, Any]]:
    """What the recipe declares on `NODE`, by resource and name; *own* is below grafherald."""
    ruby = shutil.which("ruby")
    if not ruby:
        pytest.skip("ruby is not installed")
    node = json.dumps({**NODE, **(about or {}), "grafherald": own})
    words = [ruby, HERE / "chef_standin.rb", COOKBOOK]
    done = subprocess.run(words, input=node, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {f"{one['resource']} {one['name']}": one for one in json.loads(done.stdout)}


def test_a_checks_panel_is_made_of_the_nodes_data() -> None:
    url = converged()["sensu_check disk"]["additional"]["graph_image"]
    assert url.startswith("https://grafana.example.com/render/d-solo/node/host?")
    assert "var-host=web%2001" in url
    query = parse_qs(urlsplit(url).query)
    assert query["panelId"] == ["7"]
    assert query["var-environment"] == ["production"]
    assert query["var-mountpoint"] == ["/"]


@pytest.mark.parametrize("sensu", ["core", "go"])
def test_both_cookbooks_resources_get_what_they_know(sensu: str) -> None:
    found = converged(sensu=sensu)
    check, handler = found["sensu_check cpu"], found["sensu_handler grafherald"]
    assert check["handlers"] == ["grafherald"]
    assert ("subscribers" in check, "subscriptions" in check) == (sensu == "core", sensu == "go")
    assert ("annotations" in check) == (sensu == "go")
    assert (handler["type"], handler["command"]) == ("pipe", "grafherald sensu")


@pytest.mark.parametrize(
    ("family", "python", "package"),
    [("debian", "python3", "python3-venv"), ("rhel", "python3.12", "python3.12")],
)
def test_it_is_installed_once_and_again_when_another_version_is_named(
    tmp_path: Path, family: str, python: str, package: str
) -> None:
    """Python and pip are stand-ins that note how they are called."""
    (interpreter := tmp_path / python).write_text(
        f"#!/bin/sh\nmkdir -p {tmp_path}/venv/bin && cp {tmp_path}/pip {tmp_path}/venv/bin/pip\n"
    )
    (pip := tmp_path / "pip").write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/called\n')
    for program in (interpreter, pip):
        program.chmod(0o755)

    def run(line: str) -> int:
        line = line.replace("/opt/grafherald", f"{tmp_path}/venv")
        path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
        return subprocess.run(["sh", "-c", line], env=path, check=False).returncode

    for wanted in ("grafherald[draw]", "grafherald[draw]==0.1.0"):
        found = converged({"platform_family": family}, python=python, package=wanted)
        assert f"package {package}" in found
        install = found["execute install grafherald"]
        assert run(install["not_if"]) != 0
        assert run(install["command"]) == 0
        assert run(install["not_if"]) == 0
    called = (tmp_path / "called").read_text().splitlines()
    assert called == [f"install --upgrade {name}" for name in ("grafherald[draw]", wanted)]
    assert found["link /usr/bin/grafherald"]["to"] == "/opt/grafherald/bin/grafherald"


def test_our_own_lint_finds_nothing_wrong() -> None:
    check = converged()["sensu_check cpu"]
    core = {
        "checks": {
            "cpu": {
                "command": check["command"],
                "handlers": check["handlers"],
                **check["additional"],
            }
        }
    }
    assert lint("checks.json", json.dumps(core)) == []


def test_the_settings_are_ones() -> None:
    written = converged()["file /etc/grafherald/grafherald.json"]
    assert written["mode"] == "0640"
    tree = json.loads(written["content"])
    tree["grafana"].pop("token_file")
    tree["channels"]["ops"].pop("webhook_url_file")
    tree["channels"]["ops"]["webhook_url"] = "https://hooks.example.com/x"
    assert list(checks.problems(tree)) == []
