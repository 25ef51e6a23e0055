"""Pictures for a dashboard's panels: side by side, and shown as they come."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from grafherald.chat import answers
from grafherald.chat.addresses import PanelView, image, link
from grafherald.chat.answers import Reply
from grafherald.errors import GraphError
from grafherald.net.deadline import Deadline
from grafherald.threads import begin

if TYPE_CHECKING:
    from grafherald.images import Pictures

_log = logging.getLogger(__name__)
_EVERY = 3.0  # seconds from one showing to the next
_MOST_EARLY = 3  # showings; Slack's response_url takes five messages, and the last ones follow

Early = Callable[[Sequence[Reply]], None]
"""Shows replies that are ready before the others."""

Outcome = Reply | GraphError


@dataclass(frozen=True)
class Illustrated:
    """What became of the panels.

    Attributes:
        late: replies that were not shown early, in order.
        problems: why panels have no picture.
        pictures: how many panels have one.
    """

    late: tuple[Reply, ...]
    problems: tuple[GraphError, ...]
    pictures: int


class PanelIllustrator:
    """Fetches pictures from *pictures* until *deadline*, so many *at_once*."""

    def __init__(self, pictures: Pictures, deadline: Deadline, at_once: int) -> None:
        self._pictures = pictures
        self._deadline = deadline
        self._free = threading.Semaphore(at_once)
        self._late = GraphError(
            f"no picture within {deadline.seconds:g} s",
            hint="Ask for fewer panels or a shorter time, or try again.",
        )

    def illustrate(
        self, views: Sequence[tuple[str, PanelView]], early: Early | None
    ) -> Illustrated:
        """Fetch a picture for each of *views*; those that are ready are shown *early*."""
        done: queue.SimpleQueue[tuple[int, Outcome]] = queue.SimpleQueue()

        def run(number: int, title: str, view: PanelView) -> None:
            done.put((number, self._fetch(title, view)))

        for number, (title, view) in enumerate(views):
            begin(partial(run, number, title, view))
        found: dict[int, Outcome] = {}
        shown: set[int] = set()
        showings, showing = 0, time.monotonic() + _EVERY
        while len(found) < len(views):
            now, left = time.monotonic(), self._deadline.remaining
            if self._deadline.passed:
                break
            if early and showings < _MOST_EARLY and now >= showing:
                ready = sorted(found.keys() - shown)
                if ready:
                    early([_reply(*views[number], found[number]) for number in ready])
                    shown.update(ready)
                    showings += 1
                showing = now + _EVERY
            wait = left if early is None else min(left, showing - now)
            try:
                number, outcome = done.get(timeout=max(0.0, wait))
            except queue.Empty:
                continue
            found[number] = outcome
        outcomes = [found.get(number, self._late) for number in range(len(views))]
        return Illustrated(
            tuple(
                _reply(*view, outcome)
                for number, (view, outcome) in enumerate(zip(views, outcomes, strict=True))
                if number not in shown
            ),
            tuple(outcome for outcome in outcomes if isinstance(outcome, GraphError)),
            sum(isinstance(outcome, Reply) for outcome in outcomes),
        )

    def _fetch(self, title: str, view: PanelView) -> Outcome:
        with self._free:
            try:
                url = self._pictures.get(image(view), self._deadline.remaining, as_bytes=False).url
            except GraphError as error:
                return error
            except Exception as error:  # noqa: BLE001 - our mistake costs one picture
                _log.exception("a picture could not be fetched")
                return GraphError(f"internal error ({type(error).__name__})")
        return answers.picture(title, url, link(view), public=True)


def _reply(title: str, view: PanelView, outcome: Outcome) -> Reply:
    if isinstance(outcome, Reply):
        return outcome
    return answers.no_picture(title, str(outcome), link(view))
