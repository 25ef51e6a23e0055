"""What is wrong with a graph's URL."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from grafherald.grafana.repair import repaired
from grafherald.grafana.urls import UNFILLED, absolute, is_render_url

_UNKNOWN = "{}"  # what stands in for one
_SECRET = re.compile(r"(?i)api_?key|.*token|passw.*|secret|authorization")
_PAGE = re.compile(r"/(d|d-solo|dashboard|dashboard-solo)/")
_SIZES = range(100, 4001)

Look = Callable[[str], Iterable[str]]
"""Finds what is wrong with a graph's URL."""


def problems(url: str) -> Iterator[str]:
    """Find what is wrong with *url*, a check's ``graph_image``; no text repeats a secret."""
    plain = re.sub(UNFILLED, _UNKNOWN, url.strip()).partition("#")[0]
    secret = _secret(plain)
    if secret:
        yield (
            f"holds a secret ({secret}) that everybody sees who gets the notification;"
            " the token belongs into grafana.token_file"
        )
        return
    address = absolute(plain.removeprefix(_UNKNOWN), "https://grafana")
    if not address.startswith(("http://", "https://")):
        yield "is no http or https URL"
    elif not is_render_url(address):
        yield from _no_picture(address)
    elif repaired(plain) != plain:
        yield "lost the & between its parameters, or has blanks in it"
    else:
        yield from _parameters(address)


def _secret(url: str) -> str:
    try:
        if urlsplit(url).password:
            return "user:password@"
    except ValueError:
        return ""
    names = re.findall(r"[?&]([^=&]+)=[^&]", url)
    return next((name for name in names if _SECRET.fullmatch(name)), "")


def _no_picture(url: str) -> Iterator[str]:
    page = _PAGE.search(url)
    if page is None:
        yield "is no render URL: there is no /render/ in its path"
        return
    solo = {"d": "d-solo", "dashboard": "dashboard-solo"}.get(page[1], page[1])
    yield (
        f"is a page and no picture: /{page[1]}/... has to be /render/{solo}/...?panelId=N, as"
        " Grafana's Share shows it"
    )


def _parameters(url: str) -> Iterator[str]:
    address, _, query = url.partition("?")
    pairs = [part.partition("=")[::2] for part in query.split("&") if part]
    values = {name: value for name, value in pairs if _UNKNOWN not in value}
    for name, count in Counter(name for name, _ in pairs).items():
        if count > 1 and not name.startswith("var-"):
            yield f"names {name} {count} times"
    if "-solo/" in address and "panelId" not in dict(pairs):
        same = next((name for name in dict(pairs) if name.lower() == "panelid"), "")
        instead = " (viewPanel is for pages)" if "viewPanel" in values else ""
        instead = f" ({same} is not read)" if same else instead
        yield f"names no panel: panelId is missing{instead}"
    elif not re.fullmatch(r"(panel-)?\d+", values.get("panelId", "1")):
        yield "has a panelId that is no number"
    for name in ("width", "height"):
        if name in values and not (values[name].isdecimal() and int(values[name]) in _SIZES):
            yield f"has a {name} that is not between {_SIZES[0]} and {_SIZES[-1]} pixels"
    yield from _range(values)


def _range(values: dict[str, str]) -> Iterator[str]:
    named = [name for name in ("from", "to") if name in values]
    if any(values[name].isdecimal() for name in named):
        yield "always shows the same time: from and to are fixed; leave them out"
    elif named:
        yield (
            f"has {' and '.join(named)} of its own, which keeps graph.from and graph.to of the"
            " settings from it; leave them out unless that is meant"
        )
