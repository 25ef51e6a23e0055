"""A panel's picture from Grafana: asked for with the token, whole, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from grafherald.errors import ConfigError, GraphError, TransportError
from grafherald.images.needs import Needs
from grafherald.images.placeholders import Placeholders, digest_of
from grafherald.images.png import checked
from grafherald.images.refusal import refusal
from grafherald.images.twins import Twins
from grafherald.net.address import Address, allowed, base
from grafherald.net.client import Client, Stream
from grafherald.net.deadline import Deadline

LARGEST = 8 << 20
"""The most bytes of a picture."""

_LARGEST_REFUSAL = 4096
_T = TypeVar("_T")


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
        self._needs = Needs(ca_file, proxy)
        self._placeholders = Placeholders(self.client)
        self._twins = Twins()

    def client(self, deadline: Deadline) -> Client:
        """Make a client that reaches them as the settings say."""
        return Client(
            timeout=deadline, proxy=self._proxy, ca_file=self._ca_file, setting="grafana.ca_file"
        )

    def check(self, url: str) -> None:
        """Refuse the render *url* unless it may be asked.

        Raises:
            GraphError: it may not; status 400 or 403.
        """
        allowed(url, self._bases)

    def owner(self, url: str) -> Address:
        """Find the Grafana that the render *url* belongs to. Raises as `check` does."""
        return allowed(url, self._bases)[0]

    def render(
        self, url: str, authorization: str, deadline: Deadline, *, for_others: bool = False
    ) -> bytes:
        """Fetch the PNG behind the render *url*, checked, and no placeholder.

        Args:
            url: of the render.
            authorization: the header's value as Grafana wants it, ``Bearer <token>``, or "".
            deadline: of all together.
            for_others: whoever asks judges for themselves whether two panels may have the same
                picture, where Grafana's API does not tell; for an alert they may not.

        Raises:
            GraphError: there is no picture, and why.
        """
        grafana, address = allowed(url, self._bases)
        headers = {"Authorization": authorization} if authorization else {}
        headers["Accept"] = "image/png"

        def fetch() -> bytes:
            with (
                self.client(deadline) as client,
                answering(client, "GET", address, headers) as answer,
            ):
                return received(answer)

        place = _url(grafana)
        picture = self._needs.beside(place, url, authorization, deadline, fetch)
        digest = digest_of(picture)
        self._placeholders.refuse(digest, grafana, deadline)

        def same(one: str, other: str) -> bool:
            known = self._needs.same(place, authorization, one, other)
            return for_others if known is None else known

        self._twins.refuse(digest, place, url, same)
        return picture

    def beside(
        self, url: str, authorization: str, deadline: Deadline, render: Callable[[], _T]
    ) -> _T:
        """Do *render*, unless Grafana has no such panel. See `Needs.beside`."""
        grafana, _ = allowed(url, self._bases)
        return self._needs.beside(_url(grafana), url, authorization, deadline, render)


def _url(grafana: Address) -> str:
    return f"{grafana.scheme}://{grafana.authority}{grafana.target.rstrip('/')}"


def received(answer: Stream) -> bytes:
    """Take the picture out of *answer*, checked.

    Raises:
        GraphError: it holds none, and why.
    """
    if answer.status != 200:
        raise refusal(answer.status, answer.headers, answer.start(_LARGEST_REFUSAL))
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
