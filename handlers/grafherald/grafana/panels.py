"""Which panel a render URL is about, and whether Grafana's JSON has it. Pure.

Grafana answers a render of a panel that is not there with 200 and a picture of its error, after
the full time of a render; its API says so in milliseconds.
https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote

from grafherald.errors import excerpt

_PATH = re.compile(
    r"/render/(?:(?P<solo>d-solo)|d)/(?P<uid>[^/?#]+)"
    r"|/render/dashboard(?P<old>[-/]solo)?/db/(?P<slug>[^/?#]+)"
)
_PANEL = re.compile(r"(?:panel-)?(?P<id>\d{1,9})(?P<clone>(?:-clone-\d+)*)", re.ASCII)
_MOST_NAMED = 12
_PLACING = ("id", "gridPos", "pluginVersion", "repeatPanelId", "scopedVars")
# Types that later Grafanas turn into others by themselves, and so do not list.
_MIGRATED = frozenset(
    (
        "graph",
        "singlestat",
        "table-old",
        "heatmap-new",
        "grafana-singlestat-panel",
        "grafana-piechart-panel",
        "grafana-worldmap-panel",
        "natel-discrete-panel",
    )
)


class PanelAddress(NamedTuple):
    """What a render URL asks for.

    Attributes:
        key: the dashboard's uid, or its slug.
        is_slug: which of them, as before Grafana 5.
        panel: the panel's id; None is the whole dashboard.
        mistake: what is wrong with the URL itself, or "".
    """

    key: str
    is_slug: bool
    panel: int | None
    mistake: str = ""

    @property
    def path(self) -> str:
        """Where Grafana's API has the dashboard, behind ``/api/``."""
        return f"dashboards/{'db' if self.is_slug else 'uid'}/{quote(self.key, safe='')}"


def panel_address(render_url: str) -> PanelAddress | None:
    """Read what *render_url* is about; None when it is of no form that we know."""
    path, _, query = render_url.partition("#")[0].partition("?")
    found = _PATH.search(path)
    if found is None:
        return None
    key = unquote(found["uid"] or found["slug"])
    if not (found["solo"] or found["old"]):
        return PanelAddress(key, bool(found["slug"]), None)
    pairs = dict(parse_qsl(query, keep_blank_values=True))
    panel = _PANEL.fullmatch(pairs.get("panelId", ""))
    if panel:
        return PanelAddress(key, bool(found["slug"]), int(panel["id"]))
    return PanelAddress(key, bool(found["slug"]), None, _mistake(pairs))


def _mistake(pairs: Mapping[str, str]) -> str:
    if "panelId" in pairs:
        return f"the URL's panelId is no number: {excerpt(pairs['panelId'], 40)}"
    same = next((name for name in pairs if name.lower() == "panelid"), "")
    if same:
        return f"the URL has {same}, and Grafana reads panelId only"
    return "the URL names no panel: panelId is missing"


def problem(address: PanelAddress, dashboard: Any, frontend: Any = None) -> str:
    """Tell why there will be no picture of the panel, as far as the JSON tells; else "".

    Args:
        address: of the panel.
        dashboard: ``dashboard`` of Grafana's answer.
        frontend: the answer of ``/api/frontend/settings``, which lists what is installed.
    """
    if address.mistake:
        return address.mistake
    found = list(panels(dashboard))
    if address.panel is None or not found:
        return ""
    title = excerpt(str(dashboard.get("title") or address.key), 60)[1:-1]
    asked = next((panel for panel in found if panel.get("id") == address.panel), None)
    if asked is None:
        ids = sorted({panel["id"] for panel in found})
        # Before scenes, the repeats of a panel get ids beyond these, in the browser.
        if address.panel > ids[-1] and any(_repeats(dashboard)):
            return ""
        return f'Grafana has no panel {address.panel} on "{title}" (it has {_listed(ids)})'
    return _gone(asked, f'panel {address.panel} of "{title}"', _mapping(frontend))


def look(address: PanelAddress, dashboard: Any) -> Mapping[str, Any] | None:
    """What makes a panel's picture, whichever dashboard and place it has; None without one."""
    found = next((one for one in panels(dashboard) if one.get("id") == address.panel), None)
    if found is None:
        return None
    return {key: value for key, value in found.items() if key not in _PLACING}


def panels(dashboard: Any) -> Iterator[Mapping[str, Any]]:
    """Find the panels of a dashboard's JSON, wherever they stand, but for the rows themselves."""
    for holder in _holders(dashboard):
        for panel in _mappings(holder.get("panels")):
            number = panel.get("id")
            is_number = isinstance(number, int) and not isinstance(number, bool)
            if is_number and panel.get("type") != "row":
                yield panel


def _holders(dashboard: Any) -> Iterator[Mapping[str, Any]]:
    """All that has panels: the dashboard, collapsed rows, and the rows of Grafana 4."""
    found = _mapping(dashboard)
    yield found
    yield from (panel for panel in _mappings(found.get("panels")) if panel.get("type") == "row")
    yield from _mappings(found.get("rows"))


def _repeats(dashboard: Any) -> Iterator[bool]:
    for holder in _holders(dashboard):
        yield bool(holder.get("repeat"))
        yield from (bool(panel.get("repeat")) for panel in _mappings(holder.get("panels")))


def _gone(panel: Mapping[str, Any], name: str, frontend: Mapping[str, Any]) -> str:
    types, kind = _mapping(frontend.get("panels")), panel.get("type")
    if types and isinstance(kind, str) and kind and kind not in types and kind not in _MIGRATED:
        return f"Grafana has no panel plugin {excerpt(kind, 60)}, which {name} is drawn with"
    sources = _mapping(frontend.get("datasources"))
    asked = _source(panel.get("datasource"))
    known = {*sources, *(str(_mapping(one).get("uid")) for one in sources.values())}
    if sources and asked and asked not in known:
        return f"Grafana has no datasource {excerpt(asked, 60)}, which {name} asks"
    return ""


def _source(datasource: Any) -> str:
    """Find the name or uid of a datasource; "" for those that nobody installs."""
    asked = _mapping(datasource).get("uid") if isinstance(datasource, dict) else datasource
    if not isinstance(asked, str) or "$" in asked or asked in ("default", "grafana", "__expr__"):
        return ""
    return "" if asked.startswith("-- ") else asked


def _listed(ids: Sequence[int]) -> str:
    more = f" and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else ""
    return ", ".join(map(str, ids[:_MOST_NAMED])) + more


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
