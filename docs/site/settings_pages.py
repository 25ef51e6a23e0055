"""The reference's pages about settings, channels, inputs and routes, out of the schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from grafherald import channels, inputs
from grafherald.commands import _types
from grafherald.event import Kind, State
from grafherald.settings import schema

Shape = Mapping[str, Any]

_KINDS = {"object": "keys and values", "boolean": "true or false"}
_FORMATS = {
    "web-url": "URL",
    "grafana-time": "time",
    "address": "HOST:PORT",
    "length": "length of time",
    "store": "store",
    "zone": "time zone",
    "days": "weekdays",
    "hours": "hours",
}
_SETTINGS = """\
# Settings

The file is YAML or JSON: `--config FILE`, else `$GRAFHERALD_CONFIG`, else `/etc/grafherald/grafherald.yml` or `.json`. `--set KEY=VALUE` wins over the environment, which wins over the file. A key that is unknown, stands there twice or does not fit is an error that names the file, the line, the key and the variable; it costs the part that it belongs to, not the alert. `grafherald check --dry-run` tries them; `grafherald config show` tells which are in force, and where each comes from.

A variable is the key's path in capitals, with two underscores between its parts. A list may be JSON or have commas between its parts. What is marked *secret* can stand in a file of its own: the key with `_file` behind it (`token_file`) names it, in the settings as in the environment. Such a file should be readable by the handler's user alone.

"""  # noqa: E501 - a paragraph of Markdown is a line
_CHANNELS = """\
# Channels' settings

`channels` names each channel as you like; `type` says what it is. What each type can show is in [channels](../channels.md).

```yaml
channels:
  chat: {type: slack, token_file: /etc/grafherald/slack-token, channel: "#ops"}
  oncall: {type: email, smtp: "smtp://localhost", from: alerts@example.com, to: [oncall@example.com]}
```

## Every channel

"""  # noqa: E501
_ROUTES = """\
# Routes

`routes` is a list. The first one whose `match` fits decides; those behind it are asked too where it says `continue: true`. Without routes every channel gets everything; with routes of which none fits, nobody gets the event. An event's own `channels` (an annotation or attribute) goes before all routes.

A problem's end and its acknowledgement go where the problem went: the routes are asked for each severity that it had. `grafherald routes test < event.json` says which route takes an event, and why the others don't.

```yaml
routes:
- {match: {entity: "db*", severity: critical}, channels: [oncall], continue: true}
- {match: {labels: {team: "=~db|web"}}, channels: [chat], group_by: [check], mute: [{days: sat-sun}]}
- {channels: [chat], min_occurrences: 3}
```

"""  # noqa: E501
_MATCH = """
## `match`

Each is a glob (`disk*`) or a list of globs, one of which has to fit; behind `=~` it is a regular expression, which has to fit the whole. What stands behind `!=` (a glob) or `!~` (a regular expression) must not fit. All keys that stand there have to fit.

"""  # noqa: E501


def settings() -> str:
    """Write every key of ``schemas/config.json``, a section for each on top."""
    shape = schema.load("config")
    alone = {key: one for key, one in _properties(shape) if not _below(one, shape)}
    parts = [_SETTINGS, "## Single keys\n\n", *_table(alone, shape, ())]
    for key, one in _properties(shape):
        if key in alone:
            continue
        about = _sentence(str(one.get("description", "")))
        parts += [f"\n## `{key}`\n\n{about}\n\n"]
        if key == "channels":
            parts.append("The keys of each type are in [channels' settings](channels.md).\n\n")
        if key == "routes":
            parts.append("How they are asked is in [routes](routes.md).\n\n")
        parts += _table({key: one}, shape, ())
    return "".join(parts)


def channel_settings() -> str:
    """Write each channel type's keys, those that all have apart."""
    every = schema.load("channel")
    parts = [_CHANNELS, *_table(dict(_properties(every)), every, ("channels", "<name>"))]
    for name in channels.names():
        kind, shape = channels.find(name), schema.load(f"channel-{name}")
        own = {key: one for key, one in _properties(shape) if key not in every["properties"]}
        parts.append(f"\n## `{name}`\n\n{_sentence(str(shape.get('title', name)))}")
        if kind.attribute:
            parts.append(
                f" An event's `{kind.attribute}` goes before `{kind.setting}`, and the annotation"
                f" `sensu.io/plugins/grafherald/config/{kind.override}` before both."
            )
        required = shape.get("required", ())
        parts.append("\n\n")
        parts += _table(own, shape, ("channels", "<name>"), required)
    parts.append("\n## What each can\n\n")
    parts += [f"{line}\n" for line in _types.table()]
    return "".join(parts)


def input_pages() -> str:
    """Write each input's command, path and section of the settings."""
    parts = [
        "# Inputs\n\nEach has a command, which reads one input and delivers it or hands it to the"
        " daemon, and a path of the daemon's, which answers when the event is on disk.\n"
    ]
    shape = schema.load("config")
    for name in inputs.names():
        kind = inputs.find(name)
        about = kind.summary.partition("\nExamples:\n")[0]  # --help has them
        summary = "\n".join(line.rstrip() for line in about.strip().splitlines())
        parts.append(
            f"\n## `{name}`\n\n{summary}\n\n"
            f"- command: `grafherald {name}`\n- path: `POST /events/{name}`, "
            f"`Content-Type: {' or '.join(kind.content_types)}`, "
            f"{kind.limit // 2**20} MB at most\n\n"
        )
        section = kind.schema or shape["properties"].get(name)
        if section:
            parts += _table({name: section}, shape, ())
    return "".join(parts)


