"""What is wrong with a graph's URL that only Grafana can tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from grafherald.errors import GrafanaError
from grafherald.grafana.installed import Installed
from grafherald.grafana.panels import panel_address
from grafherald.grafana.urls import absolute
from grafherald.lint.urls import problems

_PARAMETER = re.compile(r"&[^&=]*=[^&]*(?:\{\{|:::|\$[A-Z]+\$)[^&]*")  # known with the alert only
_PLACEHOLDER = re.compile(r"\{\{|:::|\$[A-Z]+\$")


class Online:
    """Looks at URLs, and asks *installed* about those that nothing else is wrong with.

    Args:
        undrawn: says why we draw no picture of a render URL, "" where we do; given where nobody
            else makes one.
    """

    def __init__(self, installed: Installed, undrawn: Callable[[str], str] | None = None) -> None:
        self._installed = installed
        self._undrawn = undrawn

    def look(self, url: str) -> Iterator[str]:
        """Ask Grafana too, once nothing is wrong with the form of *url*. See `Look`."""
        found = list(problems(url))
        yield from found or self._asked(url.strip())

    def _asked(self, url: str) -> Iterator[str]:
        grafana = self._installed.url
        render = absolute(url, grafana)
        if not _is_below(render, grafana):
            return
        address = panel_address(render)
        if address is None or _PLACEHOLDER.search(address.key) or address.mistake:
            return  # what stands in its place is known when the alert comes
        try:
            problem = self._installed.problem(address)
        except GrafanaError as error:
            problem = f"can't be looked up: {error} {error.hint}"
        if problem:
            yield problem if problem.startswith("can't") else f"shows nothing: {problem}"
        elif self._undrawn and (reason := self._undrawn(_PARAMETER.sub("", render))):
            yield f"can't be drawn, and no renderer is asked: {reason}"


def _is_below(url: str, base: str) -> bool:
    """Tell whether *url* is of the Grafana at *base*; no other server is asked."""
    one, other = urlsplit(url), urlsplit(base)
    same = (one.scheme, one.netloc.lower()) == (other.scheme, other.netloc.lower())
    return same and one.path.startswith(f"{other.path.rstrip('/')}/render/")
