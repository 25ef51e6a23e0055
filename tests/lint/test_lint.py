"""Definitions as Chef, sensuctl and people write them: what is wrong, in which line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.lint import lint
from grafherald.settings import schema

CONTRIB = Path(__file__).resolve().parent.parent.parent / "contrib"
GOOD = "https://grafana.example.com/render/d-solo/abc/cpu?orgId=1&panelId=2"
BAD = "https://grafana.example.com/d/abc/cpu?viewPanel=2"


def said(text: str) -> list[str]:
    return [str(finding) for finding in lint("f", text)]


def core(**check: object) -> str:
    return json.dumps({"checks": {"cpu": {"command": "x", "handlers": ["grafherald"], **check}}})


@pytest.mark.parametrize(
    "path", [*CONTRIB.glob("sensu/*"), *CONTRIB.glob("nagios/*")], ids=lambda path: path.name
)
def test_what_we_ship_is_fine(path: Path) -> None:
    assert said(path.read_text()) == []


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        (core(graph_image=GOOD), []),
        (core(graph_image=[GOOD, GOOD.replace("2", "3")]), []),
        (core(), ["graph_image: missing"]),
        (core(grafana_image=GOOD), ["without a graph (grafana_image is not read)"]),
        (core(graph_image=f"{GOOD},{GOOD}9"), []),
        (core(type="metric"), []),
        (core(handlers=[]), []),
        (core(graph_image=GOOD, handlers=None), ["has a graph_image but no handler"]),
        (core(graph_image=GOOD, handlers=None, handler="grafherald"), []),
        (core(graph_image=BAD), ["graph_image is a page and no picture"]),
        (core(graph_image=[GOOD, BAD]), ["graph_image is a page and no picture"]),
        (core(graph_image=5), ["checks.cpu.graph_image: expected"]),
        (core(graph_image=GOOD, runbook=[]), ["checks.cpu.runbook: expected a string"]),
        ('{"handlers": {"grafherald": {"type": "pipe"}}}', []),
        ('{"something": "else"}', ["holds no check"]),
        ('{"checks": [}', ["is not JSON"]),
        ("[1, 2", ["is not JSON"]),
        ("a: [b", ["is not YAML"]),
        ("", []),
    ],
)
def test_cores_checks(text: str, findings: list[str]) -> None:
    found = said(text)
    assert len(found) == len(findings)
    assert all(part in line for part, line in zip(findings, found, strict=True))


def test_a_finding_names_file_line_and_check() -> None:
    check = {"handler": "x", "graph_image": "cpu.png"}
    text = json.dumps({"checks": {"cpu": check}}, indent="\t")
    assert said(text) == ["f:5: check cpu: graph_image is no http or https URL"]


def test_keys_that_stand_there_twice_are_found() -> None:
    line = f'"graph_image": "{GOOD}"'
    twice = f'{{"checks": {{"cpu": {{"handler": "x",\n{line},\n{line}}}}}}}'
    assert said(twice) == ["f:3: checks.cpu.graph_image: stands here twice; the last one counts"]


GO = """\
type: CheckConfig
api_version: core/v2
metadata:
  name: cpu
  annotations:
    graph_image: {image}
spec:
  command: check-cpu
  handlers: [grafherald]