def routes() -> str:
    """Write a route's keys, what it can match, and the words that an event has."""
    shape = schema.load("config")
    route = shape["properties"]["routes"]["items"]
    match = shape["$defs"]["match"]
    keys = {key: one for key, one in _properties(route) if key != "match"}
    kinds = ", ".join(f"`{kind.value}`" for kind in Kind)
    states = ", ".join(f"`{state.value}`" for state in State)
    return "".join(
        [
            _ROUTES,
            "## A route's keys\n\n",
            "| key | meaning | default |\n|---|---|---|\n",
            "| `match` | see below | everything |\n",
            *(f"| {_cells(key, one, shape)} |\n" for key, one in _flat(keys, shape, ())),
            _MATCH,
            "| key | meaning | default |\n|---|---|---|\n",
            *(f"| {_cells((key,), one, shape)} |\n" for key, one in _properties(match)),
            f"\nSeverities: {states}.\n\nKinds: {kinds}.\n",
        ]
    )


def keys(name: str) -> list[str]:
    """List every key of a schema, dotted, as the pages show it."""
    shape = schema.load(name)
    return [".".join(path) for path, _ in _flat(dict(_properties(shape)), shape, ())]


def _table(
    found: Mapping[str, Shape], shape: Shape, above: tuple[str, ...], required: Sequence[str] = ()
) -> Iterator[str]:
    rows = list(_flat(found, shape, ()))
    yield "| key | meaning | default | variable |\n|---|---|---|---|\n"
    for path, one in rows:
        needed = len(path) == 1 and path[0] in required
        yield f"| {_cells(path, one, shape, needed)} | {_variable((*above, *path))} |\n"


def _flat(
    found: Mapping[str, Shape], shape: Shape, above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Shape]]:
    """Yield every key below, and what holds values of its own; not what only holds keys."""
    for key, one in found.items():
        path, below = (*above, key), _below(one, shape)
        if key not in ("<name>", "[]") and not _only_holds(below):
            yield path, _resolved(one, shape)
        yield from _flat(below, shape, path)


def _only_holds(below: Mapping[str, Shape]) -> bool:
    return bool(below) and all(name.isidentifier() for name in below)


def _below(one: Shape, shape: Shape) -> dict[str, Shape]:
    """Return what stands below a key: its keys, a name of the operator's own, or a list's items."""
    one = _resolved(one, shape)
    named, items = one.get("additionalProperties"), _resolved(one.get("items", {}), shape)
    found = dict(_properties(one))
    if isinstance(named, dict) and _properties(named):
        found["<name>"] = named
    if _properties(items):
        found["[]"] = items
    return found


def _properties(shape: Shape) -> list[tuple[str, Shape]]:
    return list(shape.get("properties", {}).items())


def _resolved(one: Shape, shape: Shape) -> Shape:
    name = str(one.get("$ref", "")).rpartition("/")[2]
    return {**shape["$defs"][name], **one} if name else one


def _cells(path: Sequence[str], one: Shape, shape: Shape, needed: bool = False) -> str:
    one = _resolved(one, shape)
    name = _dotted(path)
    # The schemas of channels say their defaults in words, at the end.
    meaning, _, said = re.sub("; default:? ", "\0", str(one.get("description", ""))).partition("\0")
    default = "needed" if needed else _default(one) or _escaped(said)
    kind = "secret" if _is_secret(path[-1], one) else _type(one, shape)
    return f"`{name}` | {_escaped(meaning)} (*{kind}*) | {default}"


def _dotted(path: Sequence[str]) -> str:
    return ".".join(path).replace(".[]", "[]")


def _type(one: Shape, shape: Shape) -> str:
    one = _resolved(one, shape)
    if "anyOf" in one:
        return " or ".join(dict.fromkeys(_type(branch, shape) for branch in one["anyOf"]))
    if "enum" in one:
        return ", ".join(map(str, one["enum"]))
    kind = one.get("type", "")
    if kind == "array":
        return f"list of {_type(one.get('items', {}), shape)}"
    if kind in ("integer", "number"):
        return _number(one)
    return _KINDS.get(kind) or _FORMATS.get(str(one.get("format")), "text")


def _number(one: Shape) -> str:
    low, high = one.get("minimum"), one.get("maximum")
    above = one.get("exclusiveMinimum")
    least = f" from {low}" if low is not None else f" above {above}" if above is not None else ""
    most = f" to {high}" if high is not None else ""
    return f"{'whole number' if one['type'] == 'integer' else 'number'}{least}{most}"


def _default(one: Shape) -> str:
    if "default" not in one:
        return ""
    value = one["default"]
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{', '.join(value)}`" if isinstance(value, list) else f"`{value}`"


def _is_secret(key: str, one: Shape) -> bool:
    ours = schema.is_secret(key) and not key.endswith(("_file", "_command"))
    return ours and one.get("type") == "string"


def _variable(path: Sequence[str]) -> str:
    """Write the variable of a key; what is inside of a list stands in the list's own."""
    outside = path[: path.index("[]")] if "[]" in path else path
    name = "__".join(part.strip("<>").upper() for part in outside)
    return f"`GRAFHERALD_{name}`" + (" as JSON" if len(outside) < len(path) else "")


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""
