"""Checks of Sensu Core (``checks`` by name) and of Sensu Go (resources)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from grafherald.inputs.sensu.attributes import PREFIX, find, migrated, prefixed, unknown
from grafherald.lint.finding import LintFinding, mistyped
from grafherald.lint.urls import Look
from grafherald.settings import schema
from grafherald.settings.document import Document, Path

_GO_CHECKS = ("Check", "CheckConfig", "GoCheck")  # the last two: sensuctl's and Chef's names
_OTHERS = ("type", "handlers", "filters", "mutators", "client", "transport", "api", "grafherald")
_MISPLACED = "Sensu Go drops it here: it has to be in metadata.annotations"
_AGENT = re.compile(r"\{\{\s*\.name\s*\}\}")
_OF_AGENT = (
    "{{ .name }} is the name of the agent that runs the check, not of the proxy entity;"
    " write the entity's name"
)


def lint(document: Document, look: Look) -> Iterator[LintFinding]:
    """Find what is wrong in *document*; resources that are no checks are passed over."""
    for path in document.repeated:
        yield LintFinding(
            f"{'.'.join(path)}: stands here twice; the last one counts", document.line(*path)
        )
    value = document.value
    if isinstance(value, list):  # sensuctl check list --format json
        for number, each in enumerate(value):
            yield from _one(document, each, (str(number),), look)
    elif value is not None:
        yield from _one(document, value, (), look)


def _one(document: Document, value: Any, at: Path, look: Look) -> Iterator[LintFinding]:
    for text in schema.problems("check-definition", value):
        field = tuple(text.partition(":")[0].split("."))
        yield LintFinding(text, document.line(*at, *field))
    if not isinstance(value, dict):
        return
    checks = value.get("checks")
    if isinstance(checks, dict):
        for name, check in checks.items():
            if isinstance(check, dict):
                yield from _core(document, check, (*at, "checks", str(name)), look)
    elif value.get("type") in _GO_CHECKS or ("metadata" in value and "command" in value):
        yield from _go(document, value, at, look)
    elif not any(key in value for key in _OTHERS):
        yield LintFinding("holds no check", document.line(*at))


def _core(document: Document, check: dict[str, Any], at: Path, look: Look) -> Iterator[LintFinding]:
    if not isinstance(check.get("graph_image", ""), (str, list)):
        return  # the schema has said it
    handlers = _listed(check.get("handlers")) or _listed(check.get("handler"))
    is_metric = check.get("type") == "metric"
    graphs = find(("graph_image",), [check]).get("graph_image", ())
    line = document.line(*at, "graph_image")
    wanted = bool(handlers) and not is_metric
    hint = mistyped("graph_image", check)
    for message in _about(graphs, look, hint, handled=bool(handlers), wanted=wanted):
        yield LintFinding(message, line, at[-1])


def _go(
    document: Document, resource: dict[str, Any], at: Path, look: Look
) -> Iterator[LintFinding]:
    metadata = _mapping(resource.get("metadata"))
    is_wrapped = isinstance(resource.get("spec"), dict)
    check, inside = (resource["spec"], (*at, "spec")) if is_wrapped else (resource, at)
    name = str(metadata.get("name", ""))
    annotations = _mapping(metadata.get("annotations"))
    for where, place in ((inside, check), ((*at, "metadata"), metadata)):
        if "graph_image" in place:
            line = document.line(*where, "graph_image")
            yield LintFinding(f"graph_image: {_MISPLACED}", line, name)
            return
    is_proxied = bool(check.get("proxy_entity_name") or check.get("proxy_requests"))
    for key, text in annotations.items() if is_proxied else ():
        if _AGENT.search(str(text)):
            line = document.line(*at, "metadata", "annotations", key)
            yield LintFinding(f"{key}: {_OF_AGENT}", line, name)
    places = [
        prefixed(annotations),
        annotations,
        migrated(annotations),
        _mapping(metadata.get("labels")),
    ]
    graphs = find(("graph_image",), places).get("graph_image", ())
    handled = bool(_listed(check.get("handlers")) or _listed(check.get("pipelines")))
    line = document.line(*at, "metadata", "annotations", "graph_image")
    hint = mistyped("graph_image", [key for place in places for key in place])
    for message in _about(graphs, look, hint, handled=handled, wanted=handled):
        yield LintFinding(message, line, name)
    for key in unknown([annotations]):
        message = f"{PREFIX}{key}: nobody reads it"
        yield LintFinding(
            message, document.line(*at, "metadata", "annotations", PREFIX + key), name
        )


def _about(
    graphs: tuple[str, ...], look: Look, hint: str, *, handled: bool, wanted: bool
) -> Iterator[str]:
    if not graphs and wanted:
        yield f"graph_image: missing, its notifications come without a graph{hint}"
    if graphs and not handled:
        yield "has a graph_image but no handler, so nobody will see it"
    for graph in graphs:
        for problem in look(graph):
            yield f"graph_image {problem}"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
