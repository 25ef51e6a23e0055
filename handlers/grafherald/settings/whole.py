"""One JSON Schema of the settings for other programs: an editor, a validator, a generator.

``schemas/config.json`` leaves a channel's own keys to its type, and that a secret may stand in a
file of its own to whoever reads it; here both are in it. `grafherald.settings.formats` has the
formats that no other program knows; those who don't know a format pass it over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from grafherald.settings import schema, secrets
from grafherald.settings.schema import is_secret


def whole_schema() -> dict[str, Any]:
    """Join the schema of the settings and those of the channel types, chosen by ``type``."""
    from grafherald import registry

    whole = _with_files(schema.load("config"))
    names = registry.names("grafherald.channels")
    channel = whole["properties"]["channels"]["additionalProperties"]
    channel["properties"]["type"]["enum"] = names
    channel["allOf"] = [
        {
            "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
            "then": {"$ref": f"#/$defs/channel-{name}"},
        }
        for name in names
    ]
    for name in names:
        # With an $id of its own, its references stay within it.
        own = {"$id": f"urn:grafherald:channel-{name}"}
        whole["$defs"][f"channel-{name}"] = _with_files(schema.load(f"channel-{name}")) | own
    return whole


def _with_files(node: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a schema; beside each secret's key it has the one that names its file."""
    copied: dict[str, Any] = json.loads(json.dumps(node))
    _add_files(copied)
    return copied


def _add_files(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            _add_files(item)
    if not isinstance(node, dict):
        return
    for below in node.values():
        _add_files(below)
    properties = node.get("properties")
    if not isinstance(properties, dict):
        return
    named = [key for key in properties if _is_secret_text(key, properties[key])]
    for key in named:
        about = f"the file that holds {key}"
        properties[f"{key}_file"] = {"type": "string", "minLength": 1, "description": about}
    needed = [key for key in node.get("required", ()) if key in named]
    if needed:
        node["required"] = [key for key in node["required"] if key not in needed]
        either = [{"required": [key]} for key in needed]
        files = [{"required": [f"{key}_file"]} for key in needed]
        pairs = zip(either, files, strict=True)
        node["allOf"] = [*node.get("allOf", ()), *({"anyOf": list(pair)} for pair in pairs)]


def _is_secret_text(key: str, shape: Any) -> bool:
    text = isinstance(shape, dict) and shape.get("type") == "string"
    return text and is_secret(key) and not secrets.stem(key)
