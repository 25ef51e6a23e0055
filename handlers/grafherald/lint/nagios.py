"""Nagios' object files: hosts, services and the templates that they use.

https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/objectdefinitions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from grafherald.grafana.repair import repaired
from grafherald.grafana.urls import is_render_url
from grafherald.lint.finding import Finding
from grafherald.lint.urls import problems

_DEFINE = re.compile(r"define\s+(\w+)\s*\{\s*(.*)")
_COMMENT = re.compile(r"(?<!\\);.*")
_STRIPPED = str.maketrans("", "", "`~$&|'\"<>")  # Nagios' default illegal_macro_output_chars


@dataclass
class _Object:
    kind: str
    line: int
    texts: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        host = self.texts.get("host_name", self.texts.get("name", ""))
        return (
            f"{host}/{self.texts['service_description']}".lstrip("/")
            if ("service_description" in self.texts)
            else host
        )


def lint(text: str) -> list[Finding]:
    """Return what is wrong with the hosts and services in *text*."""
    findings: list[Finding] = []
    objects = [each for each in _objects(text, findings) if each.kind in ("host", "service")]
    templates = {(o.kind, o.texts["name"]): o for o in objects if "name" in o.texts}
    hosts = {
        o.texts["host_name"]: o for o in objects if o.kind == "host" and "host_name" in o.texts
    }
    for each in objects:
        findings.extend(_urls(each))
        is_real = each.kind == "service" and each.texts.get("register") != "0"
        if is_real and not _has_graph(each, templates):
            names = each.texts.get("host_name", "").split(",")
            own = [hosts[name.strip()] for name in names if name.strip() in hosts]
            if not any(_has_graph(host, templates) for host in own):
                message = (
                    "has no graph: no _GRAPH_IMAGE, _GRAPH_DASHBOARD or render URL in action_url"
                )
                findings.append(Finding(message, each.line, each.name))
    return findings


def _objects(text: str, findings: list[Finding]) -> Iterator[_Object]:
    """Yield the objects; keys that stand there twice and cut values are noted in *findings*."""
    current: _Object | None = None
    for number, line in enumerate(text.splitlines(), 1):
        words = _COMMENT.sub("", line).strip()
        start = _DEFINE.match(words)
        if words.startswith("#"):
            continue
        if start:
            current = _Object(start[1], number)
        elif words == "}" and current:
            yield current
            current = None
        elif words and current:
            key, value = (*words.split(None, 1), "")[:2]
            _note(current, key, value, number, findings)
            if ";" in line.replace("\\;", "") and "GRAPH" in key and "=" in line.partition(";")[2]:
                message = f"{key}: ends at the ; for Nagios, the rest is a comment; write \\;"
                findings.append(Finding(message, number, current.name))
    if current:
        findings.append(Finding("define has no closing }", current.line, current.name))


def _note(current: _Object, key: str, value: str, number: int, findings: list[Finding]) -> None:
    key = key.upper() if key.startswith("_") else key
    if key in current.texts:
        message = f"{key}: stands here twice; the last one counts"
        findings.append(Finding(message, number, current.name))
    current.texts[key], current.lines[key] = value.replace("\\;", ";"), number


def _has_graph(each: _Object, templates: dict[tuple[str, str], _Object], depth: int = 0) -> bool:
    """Tell whether it has one, or inherits one; what is not in this file may have one."""
    texts = each.texts
    linked = (texts.get("action_url", ""), texts.get("notes_url", ""))
    if "_GRAPH_IMAGE" in texts or "_GRAPH_DASHBOARD" in texts or any(map(is_render_url, linked)):
        return True
    used = [(each.kind, name.strip()) for name in texts.get("use", "").split(",") if name.strip()]
    return depth < 20 and any(
        key not in templates or _has_graph(templates[key], templates, depth + 1) for key in used
    )


def _urls(each: _Object) -> Iterator[Finding]:
    found = [("_GRAPH_IMAGE", each.texts.get("_GRAPH_IMAGE", ""))]
    for key in ("action_url", "notes_url"):
        if is_render_url(each.texts.get(key, "")):
            found.append((key, each.texts[key]))
    for key, value in found:
        for url in re.split(r"[;,\s]\s*(?=https?://)", value) if value else ():
            arrives = repaired(url.translate(_STRIPPED)) if key.startswith("_") else url
            meant = url.replace("$", "").replace(";", "&") if key.startswith("_") else url
            if "&" in meant and arrives != meant:
                message = (
                    f"{key}: Nagios takes its & away, and they can't all be put back; write \\;"
                )
                yield Finding(message, each.lines[key], each.name)
            for problem in problems(repaired(meant)):
                yield Finding(f"{key} {problem}", each.lines[key], each.name)
