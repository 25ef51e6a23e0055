"""What Sensu Go is given: resources of its shape, which name what is there.

https://docs.sensu.io/sensu-go/latest/observability-pipeline/ has the resources, README.md of
https://github.com/sensu/catalog the integration.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

CONTRIB = Path(__file__).parents[2] / "contrib"
SENSU = CONTRIB / "sensu"
INTEGRATION = CONTRIB / "sensu-catalog" / "grafherald" / "grafherald-alerts"
FILES = [*sorted(SENSU.glob("*.yml")), *sorted(INTEGRATION.glob("*.yaml"))]
BUILT_IN = {"is_incident", "not_silenced", "has_metrics"}
# what the backend takes of each kind: a key that it does not know is dropped without a word
KEYS = {
    "Handler": {"type", "command", "timeout", "filters", "mutator", "env_vars", "handlers"}
    | {"runtime_assets", "secrets", "socket"},
    "Pipeline": {"workflows"},
    "EventFilter": {"action", "expressions", "runtime_assets"},
    "CheckConfig": {"command", "subscriptions", "interval", "publish", "handlers", "pipelines"},
}
Json = dict[str, Any]


def resources(path: Path) -> list[Json]:
    return [found for found in yaml.safe_load_all(path.read_text()) if found]


def of_kind(found: list[Json], kind: str) -> dict[str, Json]:
    return {one["metadata"]["name"]: one["spec"] for one in found if one["type"] == kind}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_resource_has_the_shape_that_sensu_takes(path: Path) -> None:
    for found in resources(path):
        assert set(found) == {"type", "api_version", "metadata", "spec"}
        assert re.fullmatch(r"[\w.-]+", found["metadata"]["name"])
        if found["type"] == "Integration":
            assert found["api_version"] == "catalog/v1"
            continue
        assert found["api_version"] == "core/v2"
        assert set(found["spec"]) <= KEYS[found["type"]]
        if found["type"] == "Handler":
            assert found["spec"]["type"] == "pipe"
            assert found["spec"]["command"].split()[0] == "grafherald"
            assert found["spec"]["timeout"] > 25


@pytest.mark.parametrize("path", [SENSU / "go-pipeline.yml", INTEGRATION / "sensu-resources.yaml"])
def test_a_pipeline_names_what_comes_with_it(path: Path) -> None:
    found = resources(path)
    handlers, filters = of_kind(found, "Handler"), of_kind(found, "EventFilter")
    for pipeline in of_kind(found, "Pipeline").values():
        for workflow in pipeline["workflows"]:
            assert set(workflow) == {"name", "filters", "handler"}
            references = [*workflow["filters"], workflow["handler"]]
            assert all(set(one) == {"type", "api_version", "name"} for one in references)
            assert {one["name"] for one in workflow["filters"]} <= {*filters, *BUILT_IN}
            assert workflow["handler"]["name"] in handlers


def test_the_integration_asks_for_what_it_puts_in() -> None:
    (integration,) = resources(INTEGRATION / "sensu-integration.yaml")
    spec = integration["spec"]
    asked = {one["name"] for one in spec["prompts"] if one["type"] == "question"}
    put = set()
    for group in spec["resource_patches"]:
        (target,) = (
            one
            for one in resources(INTEGRATION / "sensu-resources.yaml")
            if all(one[key] == group["resource"][key] for key in ("type", "api_version"))
            and one["metadata"]["name"] == group["resource"]["name"]
        )
        for patch in group["patches"]:
            _, section, key = patch["path"].split("/")
            assert key in target[section], "replace needs something to replace"
            put |= set(re.findall(r"\[\[(\w+)\]\]", patch["value"]))
    assert put == asked
    assert integration["metadata"]["name"] == INTEGRATION.name
    assert integration["metadata"]["namespace"] == INTEGRATION.parent.name
    assert (spec["class"], spec["provider"]) == ("community", "alerts")


def test_nothing_of_the_integration_names_a_namespace_of_sensu() -> None:
    found = resources(INTEGRATION / "sensu-resources.yaml")
    assert all("namespace" not in one["metadata"] for one in found)


@pytest.mark.skipif(not shutil.which("node"), reason="runs the filter as Sensu's engine would")
@pytest.mark.parametrize(
    ("occurrences", "interval", "passes"),
    [
        (1, 60, True),
        (2, 60, False),
        (60, 60, True),
        (61, 60, False),
        (2, 7200, True),
        (60, 0, True),
    ],
)
def test_the_filter_lets_through_the_first_and_one_an_hour(
    occurrences: int, interval: int, passes: bool
) -> None:
    event = {"check": {"occurrences": occurrences, "interval": interval}}
    assert lets_through("grafherald_hourly", event) is passes


@pytest.mark.skipif(not shutil.which("node"), reason="runs the filter as Sensu's engine would")
@pytest.mark.parametrize(
    ("is_silenced", "status", "passes"),
    [(False, 2, True), (True, 2, False), (True, 0, True), (False, 0, True)],
)
def test_a_silence_does_not_hold_back_the_end(is_silenced: bool, status: int, passes: bool) -> None:
    event = {"check": {"is_silenced": is_silenced, "status": status}}
    assert lets_through("grafherald_not_silenced", event) is passes


def lets_through(name: str, event: Json) -> bool:
    filters = of_kind(resources(SENSU / "go-pipeline.yml"), "EventFilter")
    (expression,) = filters[name]["expressions"]
    script = f"const event = {json.dumps(event)}; console.log(Boolean({expression}))"
    done = subprocess.run(
        ["node", "-e", script], capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout.strip() == "true"
