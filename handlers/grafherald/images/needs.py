"""Beside a render, Grafana's API is asked whether it has the panel at all.

A render of a panel that is not there takes its full time and comes out as a picture of an error;
the API says so in milliseconds, and the alert goes at once, with the reason.
"""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from grafherald.errors import GrafanaError, GraphError
from grafherald.grafana.api import GrafanaServer
from grafherald.grafana.installed import Installed
from grafherald.grafana.panels import panel_address
from grafherald.net.deadline import Deadline
from grafherald.threads import begin

_HINT = "Correct the graph_image of the check, or the dashboard."
_MOST = 50  # Grafanas, each with the token that it is asked with
_T = TypeVar("_T")
_Outcome = tuple[_T | None, BaseException | None]


class Needs:
    """What the panels of all Grafanas need, kept for a minute. Safe among threads."""

    def __init__(self, ca_file: str = "", proxy: str = "") -> None:
        """Take what the Grafanas are reached with."""
        self._ca_file = ca_file
        self._proxy = proxy
        self._installed: OrderedDict[tuple[str, str], Installed] = OrderedDict()
        self._lock = threading.Lock()

    def beside(
        self,
        base: str,
        render_url: str,
        authorization: str,
        deadline: Deadline,
        render: Callable[[], _T],
    ) -> _T:
        """Do *render*, and end before it does when the panel is known to be missing.

        Args:
            base: the URL of the Grafana that is asked, without a slash at its end.
            render_url: below it.
            authorization: the header's value, ``Bearer <token>``, or "".
            deadline: of all together.
            render: makes the picture.

        Raises:
            GraphError: it is; or what *render* raised.
        """
        address = panel_address(render_url)
        scheme, _, token = authorization.partition(" ")
        if address is None or (authorization and scheme.lower() != "bearer"):
            return render()
        installed = self._of(base, token.strip(), deadline)
        known = installed.known(address)
        if known is None:
            return _first(lambda: installed.problem(address), render)
        _refuse(known)
        return render()

    def same(self, base: str, authorization: str, one: str, other: str) -> bool | None:
        """Tell whether two render URLs are of panels that look the same; None: it is not known."""
        token = authorization.partition(" ")[2].strip()
        with self._lock:
            installed = self._installed.get((base, token))
        addresses = [panel_address(url) for url in (one, other)]
        looks = [installed.look(each) if installed and each else None for each in addresses]
        return None if None in looks else looks[0] == looks[1]

    def _of(self, base: str, token: str, deadline: Deadline) -> Installed:
        with self._lock:
            found = self._installed.get((base, token))
            if found is None:
                server = GrafanaServer(base, token, ca_file=self._ca_file, proxy=self._proxy)
                found = self._installed[base, token] = Installed(server, deadline.seconds)
                while len(self._installed) > _MOST:
                    self._installed.popitem(last=False)
        return found


def _refuse(problem: str) -> None:
    if problem:
        raise GraphError(problem, status=404, hint=_HINT)


def _first(look: Callable[[], str], render: Callable[[], _T]) -> _T:
    """Do both at the same time, in threads that are left behind when nobody waits any more."""
    done: queue.SimpleQueue[tuple[bool, _Outcome[_T], str]] = queue.SimpleQueue()

    def rendering() -> None:
        try:
            done.put((True, (render(), None), ""))
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            done.put((True, (None, error), ""))

    def looking() -> None:
        try:
            problem = look()
        except GrafanaError:
            problem = ""  # the render will tell
        except Exception:  # noqa: BLE001 - our mistake costs no picture
            problem = ""
        done.put((False, (None, None), problem))

    for work in (looking, rendering):
        begin(work)
    while True:
        is_render, (result, error), problem = done.get()
        _refuse(problem)
        if is_render:
            if error is not None:
                raise error
            return result  # type: ignore[return-value]  # it is one where there is no error
