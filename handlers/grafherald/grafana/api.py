"""Grafana's HTTP API: one conversation with one Grafana, within one deadline.

https://grafana.com/docs/grafana/latest/developers/http_api/
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

from grafherald.errors import GrafanaError, TransportError
from grafherald.net.address import locate
from grafherald.net.client import Client
from grafherald.net.deadline import Deadline
from grafherald.text import one_line, plain, shorten

_MOST_BYTES = 32 * 2**20
_TOKEN_HINT = "Put a valid service account token of this Grafana into its token_file."  # noqa: S105


@dataclass(frozen=True)
class GrafanaServer:
    """One Grafana and one organisation in it.

    Attributes:
        url: where it is, without a slash at its end; may have a path.
        token: a service account's token or an API key; "" asks without.
        org_id: the organisation, or None for the token's own.
        ca_file: a private CA's certificates, PEM, or "".
        proxy: what is asked through, or "" for the environment's.
    """

    url: str
    token: str = field(default="", repr=False)
    org_id: int | None = None
    ca_file: str = ""
    proxy: str = ""

    @property
    def host(self) -> str:
        """Host and port, for people; never a user or a password."""
        return urlsplit(self.url).netloc.rpartition("@")[2]


class Grafana:
    """A conversation: all requests together take *seconds* at most, from now on."""

    def __init__(self, server: GrafanaServer, seconds: float) -> None:
        self.server = server
        self.deadline = Deadline(seconds)
        self._client = Client(
            timeout=self.deadline,
            proxy=server.proxy,
            ca_file=server.ca_file,
            setting="grafana.ca_file",
        )
        weakref.finalize(self, self._client.close)

    def get(self, path: str, parameters: Sequence[tuple[str, str]] = ()) -> Any:
        """Read the JSON at ``/api/<path>``.

        Raises:
            GrafanaError: there is none; text and hint say why and what to do.
        """
        query = f"?{urlencode(parameters)}" if parameters else ""
        return self._ask("GET", path + query, None, {})

    def send(
        self, method: str, path: str, body: Any, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Send *body* as JSON and read the JSON that answers it. Raises as `get` does."""
        return self._ask(method, path, json.dumps(body).encode(), headers or {})

    def _ask(self, method: str, path: str, body: bytes | None, own: Mapping[str, str]) -> Any:
        headers = {"Accept": "application/json", **own}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self.server.token:
            headers["Authorization"] = f"Bearer {self.server.token}"
        if self.server.org_id is not None:
            headers["X-Grafana-Org-Id"] = str(self.server.org_id)
        try:
            address = locate(f"{self.server.url}/api/{path}")
            with self._client.stream(method, address, headers, body) as answer:
                found = answer.read(_MOST_BYTES)
        except TransportError as error:
            self._explain(error)
        except ValueError as error:
            hint = "Check grafana.url, its token, ca_file and proxy."
            raise GrafanaError(f"{self.server.host}: {error}.", hint=hint) from None
        if answer.status != 200:
            self._refuse(answer.status, answer.headers, found)
        return self._parsed(found)

    def _refuse(self, status: int, fields: Mapping[str, str], body: bytes) -> NoReturn:
        host = self.server.host
        text, hint = f"{host} answered {status}", f"Look for the reason in the log of {host}."
        if status == 401:
            text, hint = f"{host} does not accept our token (401)", _TOKEN_HINT
            if "expired" in _message(body).lower():
                text = f"{host} says that our token has expired (401)"
        elif status == 403:
            text = f"{host} does not allow our token to do that (403)"
            hint = "Give its service account the role or the permission for it, and the folder."
        elif status == 404:
            text, hint = f"{host} has no such thing (404)", "Check grafana.url and the name."
        elif status == 429:
            text = f"{host} is asked too much (429)"
            wait = fields.get("retry-after", "")
            hint = f"Try again in {wait} seconds." if wait.isdigit() else "Try again in a minute."
        elif 300 <= status < 400:
            text = f"{host} sends us on to another address ({status})"
            hint = (
                f"{_TOKEN_HINT} If the token is right, check grafana.url: http or https, its path."
            )
        elif status in (502, 503, 504):
            hint = f"Grafana is down or starting behind {host}; try again in a minute."
        message = _message(body)
        text += f": {message}" if message and status != 401 else ""
        raise GrafanaError(f"{text}.", hint=hint, status=status)

    def _parsed(self, body: bytes) -> Any:
        host = self.server.host
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            pass
        if body.lstrip()[:1] == b"<":
            raise GrafanaError(
                f"{host} answered with a web page, not with data.",
                hint="Check grafana.url: a login, a proxy or another server answers there.",
                status=200,
            )
        raise GrafanaError(
            f"{host} answered with half of something: {len(body)} bytes that are not JSON.",
            hint=f"Try again; if it stays, look at the log of {host}.",
            status=200,
        )

    def _explain(self, error: TransportError) -> NoReturn:
        host = self.server.host
        if error.late:
            raise GrafanaError(
                f"{host} did not answer within {self.deadline.seconds:g} seconds.",
                hint="It may be overloaded or out of reach; try again, and look at its log.",
            ) from None
        text = str(error)
        hint = f"Try again; if it stays, look at the log of {host}."
        if not error.sent:
            hint = "Is Grafana running, and is grafana.url right?"
        if error.hint:
            hint = f"{error.hint[:1].upper()}{error.hint[1:]}{'' if error.hint[-1] == '?' else '.'}"
        raise GrafanaError(f"{text[:1].upper()}{text[1:]}.", hint=hint) from None


def _message(body: bytes) -> str:
    """What Grafana's ``{"message": ...}`` says, as one short line, or ""."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    text = found.get("message") if isinstance(found, dict) else ""
    return shorten(one_line(plain(text)), 200).rstrip(".") if isinstance(text, str) else ""
