"""The reference: every page of it is made from the code, so that it can't say what is not so.

``python docs/site/reference.py`` (``make docs``) writes the pages into ``docs/reference``. Settings
are in `settings_pages`, the rest is here.
"""

from __future__ import annotations

import argparse
import inspect
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import settings_pages
from jinja2.filters import FILTERS

from grafherald import channels, cli, inputs
from grafherald.commands.serve import read
from grafherald.draw import kinds
from grafherald.draw.frames import reducers, transform
from grafherald.event import Event
from grafherald.history.figures import GAUGES
from grafherald.notification import Graph, Notification, perfdata
from grafherald.notification.presentation import PictureView, View
from grafherald.panels import finders, queries
from grafherald.server.metrics import Metrics
from grafherald.settings import Settings

FOLDER = Path(__file__).resolve().parents[1] / "reference"
TEMPLATES = Path(cli.__file__).parent / "templates"
NOT_OF_MESSAGES = ("web", "demo")
_STATUS = {
    "config": "1 also when a part of the settings can't be used",
    "check": "1 also when something failed that would cost an alert or its picture",
    "draw": "2 when there is no picture",
    "graf": "1 also when the question got no answer",
    "lint": "1 also when something is wrong with a definition",
    "outbox": "1 also when there is no such delivery",
    "routes": "1 also when an event reaches nobody",
}
_FIRST = "Each command takes the common flags too; they may stand before or behind it."
_TEMPLATES_TEXT = """\
# Templates

`templates` of the settings names a folder; a file there takes the place of the shipped one of the same name. What others build on, such as `base.html`, may stand there alone. A channel's `template` (or an event's) names a folder inside, whose files go before those outside of it: `short/email/body.txt` before `email/body.txt`; `short` is shipped.

They are [Jinja templates](https://jinja.palletsprojects.com/en/stable/templates/). The file's ending decides what is escaped: `.html` as HTML, `.mrkdwn` as Slack's text, `.txt` and `.json` not at all. They run in Jinja's sandbox for half a second at most. One that fails, names what is not there or gives nothing is replaced by the shipped one, and the log names its file and line: a broken template never costs an alert. `grafherald preview --set templates=FOLDER < event.json` shows them.

```jinja
{% extends "base.txt" %}
{% block head %}
{{ notification.word }} on {{ notification.event.entity }}: {{ notification.event.check }}
{% endblock %}
```

## Shipped files

"""  # noqa: E501 - a paragraph of Markdown is a line
_DRAWING_TEXT = """\
# Drawing

What panels of our own can show, and what they can't; [drawn panels](../drawn.md) shows them side by side with Grafana's. `grafherald check` says of a real dashboard which of its panels can be drawn, and why not the others. Where a panel can't be, the message has Grafana's picture or the reason. What a picture leaves out is said beside it.

"""  # noqa: E501
_EXTENDING_TEXT = """\
# Adding a channel or an input

Another package can add a channel type or an input, without a change here: an entry point in `grafherald.channels` or `grafherald.inputs` that names a descriptor. [acme](../../tests/extension/acme/acme_grafherald.py) adds one of each; all that the program knows of a type of its own, it knows of yours: settings with a schema, `grafherald preview`, `check`, the outbox and the board, the command and the path of an input.

A channel type opens a channel for each recipient of an event; `send` posts one notification, once. An input's `parse(raw, *, now)` gets bytes and returns a list of [events](templates.md#notificationevent), empty where there is nothing to notify about; it raises `InvalidEvent` with one line that names what is wrong. What is retried, when, and what a person is told is not theirs to decide.

```ini
[options.entry_points]
grafherald.channels =
    pager = acme_grafherald:PAGER
grafherald.inputs =
    acme = acme_grafherald:ACME
```

"""  # noqa: E501
_METRICS_TEXT = """\
# Metrics

`GET /metrics` of `grafherald serve`, in Prometheus' text format; where `listen.token` is set it asks for it as a bearer. `grafherald images` and `serve` with the picture service count pictures too. [Operations](../operations.md#what-the-metrics-mean) has what to watch, and alert rules.

| metric | type | labels | counts |
|---|---|---|---|
"""  # noqa: E501
_PLUGIN = """
## Of the Grafana plugin

Grafana shows them at `/metrics/plugins/grafherald-json-datasource`.

| metric | type | labels | counts |
|---|---|---|---|
"""


def pages() -> dict[str, str]:
    """Write the reference: the text of each page by its name."""
    return {
        "settings": settings_pages.settings(),
        "channels": settings_pages.channel_settings(),
        "inputs": settings_pages.input_pages(),
        "routes": settings_pages.routes(),
        "templates": _templates(),
        "drawing": _drawing(),
        "extending": _extending(),
        "commands": _commands(),
        "metrics": _metrics(),
    }


