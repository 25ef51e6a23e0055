"""Schemas: a good document is accepted without jsonschema, a bad one is explained in one line."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from grafherald.settings import rules, schema

ROOT = Path(__file__).resolve().parent.parent.parent
ON_THE_PATH = sorted(
    path.stem
    for pattern in ("sensu-*-event.json", "config.json", "channel-*.json")
    for path in (ROOT / "schemas").glob(pattern)
)
CORE: dict[str, Any] = {
    "client": {"name": "web01", "address": "192.0.2.7"},
    "check": {"name": "cpu", "status": 2, "output": "CRITICAL", "history": ["0", "2"]},
    "occurrences": 1,
}
GO: dict[str, Any] = {
    "entity": {"entity_class": "agent", "metadata": {"name": "web01", "namespace": "default"}},
    "check": {"metadata": {"name": "cpu", "labels": None}, "status": 2},
    "metrics": {"points": []},
    "timestamp": 1795230725,
}
SETTINGS: dict[str, Any] = {
    "grafana": {"url": "https://grafana.example.com"},
    "graph": {"from": "now-1h", "wait": 2.5},
    "channels": {"ops": {"type": "file", "directory": "out"}},
    "routes": [{"match": {"check": ["disk*"], "labels": {"team": "db"}}, "channels": ["ops"]}],
}
GOOD = {"sensu-core-event": CORE, "sensu-go-event": GO, "config": SETTINGS}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in *document*, the document itself first."""
    yield path
    if isinstance(document, (dict, list)):
        keys = document if isinstance(document, dict) else range(len(document))
        for key in keys:
            yield from places(document[key], (*path, key))


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of *document* with *value* at *path*."""
    if not path:
        return value
    copied = copy.deepcopy(document)
    node = copied
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return copied


def without(document: Any, path: tuple[Any, ...]) -> Any:
    """A copy of *document* where nothing is at *path*."""
    copied = copy.deepcopy(document)
    node = copied
    for key in path[:-1]:
        node = node[key]
    del node[path[-1]]
    return copied


def keywords(node: Any) -> Iterator[str]:
    """The keywords of a schema and of all schemas in it."""
    if not isinstance(node, dict):
        return
    for keyword, below in node.items():
        yield keyword
        if keyword in ("properties", "$defs"):
            for each in below.values():
                yield from keywords(each)
        elif isinstance(below, (dict, list)):
            for each in below if isinstance(below, list) else [below]:
                yield from keywords(each)


@pytest.mark.parametrize("name", ON_THE_PATH)
def test_schemas_on_a_good_events_path_use_only_keywords_known_without_jsonschema(
    name: str,
) -> None:
    assert set(keywords(schema.load(name))) <= rules.ANNOTATIONS | set(rules.RULES)


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "schemas").glob("*.json")))
def test_every_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema.load(name))


@pytest.mark.parametrize("name", GOOD)
def test_good_documents_have_no_problems(name: str) -> None:
    assert schema.problems(name, GOOD[name]) == []


@given(st.data())
def test_the_short_way_and_jsonschema_agree(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(GOOD)))
    place = data.draw(st.sampled_from(list(places(GOOD[name]))))
    gone = data.draw(st.booleans()) and place
    document = (
        without(GOOD[name], place) if gone else changed(GOOD[name], place, data.draw(json_values))
    )
    shape = schema.load(name)
    good = Draft202012Validator(shape).is_valid(document)
    assert rules.fits(document, shape, shape) is good
    assert (schema.problems(name, document) == []) is good
    for problem in schema.problems(name, document):
        assert problem.isprintable()
        assert len(problem) < 400


def test_a_good_event_does_not_import_jsonschema() -> None:
    program = (
        "import sys; from grafherald.settings import schema;"
        f"assert schema.problems('sensu-core-event', {CORE!r}) == [];"
        "sys.exit('jsonschema' in sys.modules)"
    )
    subprocess.run(
        [sys.executable, "-c", program], check=True, env={"PYTHONPATH": "handlers"}, cwd=ROOT
    )


@pytest.mark.parametrize(
    ("place", "value", "problem"),
    [
        (("check", "status"), "two", "check.status: expected an integer, got 'two'"),
        (("check", "status"), None, "check.status: expected an integer, got null"),
        (("check", "status"), True, "check.status: expected an integer, got true"),
        (("check", "status"), 2.5, "check.status: expected an integer, got 2.5"),
        (("check", "status"), {"a": 1}, "check.status: expected an integer, got an object"),
        (
            ("check", "status"),
            2**63,
            "check.status: expected at most 9223372036854775807, got 9223372036854775808",
        ),
        (("check", "name"), "", "check.name: expected something, got ''"),
        (("client",), "web01", "client: expected an object, got 'web01'"),
        ((), [1], "expected an object, got a list"),
        (
            ("client", "name"),
            ["\x1b[2J\n"],
            "client.name: expected a string, got a list",
        ),
        (("check",), "\x1b[2J\n\u202e", r"check: expected an object, got '\x1b[2J\n\u202e'"),
        (("check",), "x" * 80, f"check: expected an object, got '{'x' * 60}…'"),
    ],
)
def test_a_problem_names_the_field_and_what_was_found(
    place: tuple[str, ...], value: Any, problem: str
) -> None:
    assert schema.problems("sensu-core-event", changed(CORE, place, value)) == [problem]


def test_the_outermost_problem_comes_first() -> None:
    document = {"client": {"name": 5}, "occurrences": 1}
    assert schema.problems("sensu-core-event", document) == [
        "check: missing",
        "client.name: expected a string, got 5",
    ]


def test_one_of_two_missing_fields_would_do() -> None:
    document = {name: value for name, value in GO.items() if name not in ("check", "metrics")}
    assert schema.problems("sensu-go-event", document) == ["check or metrics: missing"]


@pytest.mark.parametrize(
    ("place", "value", "problem"),
    [
        (("graph", "form"), "now", "graph.form: unknown key, did you mean from?"),
        (("zzz",), 1, "zzz: unknown key"),
        (("images",), {"names": "x"}, "images.names: expected one of md5, hmac, got 'x'"),
        (
            ("routes", 0, "match", "check"),
            5,
            "routes.0.match.check: expected a string or a list, got 5",
        ),
        (
            ("routes", 0, "match", "check"),
            ["a", 5],
            "routes.0.match.check.1: expected a string, got 5",
        ),
        (("graph", "wait"), -1, "graph.wait: expected at least 0, got -1"),
    ],
)
def test_settings_are_explained_by_the_same_rules(
    place: tuple[Any, ...], value: Any, problem: str
) -> None:
    assert schema.problems("config", changed(SETTINGS, place, value)) == [problem]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("grafana", "token"), 40404040),
        (("grafana",), {"token": ["40404040"]}),
        (("channels", "ops"), "https://hooks.example.com/services/40404040"),
        (("grafana",), "smtp://sensu:40404040@mail"),
    ],
)
def test_a_problem_never_shows_what_may_be_a_secret(place: tuple[Any, ...], value: Any) -> None:
    (problem,) = schema.problems("config", changed(SETTINGS, place, value))
    assert "40404040" not in problem


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("token", True),
        ("Authorization", True),
        ("db_passwd", True),
        ("room", False),
        ("url", False),
    ],
)
def test_a_secret_is_known_by_its_key(key: str, *, secret: bool) -> None:
    assert schema.is_secret(key) is secret


@pytest.mark.parametrize(
    ("name", "there"), [("config", True), ("nope", False), ("../schemas/config", False)]
)
def test_only_a_plain_name_can_be_a_schema(name: str, *, there: bool) -> None:
    assert schema.exists(name) is there
