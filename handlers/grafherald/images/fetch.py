"""A panel's picture from Grafana: asked for with the token, whole, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from grafherald.errors import ConfigError, GraphError, TransportError
from grafherald.images.placeholders import Placeholders
from grafherald.images.png import checked
from grafherald.net.address import Address, allowed, base
from grafherald.net.client import Client, Stream
from grafherald.net.deadline import Deadline

LARGEST = 8 << 20
"""The most bytes of a picture."""

_TOKEN = "Check the token: it may be wrong, expired, or of another organisation."  # noqa: S105  # a sentence
_RENDERER = "See the logs of Grafana and its image renderer."
_HINTS: Mapping[int, str] = {
    400: "Open the render URL in a browser: Grafana refuses one of its parameters.",
    401: _TOKEN,
    403: "The token's account may not see this dashboard.",
    404: "Is there such a dashboard, and is grafana.url the whole address that people open?",
    408: _RENDERER,
    429: "It limits how many pictures it renders at once; try again later.",
    500: _RENDERER,
    502: "The proxy in front of Grafana does not reach it.",
    503: "The proxy in front of Grafana does not reach it.",
    504: "The proxy in front of Grafana has less patience than the render needs.",
}


@contextmanager
def answering(
    client: Client,
    method: str,
    address: Address,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> Iterator[Stream]:
    """Give what *address* answers, until the context ends.

    Raises:
        GraphError: it does not, and why; status 504 when it was late.
    """
    try:
        with client.stream(method, address, headers, body) as answer:
            yield answer
    except TransportError as error:
        hint = error.hint[:1].upper() + error.hint[1:]
        hint += "." if hint and not hint.endswith("?") else ""
        raise GraphError(str(error), status=504 if error.late else 502, hint=hint) from None
    except ValueError as error:
        raise GraphError(f"{address.authority}: {error}") from None


class Grafanas:
    """The Grafanas of the settings; no other server is ever asked for a render."""

    def __init__(self, urls: Iterable[str], ca_file: str = "", proxy: str = "") -> None:
        """Take the base URLs, such as ``https://example.com/grafana``.

        Raises:
            ConfigError: one is no base URL, or *ca_file* is no file of certificates.
        """
        self._bases = tuple(base(url) for url in urls)
        self._ca_file = ca_file
        self._proxy = proxy
        if ca_file:
            _check(ca_file)
        self._placeholders = Placeholders(self.client)

    def client(self, deadline: Deadline) -> Client:
        """Make a client that reaches them as the settings say."""
        return Client(
            timeout=deadline, proxy=self._proxy, ca_file=self._ca_file, setting="grafana.ca_file"
        )

    def check(self, url: str) -> None:
        """Return when the render *url* may be asked.

        Raises:
            GraphError: it may not; status 400 or 403.
        """
        allowed(url, self._bases)

    def owner(self, url: str) -> Address:
        """Find the Grafana that the render *url* belongs to. Raises as `check` does."""
        return allowed(url, self._bases)[0]

    def render(self, url: str, authorization: str, deadline: Deadline) -> bytes:
        """Return the PNG behind the render *url*, checked, and no placeholder.

        Args:
            authorization: the header's value as Grafana wants it, ``Bearer <token>``, or "".

        Raises:
            GraphError: there is no picture, and why.
        """
        grafana, address = allowed(url, self._bases)
        headers = {"Authorization": authorization} if authorization else {}
        headers["Accept"] = "image/png"
        with self.client(deadline) as client, answering(client, "GET", address, headers) as answer:
            picture = received(answer)
        self._placeholders.refuse(picture, grafana, deadline)
        return picture


def received(answer: Stream) -> bytes:
    """Return the checked picture in *answer*.

    Raises:
        GraphError: it holds none, and why.
    """
    if answer.status != 200:
        raise _refusal(answer.status, answer.headers)
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise GraphError(
            "Grafana sent a compressed answer, unasked",
            hint="Switch compression of pictures off in Grafana or the proxy in front of it.",
        )
    return checked(answer.read(LARGEST))


def _check(ca_file: str) -> None:
    from grafherald.net.tls import trust

    try:
        trust(ca_file)
    except OSError as error:
        reason = error.strerror or "it holds no certificate"
        raise ConfigError(f"grafana.ca_file: {ca_file}: {reason}") from None


def _refusal(status: int, headers: Mapping[str, str]) -> GraphError:
    if 300 <= status < 400 and status != 304:
        return _redirected(status, headers.get("location", ""))
    seconds = headers.get("retry-after", "") if status == 429 else ""
    return GraphError(
        f"Grafana answered {status}",
        status={429: 503, 503: 503, 504: 504, 408: 504}.get(status, 502),
        hint=_HINTS.get(status, ""),
        retry_after=float(seconds) if re.fullmatch("[0-9]{1,4}", seconds) else None,
    )


def _redirected(status: int, location: str) -> GraphError:
    path = location.partition("?")[0]
    if path.endswith("/login"):
        return GraphError(f"Grafana sent us to its login page ({status})", hint=_TOKEN)
    if path == "/":
        hint = "The token's account may not see this dashboard."
        return GraphError(f"Grafana sent us to its home page ({status})", hint=hint)
    hint = "Set grafana.url to the address where Grafana answers itself."
    return GraphError(f"Grafana sent us elsewhere ({status})", hint=hint)
