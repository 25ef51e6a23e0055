"""Grafana's HTTP API: one conversation with one Grafana, within one deadline.

https://grafana.com/docs/grafana/latest/developers/http_api/
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests

from grafherald.errors import GrafanaError
from grafherald.text import one_line, plain, shorten

_MOST_BYTES = 32 * 2**20
_TOKEN_HINT = "Put a valid service account token of this Grafana into its token_file."  # noqa: S105


@dataclass(frozen=True)
class Server:
    """One Grafana and one organisation in it.

    Attributes:
        url: where it is, without a slash at its end; may have a path.
        token: a service account's token or an API key; "" asks without.
        org_id: the organisation, or None for the token's own.
        ca_file: a private CA's certificates, PEM, or "".
    """

    url: str
    token: str = field(default="", repr=False)
    org_id: int | None = None
    ca_file: str = ""

    @property
    def host(self) -> str:
        """Host and port, for people; never a user or a password."""
        return urlsplit(self.url).netloc.rpartition("@")[2]


class Grafana:
    """A conversation: all requests together take *seconds* at most, from now on."""

    def __init__(self, server: Server, seconds: float) -> None:
        self.server = server
        self.deadline = time.monotonic() + seconds
        self._seconds = seconds
        self._session = requests.Session()
        self._session.auth = self._authorize  # else requests may take one from ~/.netrc

    def get(self, path: str, parameters: Sequence[tuple[str, str]] = ()) -> Any:
        """Return the JSON at ``/api/<path>``.

        Raises:
            GrafanaError: there is none; text and hint say why and what to do.
        """
        return self._ask("GET", path, params=list(parameters))

    def send(
        self, method: str, path: str, body: Any, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Return the JSON that answers *body*, sent as JSON. Raises as `get` does."""
        return self._ask(method, path, json=body, headers=headers or {})

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.server.token:
            request.headers["Authorization"] = f"Bearer {self.server.token}"
        return request

    def _ask(self, method: str, path: str, **details: Any) -> Any:
        headers = {"Accept": "application/json", **details.pop("headers", {})}
        if self.server.org_id is not None:
            headers["X-Grafana-Org-Id"] = str(self.server.org_id)
        url = f"{self.server.url}/api/{path}"
        status, fields, body = self._within_deadline(method, url, headers=headers, **details)
        if status != 200:
            self._refuse(status, fields, body)
        return self._parsed(body)

    def _within_deadline(self, method: str, url: str, **details: Any) -> tuple[int, Any, bytes]:
        """Exchange in a thread that is left behind at the deadline.

        A timeout of requests is for one read; a name server or an answer that drips would
        outlast it.
        """
        results: list[tuple[int, Any, bytes] | requests.RequestException] = []

        def exchange() -> None:
            try:
                results.append(self._exchange(method, url, **details))
            except requests.RequestException as error:
                results.append(error)

        thread = threading.Thread(target=exchange, daemon=True)
        thread.start()
        thread.join(max(0.0, self.deadline - time.monotonic()))
        if not results:
            self._too_late()
        if isinstance(results[0], requests.RequestException):
            self._explain(results[0])
        return results[0]

    def _exchange(self, method: str, url: str, **details: Any) -> tuple[int, Any, bytes]:
        left = max(0.001, self.deadline - time.monotonic())
        with self._session.request(
            method,
            url,
            timeout=left,
            allow_redirects=False,
            stream=True,
            verify=self.server.ca_file or None,
            **details,
        ) as answer:
            body = bytearray()
            for part in answer.iter_content(65536):
                body += part
                if time.monotonic() > self.deadline:
                    raise requests.Timeout
                if len(body) > _MOST_BYTES:
                    raise requests.exceptions.ContentDecodingError
            return answer.status_code, answer.headers, bytes(body)

    def _refuse(self, status: int, fields: Any, body: bytes) -> NoReturn:
        host = self.server.host
        text, hint = f"{host} answered {status}", f"Look for the reason in the log of {host}."
        if status == 401:
            text, hint = f"{host} does not accept our token (401)", _TOKEN_HINT
        elif status == 403:
            text = f"{host} does not allow our token to do that (403)"
            hint = "Give its service account the role or the permission for it, and the folder."
        elif status == 404:
            text, hint = f"{host} has no such thing (404)", "Check grafana.url and the name."
        elif status == 429:
            text = f"{host} is asked too much (429)"
            wait = fields.get("Retry-After", "")
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

    def _too_late(self) -> NoReturn:
        raise GrafanaError(
            f"{self.server.host} did not answer within {self._seconds:g} seconds.",
            hint="It may be overloaded or out of reach; try again, and look at its log.",
        ) from None

    def _explain(self, error: requests.RequestException) -> NoReturn:
        host = self.server.host
        if isinstance(error, requests.Timeout):
            self._too_late()
        if isinstance(error, requests.exceptions.SSLError):
            raise GrafanaError(
                f"{host} shows a certificate that we do not trust.",
                hint="Check grafana.url, or name your CA's file in grafana.ca_file.",
            ) from None
        if isinstance(error, requests.exceptions.ProxyError):
            raise GrafanaError(
                f"The proxy on the way to {host} refuses us.",
                hint="Check HTTPS_PROXY and NO_PROXY where grafherald runs.",
            ) from None
        if isinstance(error, requests.ConnectionError):
            raise GrafanaError(
                f"{host} can't be reached: {_reason(error)}.",
                hint="Is Grafana running, and is grafana.url right?",
            ) from None
        if isinstance(error, requests.exceptions.ContentDecodingError):
            raise GrafanaError(
                f"{host} sent an answer that is too large or damaged.",
                hint=f"Look for a proxy between us and {host}.",
            ) from None
        raise GrafanaError(
            f"{host} broke off its answer.",
            hint=f"Try again; if it stays, look at the log of {host}.",
        ) from None


def _reason(error: BaseException) -> str:
    """Return the plainest words among an *error* and what led to it; never the URL."""
    text = str(error)
    for sign, words in (
        ("NameResolutionError", "nobody knows that name"),
        ("Name or service not known", "nobody knows that name"),
        ("Connection refused", "it refuses the connection"),
        ("No route to host", "there is no way to it"),
        ("Network is unreachable", "there is no way to it"),
        ("Remote end closed", "it hangs up without an answer"),
    ):
        if sign in text:
            return words
    return "the connection broke"


def _message(body: bytes) -> str:
    """Return the message of Grafana's ``{"message": ...}``, one short line, or ""."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    text = found.get("message") if isinstance(found, dict) else ""
    return shorten(one_line(plain(text)), 200).rstrip(".") if isinstance(text, str) else ""
