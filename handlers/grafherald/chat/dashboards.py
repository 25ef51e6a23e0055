"""Finding the dashboard that somebody means: by uid, then slug, then title."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from grafherald.chat.addresses import DashboardPlace
from grafherald.chat.answers import address, in_folder, lines, word
from grafherald.chat.shapes import mapping, mappings
from grafherald.chat.words import folded
from grafherald.errors import GrafanaError, Refusal
from grafherald.grafana.api import Grafana

_PAGE = 5000
_MOST_PAGES = 20
_MODERN = 7
_MOST_LISTED = 25
NOT_FOUND = "Dashboard not found"

Hit = Mapping[str, Any]


def search(grafana: Grafana, *, tag: str = "", words: str = "") -> list[Hit]:
    """Find the dashboards with *tag* or *words*, or all, as many as Grafana gives at once."""
    asked = [("query", words), ("tag", tag)]
    parameters = [("type", "dash-db"), *(pair for pair in asked if pair[1])]
    answer = grafana.get("search", parameters)
    return mappings(mapping(answer).get("dashboards", answer))  # in an object until Grafana 2.0.1


def find(
    grafana: Grafana, target: str, every: Callable[[], list[Hit]] | None = None
) -> tuple[DashboardPlace, Mapping[str, Any]]:
    """Find where the dashboard *target* is, and its JSON.

    Args:
        grafana: the one that has it.
        target: its uid, slug or title, or ``folder/title``.
        every: lists all dashboards; default `everything`.

    Raises:
        Refusal: there is none, or there are several; the text lists them.
        GrafanaError: Grafana gave no usable answer.
    """
    found = _load(grafana, target) if re.fullmatch(r"[\w-]+", target, re.ASCII) else None
    if found is not None:
        return found
    hits = matching(every() if every else everything(grafana), target)
    if len(hits) > 1:
        listed = "\n".join(lines(hits)[:_MOST_LISTED])
        names = [in_folder(hit) for hit in hits[:2]]
        folders = len(set(names)) == len(names) and len({_title(hit) for hit in hits}) == 1
        each = names if folders else [str(hit.get("title") or "") for hit in hits[:2]]
        either = " or ".join(f"`graf db {word(name)}`" for name in each)
        keys = " or ".join(f"`graf db {word(address(hit))}`" for hit in hits[:2])
        hint = f"Ask for one: {either if len(set(each)) == len(each) else keys}."
        raise Refusal(f"`{target}` may be one of {len(hits)} dashboards:\n{listed}", hint=hint)
    found = _load(grafana, address(hits[0])) if hits else None
    if found is None:
        raise _not_found(target)
    return found


def matching(hits: Sequence[Hit], target: str) -> list[Hit]:
    """Choose the *hits* that *target* means: by slug, else by title, else by the title's start.

    Raises:
        Refusal: none; the hint names those that are close.
    """
    wanted = folded(target)
    ways: Sequence[Callable[[Hit], bool]] = (
        lambda hit: _slug(hit) == wanted,
        lambda hit: _title(hit) == wanted,
        lambda hit: _in_folder(hit) == wanted,
        lambda hit: any(name(hit).startswith(wanted) for name in (_title, _slug, _in_folder)),
    )
    for way in ways:
        found = [hit for hit in hits if way(hit)]
        if found:
            return found
    raise _not_found(target, hits)


def _not_found(target: str, hits: Sequence[Hit] = ()) -> Refusal:
    titles = {_title(hit): str(hit.get("title")) for hit in hits}
    close = difflib.get_close_matches(folded(target), titles, 3, 0.6)
    if close:
        names = " or ".join(f"`graf db {word(titles[title])}`" for title in close)
        return Refusal(NOT_FOUND, hint=f"Did you mean {names}?")
    return Refusal(
        NOT_FOUND,
        hint=f"Nothing has the uid, slug or title `{target}`, or our token may not see it."
        " `graf list` shows what there is, `graf search <word>` looks for a title.",
    )


def _load(grafana: Grafana, key: str) -> tuple[DashboardPlace, Mapping[str, Any]] | None:
    """Load the dashboard with this uid, else with this slug; None where there is neither."""
    base = grafana.server.url
    path = quote(key, safe="")
    answer = _get_or_none(grafana, f"dashboards/uid/{path}")
    if answer is not None:
        version = _version(grafana)
        return DashboardPlace(base, key, "uid", version is None or version >= _MODERN), _json(
            grafana, answer
        )
    answer = _get_or_none(grafana, f"dashboards/db/{path}")  # until Grafana 8
    if answer is None:
        return None
    if "model" in answer:  # until Grafana 2.0.1
        return DashboardPlace(base, key, "model", modern=False), mapping(answer["model"])
    dashboard = _json(grafana, answer)
    version = _version(grafana)
    if version is not None and version >= _MODERN and dashboard.get("uid"):
        return DashboardPlace(base, str(dashboard["uid"])), dashboard
    return DashboardPlace(base, key, "slug", modern=False), dashboard


def _get_or_none(grafana: Grafana, path: str) -> Mapping[str, Any] | None:
    try:
        return mapping(grafana.get(path))
    except GrafanaError as error:
        if error.status != 404:
            raise
        return None


def _json(grafana: Grafana, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(answer.get("dashboard"), dict):
        raise GrafanaError(
            f"{grafana.server.host} answered without a dashboard.",
            hint="Check grafana.url: is it a Grafana that answers there?",
            status=200,
        )
    return mapping(answer["dashboard"])


def _version(grafana: Grafana) -> int | None:
    """Ask for Grafana's major version, None where it does not tell."""
    try:
        text = str(mapping(grafana.get("health")).get("version") or "")
    except GrafanaError:
        return None
    match = re.match(r"\d+", text)
    return int(match[0]) if match else None


def everything(grafana: Grafana) -> list[Hit]:
    """List all dashboards; a Grafana that knows no pages gives its only one again and again."""
    found: dict[str, Hit] = {}
    for page in range(1, _MOST_PAGES + 1):
        parameters = [("type", "dash-db"), ("limit", str(_PAGE)), ("page", str(page))]
        hits = mappings(_hits(grafana, parameters))
        before = len(found)
        found.update((address(hit), hit) for hit in hits)
        if len(hits) < _PAGE or len(found) == before:
            break
    return list(found.values())


def _hits(grafana: Grafana, parameters: Sequence[tuple[str, str]]) -> Any:
    try:
        return grafana.get("search", parameters)
    except GrafanaError as error:
        if error.status != 404:
            raise
        hint = f"{grafana.server.host} has not even a search (404): check grafana.url."
        raise Refusal(NOT_FOUND, hint=hint) from None


def _slug(hit: Hit) -> str:
    url, uri = str(hit.get("url") or ""), str(hit.get("uri") or "")
    return (url or uri).rstrip("/").rpartition("/")[2].casefold()


def _title(hit: Hit) -> str:
    return folded(str(hit.get("title") or ""))


def _in_folder(hit: Hit) -> str:
    return folded(in_folder(hit))
