"""What can go wrong, as the caller has to decide about it.

    GrafheraldError
    ├── InvalidEvent        the input is no event: exit 1, keep it
    ├── ConfigError         the settings are wrong: exit 1
    ├── GraphError          there is no picture; its text stands in the notification
    ├── StoreError          the disk or the database can't keep or read: exit 2
    ├── QueryError          a question to the history is none: 400
    ├── TransportError      a server gave no response; its text says which and why
    ├── GrafanaError        Grafana's API gave no answer that we can use
    ├── Refusal             what was asked in chat can't be answered as it was put
    └── DeliveryError
        ├── TemporaryError  may work later: try again
        └── PermanentError  never will: keep for a person

A message is one sentence for a person: what, where, what to do. It names host, status and the
start of the answer, never a token, a password or a webhook's path.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing is an import that a hand-over does not need
if TYPE_CHECKING:
    from collections.abc import Sequence


class GrafheraldError(Exception):
    """Base of all; only ever caught where a program ends."""


class InvalidEvent(GrafheraldError):
    """The input is no event; the text names the field, as ``check.status: expected ...``."""


class ConfigError(GrafheraldError):
    """A setting is missing or wrong; the text names the key, as ``channels.ops.type: ...``.

    Attributes:
        others: what else is wrong, a sentence each.
    """

    def __init__(self, message: str, others: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.others = tuple(others)


class GraphError(GrafheraldError):
    """No picture. The text is a few words that stand behind ``graph:`` in the notification.

    Attributes:
        status: the HTTP status that a picture service answers with: 4xx when the request
            was wrong, 502 when Grafana failed, 504 when it was late, 500 when we failed.
        hint: what to do about it, one sentence, or "".
        retry_after: seconds that Grafana asked to wait, or None.
    """

    def __init__(
        self, message: str, *, status: int = 502, hint: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.hint = hint
        self.retry_after = retry_after


class BrokenPanelError(GraphError):
    """The panel's own query fails: Grafana's picture would be one of that error."""


class TransportError(GrafheraldError):
    """No whole HTTP response came. The text is a few words that name the other side.

    Attributes:
        hint: what to do about it, a few words, or "".
        late: its time was up.
        sent: the request went out: it may have been taken.
    """

    def __init__(
        self, message: str, *, hint: str = "", late: bool = False, sent: bool = False
    ) -> None:
        super().__init__(message)
        self.hint = hint
        self.late = late
        self.sent = sent


class StoreError(GrafheraldError):
    """Events or deliveries can't be kept or read; nothing of the transaction was kept."""


class QueryError(GrafheraldError):
    """A question to the history can't be answered as it was put; the text says what is wrong."""


class GrafanaError(GrafheraldError):
    """No usable answer of Grafana's API. The text says what happened, and names the host.

    Attributes:
        hint: what to do about it, one sentence.
        status: the HTTP status of Grafana's answer, or 0 when there was none.
    """

    def __init__(self, message: str, *, hint: str, status: int = 0) -> None:
        super().__init__(message)
        self.hint = hint
        self.status = status


class Refusal(GrafheraldError):
    """A chat query that can't be answered as it was put; the text says why.

    Attributes:
        hint: what to write instead, one sentence or a short list, or "".
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class DeliveryError(GrafheraldError):
    """A notification did not arrive."""


class TemporaryError(DeliveryError):
    """It may arrive later.

    Attributes:
        retry_after: seconds to wait that the other side asked for, or None.
        unknown: the request was sent and no answer came: it may have arrived.
    """

    def __init__(
        self, message: str, *, retry_after: float | None = None, unknown: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.unknown = unknown


class PermanentError(DeliveryError):
    """It will never arrive as it is: a wrong token, an unknown room, a refused recipient."""


def excerpt(text: str, limit: int = 60) -> str:
    """Quote the start of hostile *text* in a message: on one line, nothing unprintable."""
    cut = text[:limit]
    shown = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in cut
    )
    return f"'{shown}…'" if len(text) > limit else f"'{shown}'"
