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


def converged(**own: Any) -> dict[str, dict[str, Any]]:
    """What the recipe declares on `NODE`, by resource and name; *own* is below grafherald."""
    ruby = shutil.which("ruby")
    if not ruby:
        pytest.skip("ruby is not installed")
    node = json.dumps({**NODE, "grafherald": own})
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