---
type: Handler
metadata: {{name: grafherald}}
spec: {{type: pipe, command: grafherald sensu}}
"""


def test_sensuctls_documents_are_told_apart() -> None:
    assert said(GO.format(image=GOOD)) == []
    assert said(GO.format(image=BAD))[0].startswith("f:6: check cpu: graph_image is a page")


def test_several_graphs_stand_in_one_annotation() -> None:
    assert said(GO.format(image=f'"{GOOD} {GOOD.replace("2", "3")}"')) == []


def test_chefs_json_of_go_is_one_line() -> None:
    resource = {
        "metadata": {"name": "cpu", "annotations": {"graph_image": GOOD}, "namespace": "default"},
        "type": "Check",
        "api_version": "core/v2",
        "spec": {"command": "x", "handlers": ["grafherald"]},
    }
    assert said(json.dumps(resource)) == []
    assert said(json.dumps(resource) + "\n" + json.dumps(resource)) == []
    del resource["metadata"]
    assert "graph_image: missing" in said(json.dumps(resource))[0]


@pytest.mark.parametrize("place", ["spec", "metadata"])
def test_go_drops_a_graph_outside_of_annotations(place: str) -> None:
    text = GO.format(image="''").replace(f"{place}:\n", f"{place}:\n  graph_image: {GOOD}\n", 1)
    (finding,) = said(text)
    assert "check cpu: graph_image: Sensu Go drops it here" in finding


def test_annotations_are_strings() -> None:
    (finding,) = said(GO.format(image="[1]"))[:1]
    assert finding == "f:6: metadata.annotations.graph_image: expected a string, got a list"


@pytest.mark.parametrize("text", ["&a [*a]", "a: &a {b: *a}", "{" * 5000, "x: !!python/name:os ''"])
def test_odd_yaml_is_no_trap(text: str) -> None:
    assert said(text)


def test_merged_keys_count() -> None:
    base = f"base: &b\n  graph_image: {GOOD}\n  handler: x\nchecks:\n  cpu:\n    <<: *b\n"
    assert said(base) == []


NAGIOS = """\
# services
define service {{
    host_name            web01
    service_description  cpu
    {line}
}}
"""


@pytest.mark.parametrize(
    ("line", "findings"),
    [
        (f"_GRAPH_IMAGE {GOOD}", []),
        (f"_graph_image {GOOD}", []),
        ("_GRAPH_DASHBOARD abc/cpu", []),
        (f"action_url {GOOD}", []),
        ("use elsewhere", []),
        ("register 0", []),
        (f"action_url {GOOD}' target='_blank", []),
        (f"_GRAPH_IMG {GOOD}", ["action_url (_GRAPH_IMG is not read)"]),
        ("_GRAPH_PANEL 4", ["no render URL in action_url"]),
        (f"action_url {BAD}", ["f:2: check web01/cpu: has no graph"]),
        (f"_GRAPH_IMAGE {BAD}", ["f:5: check web01/cpu: _GRAPH_IMAGE is a page"]),
        (f"_GRAPH_IMAGE {GOOD}&x=1", ["_GRAPH_IMAGE: Nagios takes its & away"]),
        (f"_GRAPH_IMAGE {GOOD}\\;x=1", []),
        (f"_GRAPH_IMAGE {GOOD.replace('&', ';')}", ["ends at the ;", "panelId is missing"]),
        (f"_GRAPH_IMAGE {GOOD} ; the cpu", []),
        (f"_GRAPH_IMAGE {GOOD}&var-host=$HOSTNAME$", []),
        (f"_GRAPH_IMAGE {GOOD}\n    _GRAPH_IMAGE {GOOD}", ["f:6: check web01/cpu: _GRAPH_IMAGE"]),
    ],
)
def test_nagios_objects(line: str, findings: list[str]) -> None:
    found = said(NAGIOS.format(line=line))
    assert len(found) == len(findings), found
    assert all(part in line for part, line in zip(findings, found, strict=True))


@pytest.mark.parametrize(
    "other",
    [
        f"define service {{\n name graphed\n register 0\n _GRAPH_IMAGE {GOOD}\n}}\n",
        f"define host{{\n host_name web01\n _GRAPH_IMAGE {GOOD}\n}}\n",
    ],
)
def test_a_graph_may_come_from_template_or_host(other: str) -> None:
    assert said(other + NAGIOS.format(line="use graphed" if "name graphed" in other else "")) == []


@pytest.mark.parametrize("rest", ["", "define contact {\n}\n"])
def test_an_object_without_end_is_found(rest: str) -> None:
    assert said("define host {\n host_name web01\n" + rest) == [
        "f:1: check web01: define has no closing }"
    ]


def test_templates_that_use_each_other_are_no_trap() -> None:
    template = "define service {{\n name {0}\n use {1}\n register 0\n}}\n"
    both = template.format("a", "b,a") + template.format("b", "a,b")
    assert "has no graph" in said(both + NAGIOS.format(line="use a"))[0]


@given(
    st.text(max_size=200)
    | st.text(alphabet='{}[]":,\n\t &*-a1\\;', max_size=200)
    | st.recursive(
        st.none() | st.text() | st.integers(),
        lambda s: (
            st.lists(s)
            | st.dictionaries(
                st.sampled_from(
                    ["checks", "type", "metadata", "spec", "annotations", "graph_image"]
                ),
                s,
            )
        ),
    ).map(json.dumps)
)
def test_any_text_is_looked_at(text: str) -> None:
    assert all(str(finding).startswith("f") for finding in lint("f", text))
    lint("f", "define service {\n" + text)


def test_the_schema_says_what_it_is() -> None:
    assert schema.load("check-definition")["title"]


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ({"proxy_entity_name": "router1"}, True),
        ({"proxy_requests": {"entity_attributes": ["entity.entity_class == 'proxy'"]}}, True),
        ({}, False),
    ],
)
def test_the_name_in_a_proxy_checks_annotation_is_the_agents(
    spec: dict[str, object], found: bool
) -> None:
    url = f"{GOOD}&var-host={{{{ .name }}}}"
    metadata = {"name": "snmp", "annotations": {"graph_image": url}}
    check = {"type": "CheckConfig", "metadata": metadata, "spec": {"handlers": ["x"], **spec}}
    assert any("name of the agent" in line for line in said(json.dumps(check))) is found


def test_annotations_of_ours_that_nobody_reads_are_named() -> None:
    prefix = "sensu.io/plugins/grafherald/config/"
    notes = {"graph-image": GOOD, f"{prefix}chanels": "ops", f"{prefix}template": "short"}
    check = {"type": "CheckConfig", "metadata": {"name": "cpu", "annotations": notes}}
    missing, unread = said(json.dumps({**check, "spec": {"handlers": ["x"]}}))
    assert missing.endswith("without a graph (graph-image is not read)")
    assert unread == f"f:1: check cpu: {prefix}chanels: nobody reads it"
    notes[f"{prefix}graph_image"] = GOOD
    assert said(json.dumps({**check, "spec": {"handlers": ["x"]}})) == [unread]
