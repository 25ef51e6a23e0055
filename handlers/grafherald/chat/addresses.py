"""Where a panel is: the URL that Grafana renders it at, and the page that shows it live.

The order of the parameters and their encoding are hubot-grafana's (src/client/GrafanaClient.js),
which are those of a browser's URLSearchParams.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

_RENDER_OPTIONS = ("tz", "orgId", "theme", "timeout", "scale")
_SOLO = {"uid": "d-solo", "slug": "dashboard-solo/db", "model": "dashboard/solo/db"}


@dataclass(frozen=True)
class DashboardPlace:
    """One dashboard.

    Attributes:
        base: Grafana's URL without a slash at its end.
        key: the uid, or the slug.
        kind: how it is addressed: ``uid`` since Grafana 5, ``slug`` before, ``model`` until 2.0.1
            (https://github.com/grafana/grafana/commit/35cc0a1cc0bca453ce789056f6fbd2fcb13f74cb).
        modern: whether a page shows one panel by ``viewPanel``, as since Grafana 7
            (https://github.com/grafana/grafana/issues/25459).
    """

    base: str
    key: str
    kind: str = "uid"
    modern: bool = True


@dataclass(frozen=True)
class PanelView:
    """What to show: a panel by its id, or the whole dashboard (None), and how."""

    place: DashboardPlace
    panel: int | None
    start: str
    end: str
    variables: Sequence[tuple[str, str]] = ()
    options: Mapping[str, str] = field(default_factory=dict)


def image(view: PanelView) -> str:
    """The address where Grafana renders *view*; its options hold width and height."""
    place = view.place
    if view.panel is None:
        path, shown = _page_path(place), ["kiosk", "autofitpanels"]
    else:
        path, shown = (
            view.options.get("apiEndpoint") or _SOLO[place.kind],
            [f"panelId={view.panel}"],
        )
    size = [(name, view.options[name]) for name in ("width", "height")]
    rest = [(name, view.options[name]) for name in _RENDER_OPTIONS if view.options.get(name)]
    query = "&".join([*shown, *_encoded([*size, *_range(view), *_variables(view), *rest])])
    return f"{place.base}/render/{path}/{quote(place.key, safe='')}/?{query}"


def link(view: PanelView) -> str:
    """The page where a reader sees *view* live."""
    place = view.place
    shown = [] if view.panel is None else [f"panelId={view.panel}", "fullscreen"]
    rest: list[tuple[str, str]] = []
    if place.modern:
        shown = [] if view.panel is None else [f"viewPanel={view.panel}"]
        rest = [(name, view.options[name]) for name in ("tz", "orgId") if view.options.get(name)]
    query = "&".join([*shown, *_encoded([*_range(view), *_variables(view), *rest])])
    return f"{place.base}/{_page_path(place)}/{quote(place.key, safe='')}/?{query}"


def _page_path(place: DashboardPlace) -> str:
    return "d" if place.kind == "uid" else "dashboard/db"


def _range(view: PanelView) -> list[tuple[str, str]]:
    return [("from", view.start), ("to", view.end)]


def _variables(view: PanelView) -> list[tuple[str, str]]:
    return [(f"var-{name}", value) for name, value in view.variables]


def _encoded(pairs: Sequence[tuple[str, str]]) -> list[str]:
    return [f"{_encode(name)}={_encode(value)}" for name, value in pairs]


def _encode(text: str) -> str:
    return quote_plus(text, safe="*").replace("~", "%7E")
