"""The graphs of a host or service: named in a custom variable, built from some, or linked."""

from __future__ import annotations

import re
from urllib.parse import quote

from grafherald.grafana import urls
from grafherald.grafana.repair import repaired
from grafherald.inputs.nagios.attributes import urls_of
from grafherald.inputs.nagios.macros import Macros

# Nagios does not expand macros in custom variables, and takes their $ away.
_MACRO = re.compile(
    r"(?<==)\$?((?:HOST|SERVICE)(?:NAME|DESC|ALIAS|ADDRESS|DISPLAYNAME|GROUPNAME))\$?(?=&|$)"
)
_WRITTEN = re.compile(r"\$(\w+)\$")  # anywhere, where its $ are still there


def find(found: Macros) -> dict[str, tuple[str, ...]]:
    """Choose ``graph_image``: the service's own, else its host's, else nothing.

    ``_GRAPH_IMAGE`` goes before ``_GRAPH_DASHBOARD``, that before a render URL in action_url or
    notes_url. A graph that is built from a dashboard's name has no host: Grafana's is in the
    settings.
    """
    for scope in found.scopes:
        images = _named(found, scope) or _built(found, scope) or _linked(found, scope)
        if images:
            filled = (_filled(found, image) for image in images)
            return {"graph_image": tuple(dict.fromkeys(filled))}
    return {}


def parts(text: str) -> list[str]:
    """Split ``_GRAPH_IMAGE`` into its URLs, without the quotes around them."""
    return [part.strip("\"'") for part in re.split(r"[;,\s]\s*(?=[\"']?https?://)", text)]


def _named(found: Macros, scope: str) -> list[str]:
    """Read ``_GRAPH_IMAGE``: one URL, or several with a blank, ``,`` or ``;`` between."""
    return [repaired(part) for part in parts(found.custom(scope, "GRAPH_IMAGE")) if part]


def _built(found: Macros, scope: str) -> list[str]:
    """Build panels from ``_GRAPH_DASHBOARD abc/api``, ``_GRAPH_PANEL 2 3``, ``_GRAPH_VARS a=b``."""
    dashboard = found.custom(scope, "GRAPH_DASHBOARD").strip("/")
    panels = re.findall(r"\d+", found.custom(scope, "GRAPH_PANEL"))
    pairs = re.split(r"[;&\s]+|%26", found.custom(scope, "GRAPH_VARS"))
    variables = [pair.partition("=")[::2] for pair in pairs if "=" in pair]
    return [urls.panel(dashboard, panel, variables) for panel in panels or [""] if dashboard]


def _linked(found: Macros, scope: str) -> list[str]:
    names = ("ACTIONURL", "NOTESURL")
    linked = (url for name in names for url in urls_of(found, scope, name))
    return [repaired(url) for url in linked if urls.is_render_url(url)]


def _filled(found: Macros, url: str) -> str:
    """Put the values of macros such as ``$HOSTNAME$`` into *url*'s parameters."""
    url = _MACRO.sub(lambda macro: quote(found.get(macro[1]), safe=""), url)
    return _WRITTEN.sub(lambda macro: quote(found.get(macro[1]), safe="") or macro[0], url)