def _commands() -> str:
    common = cli._parser(None)
    parts = [f"# Commands\n\n{_FIRST}\n\n## Common flags\n\n", *_flags(common, common=True)]
    parts.append(f"\n## Exit status\n\n```text\n{_epilog()}\n```\n")
    for name in cli._names():
        parser = cli._parser(name)
        parts.append(f"\n## `grafherald {name}`\n\n{_about(str(parser.description))}\n\n")
        parts += _flags(parser, common=False)
        parts += _examples(parser)
        if name in _STATUS:
            parts.append(f"\nExit status: {_STATUS[name]}.\n")
    return "".join(parts)


def _about(text: str) -> str:
    """Return a description as Markdown; what has columns keeps them."""
    paragraphs = inspect.cleandoc(text).replace("``", "`").split("\n\n")
    in_columns = [re.search(r"^\S+ {2,}\S", one, re.MULTILINE) for one in paragraphs]
    return "\n\n".join(
        f"```text\n{one}\n```" if columns else one
        for one, columns in zip(paragraphs, in_columns, strict=True)
    )


def _examples(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the examples that stand at the end of a command's ``--help``."""
    head, _, text = str(parser.epilog or "").partition("\n")
    if head.strip().lower() == "examples:":
        yield f"\n```sh\n{inspect.cleandoc(text)}\n```\n"


def _epilog() -> str:
    """Return the lines on exit statuses, and not the words that follow in ``--help``."""
    return str(cli._EPILOG).split("\n\n", 1)[0].strip()


def _flags(parser: argparse.ArgumentParser, *, common: bool) -> Iterator[str]:
    """Yield a table of the flags; "common" is the group that every command has."""
    rows = []
    for group in parser._action_groups:
        for action in group._group_actions:
            is_common = group.title == "common" or action.dest == "help"
            is_ours = action.help != argparse.SUPPRESS and action.dest != "command"
            if is_ours and is_common is common:
                rows.append(f"| `{_usage(action)}` | {_meaning(action)} |\n")
    if rows:
        yield "| flag | meaning |\n|---|---|\n"
        yield from rows
    else:
        yield "No flags of its own.\n"


def _usage(action: argparse.Action) -> str:
    value = action.metavar or (action.dest.upper() if action.nargs != 0 else "")
    if not action.option_strings:
        return " or ".join(action.choices) if action.choices else str(value)
    return " ".join([", ".join(action.option_strings), str(value)]).strip()


def _meaning(action: argparse.Action) -> str:
    words = (action.help or "").replace("%(prog)s", "grafherald").replace("|", "\\|")
    named = " ".join(map(str, action.choices or ())) if action.option_strings else ""
    default = action.default
    shown = default if isinstance(default, (int, str)) and not isinstance(default, bool) else ""
    shown = "" if shown in ("", argparse.SUPPRESS) or str(shown) in words else f"default: {shown}"
    return "; ".join(filter(None, (words, f"one of {named}" if named else "", shown)))


def _templates() -> str:
    parts = [_TEMPLATES_TEXT]
    for path in sorted(TEMPLATES.rglob("*.*")):
        name = path.relative_to(TEMPLATES)
        if name.parts[0] not in NOT_OF_MESSAGES:
            parts.append(f"- `{name}`{_first_comment(path)}\n")
    parts.append("\n## What a template knows\n\nThe attributes of a view:\n\n")
    parts += _names_of(View)
    parts.append(
        "\nThe template that `body` of a `webhook` channel names knows `document` too, which is"
        " what [the webhook](../webhook.md) posts otherwise.\n"
    )
    for title, kind in (
        ("`notification`", Notification),
        ("`notification.event`", Event),
        ("each of `pictures`", PictureView),
        ("each of `notification.graphs`", Graph),
        ("each of `notification.metrics`", perfdata.Metric),
    ):
        parts.append(f"\n## {title}\n\n")
        parts += _names_of(kind)
    filters = ", ".join(f"`{name}`" for name in sorted(FILTERS))
    parts.append(f"\n## Filters\n\nThose of Jinja, and no others: {filters}.\n")
    return "".join(parts)


def _first_comment(path: Path) -> str:
    found = re.match(r"\{#-?\s*(.*?)\s*-?#\}", path.read_text(), re.DOTALL)
    return f": {' '.join(found[1].split())}" if found else ""


def _names_of(kind: type[Any]) -> Iterator[str]:
    """Yield a table of a class's attributes and properties, by their docstrings."""
    about = _attributes(kind)
    yield "| name | is |\n|---|---|\n"
    for name, type_ in kind.__annotations__.items():
        text = about.get(name) or f"*{type_}*"
        yield f"| `{name}` | {_cell(text)} |\n"
    for name, member in vars(kind).items():
        if name.startswith("_") or name in ("values", "attribute"):
            continue
        if isinstance(member, property):
            yield f"| `{name}` | {_cell(inspect.getdoc(member) or '')} |\n"
        elif callable(member) and not isinstance(member, (type, classmethod)):
            signature = ", ".join(list(inspect.signature(member).parameters)[1:])
            yield f"| `{name}({signature})` | {_cell(inspect.getdoc(member) or '')} |\n"


def _cell(text: str) -> str:
    first = text.split("\n\n", 1)[0].replace("``", "`").replace("`Event.", "`")
    return " ".join(first.split()).replace("|", "\\|")


def _attributes(kind: type[Any]) -> dict[str, str]:
    """Read the ``Attributes:`` of a docstring: the text by name."""
    section = (inspect.getdoc(kind) or "").partition("Attributes:\n")[2]
    found = re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", section, re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in found}


def _extending() -> str:
    parts = [_EXTENDING_TEXT]
    for title, kind in (
        ("A channel type's descriptor: `channels.ChannelType`", channels.ChannelType),
        ("One recipient of a channel: `channels.Channel`", channels.Channel),
        ("What `send` returns: `channels.Receipt`", channels.Receipt),
        ("An input's descriptor: `inputs.InputType`", inputs.InputType),
    ):
        about = _attributes(kind)
        rows = [f"| `{name}` | {_cell(text)} |\n" for name, text in about.items()]
        parts += [f"\n## {title}\n\n| attribute | is |\n|---|---|\n", *rows]
        for name in ("open", "payload", "send", "probe", "parse"):
            member = vars(kind).get(name)
            if inspect.isfunction(member):
                parts.append(f"\n`{name}{_signature(member)}`: {_text(member)}\n")
    return "".join(parts)


def _signature(function: Any) -> str:
    names = list(inspect.signature(function).parameters)[1:]
    return f"({', '.join(names)})"


def _text(function: Any) -> str:
    return " ".join((inspect.getdoc(function) or "").replace("``", "`").split())


def _drawing() -> str:
    drawn, applied = _listed(kinds._MODULES), _listed(transform._TRANSFORMATIONS)
    reduced, asked = _listed(reducers._NAMES), _listed(queries._BACKENDS)
    parts = (
        ("Panel types", f"{drawn}. Panels of other types are not drawn."),
        (
            "Data",
            f"Every datasource whose queries run in Grafana itself: {asked}, and any other whose"
            " plugin has a backend. Those that only a browser can ask are refused, and so is what"
            " a browser filters ad hoc.",
        ),
        (
            "Variables",
            "A variable's value is the URL's, the alert's own label or name, or the one that the"
            " dashboard stores. Where there is none, these are asked, as Grafana's own pages do:"
            f" {_listed(finders.FINDERS)}: Prometheus and Loki from Grafana 9 on, InfluxDB from 8,"
            " Graphite from 12.",
        ),
        ("Transformations", f"{applied}. Others leave the data as it is, and are named."),
        ("Calculations", f"{reduced}, and percentiles: `p1` to `p99`."),
        ("Units", "All of Grafana's, by their ids, of 7.5 to 13.2, and those that people write."),
    )
    return _DRAWING_TEXT + "\n".join(f"## {title}\n\n{text}\n" for title, text in parts)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _metrics() -> str:
    from prometheus_client.parser import text_string_to_metric_families as families

    from grafherald_plugin.metrics import PluginMetrics

    parts = [_METRICS_TEXT]
    labels = {f"grafherald_{name}": {label} for name, _, label, _ in GAUGES}
    for text in (exposition(), PluginMetrics().exposition()):
        found = [family for family in families(text) if not family.name.endswith("_created")]
        parts += [_row(family, labels.get(family.name, set())) for family in found]
        parts.append(_PLUGIN)
    parts.pop()
    return "".join(parts)


def _row(family: Any, known: set[str]) -> str:
    total = "_total" if family.type == "counter" else ""
    labels = {name for sample in family.samples for name in sample.labels} - {"le"} | known
    shown = ", ".join(f"`{name}`" for name in sorted(labels))
    text = family.documentation.replace("|", "\\|")
    return f"| `{family.name.removesuffix('_total')}{total}` | {family.type} | {shown} | {text} |\n"


def exposition() -> str:
    """Return what a daemon with the picture service answers at ``/metrics``, each thing once."""
    from prometheus_client import generate_latest

    from grafherald.images.metrics import PictureMetrics
    from grafherald.server.service import Daemon, Outside

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.of(
            {
                "store": f"sqlite:///{folder}/store.db",
                "channels": {"look": {"type": "file", "directory": folder}},
            }
        )
        daemon = Daemon(Outside(load=lambda: settings, environment={}, read=read))
        _count_each(daemon.metrics)
        PictureMetrics(daemon.metrics.registry, lambda: 0).requests.labels("ok")
        text: str = generate_latest(daemon.metrics.registry).decode()
        daemon._asked.close()
    return text


def _count_each(metrics: Metrics) -> None:
    metrics.event("sensu", "kept")
    metrics.sent("chat", "slack", 1.0)
    metrics.failed("chat", "temporary")
    metrics.render("ok", 1.0)


def write() -> None:
    """Put the pages where the rest of the documentation is."""
    for name, text in pages().items():
        (FOLDER / f"{name}.md").write_text(text)


if __name__ == "__main__":
    write()
