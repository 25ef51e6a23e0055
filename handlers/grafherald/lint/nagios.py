"""Hosts and services of Nagios: where their graphs come from, and what becomes of the URLs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from grafherald.grafana.repair import repaired
from grafherald.grafana.urls import is_render_url
from grafherald.inputs.nagios.attributes import linked
from grafherald.inputs.nagios.graphs import parts
from grafherald.lint.finding import LintFinding, mistyped
from grafherald.lint.objects import Directive, Object, read
from grafherald.lint.urls import Look

_LINKS = ("action_url", "notes_url")
_PARTS = {"_GRAPH_PANEL", "_GRAPH_VARS"}  # read, and no graph by themselves
_STRIPPED = str.maketrans("", "", "`~$&|'\"<>")  # Nagios' default illegal_macro_output_chars
_Templates = Mapping[tuple[str, str], Object]


def lint(text: str, look: Look) -> Iterator[LintFinding]:
    """Find what is wrong with the hosts and services in *text*."""
    objects = [each for each in read(text) if each.kind in ("host", "service")]
    templates = {(each.kind, each.get("name")): each for each in objects if each.get("name")}
    hosts = {each.get("host_name"): each for each in objects if each.kind == "host"}
    for each in objects:
        if not each.closed:
            yield LintFinding("define has no closing }", each.line, each.name)
        for number, entry in enumerate(each.entries):
            is_again = entry.key in (earlier.key for earlier in each.entries[:number])
            for message in _entry(entry, look, is_again=is_again):
                yield LintFinding(message, entry.line, each.name)
        is_real = each.kind == "service" and each.get("register") != "0"
        own = [hosts[name] for name in each.names("host_name") if name in hosts]
        if is_real and not any(_has_graph(one, templates) for one in (each, *own)):
            known = (
                "has no graph: no _GRAPH_IMAGE, no _GRAPH_DASHBOARD, no render URL in action_url"
            )
            hint = mistyped("_GRAPH_IMAGE", {entry.key for entry in each.entries} - _PARTS)
            yield LintFinding(known + hint, each.line, each.name)


def _has_graph(each: Object, templates: _Templates) -> bool:
    """Tell whether it has one or inherits one; a template that is not in this file may have one."""
    waiting, seen = [each], set()
    while waiting:
        one = waiting.pop()
        if one.get("_GRAPH_IMAGE") or one.get("_GRAPH_DASHBOARD"):
            return True
        if any(is_render_url(url) for key in _LINKS for url in linked(one.get(key))):
            return True
        for name in one.names("use"):
            if (one.kind, name) not in templates:
                return True
            if name not in seen:
                waiting.append(templates[one.kind, name])
                seen.add(name)
    return False


def _entry(entry: Directive, look: Look, *, is_again: bool) -> Iterator[str]:
    if is_again:
        yield f"{entry.key}: stands here twice; the last one counts"
    if entry.key == "_GRAPH_IMAGE":
        if "=" in entry.comment:
            yield f"{entry.key}: ends at the ; for Nagios, the rest is a comment; write \\;"
        for url in parts(entry.value):
            yield from _custom(entry.key, url, look)
    elif entry.key in _LINKS:
        graphs = filter(is_render_url, linked(entry.value))
        yield from (f"{entry.key} {problem}" for url in graphs for problem in look(url))


def _custom(key: str, url: str, look: Look) -> Iterator[str]:
    """Find what is wrong with a URL in a custom variable, which does not arrive as it is."""
    meant = url.replace("$", "").replace(";", "&")
    if repaired(url.translate(_STRIPPED)) != meant and "&" in meant:
        yield f"{key}: Nagios takes its & away, and they can't all be put back; write \\;"
    yield from (f"{key} {problem}" for problem in look(repaired(meant)))
