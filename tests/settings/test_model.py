"""The typed settings and their schema: the same keys, the same defaults, each with its meaning."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from grafherald.event import Kind, State
from grafherald.settings import Settings, checks, rules, schema, sections, served

# What `Settings` has beside the documented keys.
OWN = {"tree", "origins", "secret_files", "broken"}


def described(node: Mapping[str, Any], place: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every key of a schema, dotted, with what is said of it."""
    for key, below in node.get("properties", {}).items():
        yield ".".join((*place, key)), below
        yield from described(below, (*place, key))
    for holder in (node.get("items"), node.get("additionalProperties")):
        if isinstance(holder, dict):
            yield from described(holder, (*place, "*"))


def pairs(shape: Mapping[str, Any], kind: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Each leaf of the schema *shape* with the default that the named tuple *kind* has for it."""
    names = {sections.RENAMED.get(key, key): key for key in shape["properties"]}
    whole = kind is Settings
    own = {*kind._fields, *served.PARTS} - OWN if whole else set(kind._fields)
    assert set(names) == own, place
    for name, key in names.items():
        below = shape["properties"][key]
        default = (
            served.PARTS[key]() if whole and key in served.PARTS else kind._field_defaults[name]
        )
        here = f"{place}.{key}".lstrip(".")
        if isinstance(default, sections.Listed):
            yield from pairs(below["items"], default.kind, here)
        elif "$ref" in below and hasattr(default, "_fields"):
            continue  # shared, and without defaults
        elif isinstance(default, sections.Each) and default.kind is not tuple:
            yield from pairs(below["additionalProperties"], default.kind, here)
        elif hasattr(default, "_fields"):
            yield from pairs(below, type(default), here)
        else:
            yield here, below, default


LEAVES = list(pairs(schema.load("config"), Settings))


@pytest.mark.parametrize(("key", "shape", "default"), LEAVES, ids=[each[0] for each in LEAVES])
def test_a_default_is_the_same_in_the_schema(key: str, shape: Any, default: Any) -> None:
    documented = shape.get("default")
    if documented is None:
        assert not default, f"{key}: the schema does not say its default"
    else:
        assert default == (tuple(documented) if isinstance(documented, list) else documented)
        assert type(default) in {int, float, str, bool, tuple}


def test_every_default_fits_the_schema() -> None:
    root = schema.load("config")
    for key, shape, default in LEAVES:
        if default:
            value = list(default) if isinstance(default, tuple) else default
            assert rules.fits(value, shape, root), key


@pytest.mark.parametrize(
    "name",
    sorted(p.stem for p in Path(schema._FOLDER).glob("c[oh]*.json") if "check" not in p.stem),
)
def test_every_key_says_what_it_means(name: str) -> None:
    silent = {key for key, below in described(schema.load(name)) if not below.get("description")}
    assert silent <= {"type"}


def test_the_words_of_routes_are_those_of_events() -> None:
    assert checks.WORDS["severity"] == tuple(state.value for state in State)
    assert checks.WORDS["kind"] == tuple(kind.value for kind in Kind)


def test_a_tree_becomes_typed_settings() -> None:
    settings = Settings.of(
        {
            "grafana": {"url": "https://g", "token": "glsa_x"},
            "graph": {"from": "now-1h", "wait": 3},
            "images": {"keep": {"days": 1}, "renders": 2.0, "grafana_urls": ["https://g"]},
            "routes": [
                {
                    "match": {"check": "disk*", "labels": {"team": ["db", "web"]}},
                    "channels": ["ops"],
                    "continue": True,
                    "group_by": [],
                }
            ],
            "chat": {"rooms": {"#ops": {"grafana": "b", "from": "now-2h"}}},
        }
    )
    assert (settings.graph.from_, settings.graph.to, settings.graph.wait) == ("now-1h", "now", 3.0)
    assert settings.images.keep == (1.0, 0.0)
    assert repr(settings.images.renders) == "2"
    assert settings.images.grafana_urls == ("https://g",)
    (route,) = settings.routes
    assert route.match.check == ("disk*",)
    assert route.match.labels == {"team": ("db", "web")}
    assert (route.channels, route.continue_, route.group_by) == (("ops",), True, ())
    assert settings.chat.rooms["#ops"].grafana == ("b",)
    assert settings.chat.rooms["#ops"].from_ == "now-2h"


def test_no_representation_shows_a_secret() -> None:
    settings = Settings.of(
        {
            "grafana": {"token": "s3cret"},
            "images": {"secret": "s3cret"},
            "channels": {"x": {"type": "slack", "token": "s3cret"}},
            "chat": {
                "grafanas": {"b": {"url": "https://b", "token": "s3cret"}},
                "slack": {"signing_secret": "s3cret", "token": "s3cret", "app_token": "s3cret"},
                "hipchat": {"token": "s3cret"},
            },
            "datasource": {"token": "s3cret", "password": "s3cret"},
            "board": {"password": "s3cret", "secret": "s3cret"},
            "listen": {"token": "s3cret"},
        }
    )
    assert "s3cret" not in repr(settings)
    for part in (settings.grafana, settings.images, settings.chat, settings.datasource):
        assert "s3cret" not in repr(part)
    assert "s3cret" not in repr((settings.board, settings.listen))
    assert settings.board.password == "s3cret"


def test_reading_json_settings_imports_no_yaml_and_no_dataclasses(tmp_path: Path) -> None:
    import json
    import subprocess

    file = tmp_path / "c.json"
    file.write_text(json.dumps({"channels": {"x": {"type": "file", "directory": "d"}}}))
    program = (
        "import sys; from grafherald.settings import sources;"
        f"assert sources.load({str(file)!r}, [], {{}}).channels;"
        "sys.exit(any(name in sys.modules for name in ('yaml', 'dataclasses', 'jsonschema')))"
    )
    handlers = Path(schema.__file__).parent.parent.parent
    subprocess.run([sys.executable, "-c", program], check=True, env={"PYTHONPATH": str(handlers)})
