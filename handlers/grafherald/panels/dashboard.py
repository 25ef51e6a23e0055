"""The panel that a URL means, in a dashboard of any age, and which datasource it asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from grafherald.draw.frames.decode import CannotRead
from grafherald.errors import excerpt

_PATH = re.compile(r"/(d-solo|d|dashboard-solo|dashboard)/([^/?#]+)(?:/([^/?#]*))?")
_NUMBER = re.compile(r"(?:panel-)?(\d{1,9})")


@dataclass(frozen=True)
class PanelUrl:
    """What a render URL, or that of a panel in the browser, asks for.

    Attributes:
        path: where the API has the dashboard; "" for an expression without one.
        panel: the panel's id.
        asked: the URL's parameters, each with all of its values.
    """

    path: str
    panel: int
    asked: Mapping[str, list[str]]

    def one(self, name: str, default: str = "") -> str:
        """The last value of a parameter."""
        return (self.asked.get(name) or [default])[-1]


def address_of(url: str) -> PanelUrl:
    """Take a URL apart.

    Raises:
        CannotRead: it is not that of a panel.
    """
    parts = urlsplit(url)
    found = _PATH.search(parts.path)
    asked = parse_qs(parts.query, keep_blank_values=True, max_num_fields=500)
    if parts.path.endswith("/explore") and asked.get("left"):
        return PanelUrl("", 1, asked)
    if not found:
        raise CannotRead(f"{excerpt(parts.path)} is not the address of a panel")
    kind, first, second = found.groups()
    number = next(
        (
            hit[1]
            for name in ("panelId", "viewPanel", "editPanel", "fullscreen")
            for value in asked.get(name, ())
            if (hit := _NUMBER.fullmatch(value.split("clone")[0].rstrip("-")))
        ),
        None,
    )
    if number is None:
        raise CannotRead("the address names no panel (panelId=...)")
    old = kind.startswith("dashboard")
    path = (
        f"/api/dashboards/{unquote(first)}/{second or ''}"
        if old
        else f"/api/dashboards/uid/{first}"
    )
    return PanelUrl(path.rstrip("/"), int(number), asked)


def find_panel(dashboard: Mapping[str, Any], number: int) -> Mapping[str, Any]:
    """The panel with this id, wherever it stands: in rows, collapsed or not, or repeated.

    Raises:
        CannotRead: there is none; the sentence says which there are.
    """
    panels = list(panels_of(dashboard))
    for panel in panels:
        if panel.get("id") == number:
            return panel
    known = sorted({panel["id"] for panel in panels if isinstance(panel.get("id"), int)})
    title = excerpt(str(dashboard.get("title") or "without a name"), 80)[1:-1]
    listed = ", ".join(map(str, known[:20])) + (", ..." if len(known) > 20 else "")
    has = f"it has {listed}" if known else "it has none"
    raise CannotRead(f'Grafana has no panel {number} on "{title}" ({has})')


def panels_of(dashboard: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every panel but rows, those of collapsed rows and of rows of before Grafana 5 too."""
    stack = [*_list(dashboard.get("panels"))]
    for row in _list(dashboard.get("rows")):
        stack += _list(_mapping(row).get("panels"))
    for panel in stack:
        if not isinstance(panel, Mapping):
            continue
        if panel.get("type") == "row":
            yield from (each for each in _list(panel.get("panels")) if isinstance(each, Mapping))
        else:
            yield _resolved(panel)


def library_panel(panel: Mapping[str, Any]) -> str:
    """The uid of the library panel that this one is, where the server did not put it in."""
    uid = _mapping(panel.get("libraryPanel")).get("uid")
    there = panel.get("targets") or panel.get("type") not in (None, "", "library-panel-ref")
    return uid if isinstance(uid, str) and not there else ""


def with_model(panel: Mapping[str, Any], answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """A panel with the library panel that ``/api/library-elements/`` answered."""
    model = _mapping(_mapping(answer.get("result")).get("model"))
    return _resolved({**panel, "targets": None, "libraryPanel": {"model": model}})


def targets_of(panel: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A panel's queries as the dashboard has them."""
    return [each for each in _list(panel.get("targets")) if isinstance(each, Mapping)]


def _resolved(panel: Mapping[str, Any]) -> Mapping[str, Any]:
    """A library panel whose model the server put beside it."""
    model = _mapping(_mapping(panel.get("libraryPanel")).get("model"))
    if model and not panel.get("targets"):
        kept = {key: panel[key] for key in ("id", "gridPos", "libraryPanel") if key in panel}
        return {**model, **kept}
    return panel


@dataclass(frozen=True)
class Datasource:
    """One of Grafana's datasources, as ``/api/frontend/settings`` lists it."""

    name: str
    type: str
    uid: str
    id: int
    interval: str
    meta: Mapping[str, Any]
    settings: Mapping[str, Any]

    @property
    def reference(self) -> dict[str, Any]:
        """The keys by which a query names its datasource: by id up to 8, by uid since 9."""
        return {"datasourceId": self.id, "datasource": {"type": self.type, "uid": self.uid}}


class DatasourceList:
    """What ``/api/frontend/settings`` says; a Viewer sees no other list."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._all = [
            _datasource(name, each)
            for name, each in _mapping(settings.get("datasources")).items()
            if isinstance(each, Mapping)
        ]
        default = settings.get("defaultDatasource")
        self.default = next((each for each in self._all if each.name == default), None)

    def find(self, wanted: Any) -> Datasource | None:
        """By what a panel or a target says: nothing, a name, a uid, or ``{uid, type}``."""
        if isinstance(wanted, Mapping):
            wanted = wanted.get("uid") or wanted.get("name") or None
            if wanted is None:
                return self.default
        if wanted in (None, "", "default"):
            return self.default
        return next((each for each in self._all if wanted in (each.name, each.uid)), None)

    def of_type(self, kind: str) -> list[Datasource]:
        """All of a type, the default one first."""
        found = [each for each in self._all if kind in (each.type, each.meta.get("id"))]
        return sorted(found, key=lambda each: each is not self.default)


def _datasource(name: str, given: Mapping[str, Any]) -> Datasource:
    json_data, meta = _mapping(given.get("jsonData")), _mapping(given.get("meta"))
    number = given.get("id")
    return Datasource(
        name=name,
        type=str(given.get("type") or meta.get("id") or ""),
        uid=str(given.get("uid") or ""),
        id=number if isinstance(number, int) else 0,
        interval=str(json_data.get("timeInterval") or given.get("interval") or ""),
        meta=meta,
        settings=json_data,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
