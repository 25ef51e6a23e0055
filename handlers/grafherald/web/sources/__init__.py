"""The monitoring systems whose API takes what people do on the board.

What is done counts for us at once; here it is given on, so that their own pages and their other
notifications know of it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from grafherald.event import Event
from grafherald.history.acts import Act, What
from grafherald.net.client import Client

SECONDS = 5.0  # that a person waits for it
_DONE = {What.ACKNOWLEDGE: "acknowledged", What.TAKE: "taken", What.SILENCE: "silenced"}


@dataclass(frozen=True)
class Given:
    """What a source did with an act.

    Attributes:
        text: a few words for a person: ``silenced in Sensu``.
        reference: what `AlertSource.undo` needs, or "".
    """

    text: str
    reference: str = ""


class AlertSource(Protocol):
    """One monitoring system. Every method asks within SECONDS, and raises DeliveryError."""

    def acknowledge(self, event: Event, act: Act) -> Given:
        """Tell that somebody knows of the problem that *event* told of."""
        ...

    def silence(self, event: Event, act: Act) -> Given:
        """Tell that *act*'s scope is to be quiet until its time is up."""
        ...

    def undo(self, event: Event, act: Act) -> str:
        """Take back what was given on; return a few words for a person."""
        ...


def client(ca_file: str, *secrets: str) -> Client:
    """Make a client for one act; *secrets* stay out of its errors."""
    return Client(timeout=SECONDS, ca_file=ca_file, secrets=secrets)


def reason_of(act: Act) -> str:
    """The reason that a source shows; never empty, which most of them refuse."""
    return act.comment or f"{_DONE[act.what]} on grafherald's board"
