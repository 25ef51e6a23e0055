"""A datasource's settings, as Grafana sends them with every request."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from grafherald_plugin.errors import FrameError

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2


@dataclass(frozen=True)
class Tls:
    """How the API is spoken to over TLS; certificates and key are PEM texts, "" when unset."""

    skip_verify: bool = False
    server_name: str = ""
    authority: str = ""
    certificate: str = ""
    key: str = field(default="", repr=False)


@dataclass(frozen=True)
class ApiSettings:
    """One datasource.

    Attributes:
        url: the API's base, without a trailing slash, user or password.
        headers: what each request carries; holds secrets, so never shown.
        timeout: seconds for one request, all in all.
        max_bytes: the largest answer that is read.
    """

    url: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    tls: Tls = Tls()
    timeout: float = 30.0
    max_bytes: int = 16 * 1024 * 1024


def read_settings(
    url: str,
    *,
    json_data: str | bytes = b"",
    secrets: Mapping[str, str] | None = None,
    basic_auth: bool = False,
    basic_auth_user: str = "",
) -> ApiSettings:
    """Read the settings that Grafana's datasource page stores.

    ``jsonData`` has ``timeout`` (seconds), ``maxMegabytes``, ``httpHeaderName1``..., ``tlsAuth``,
    ``tlsAuthWithCACert``, ``tlsSkipVerify``, ``serverName``; the decrypted secrets
    ``basicAuthPassword``, ``bearerToken``, ``httpHeaderValue1``..., ``tlsCACert``,
    ``tlsClientCert``, ``tlsClientKey``. Basic authentication wins over a bearer token.
    https://github.com/grafana/grafana-plugin-sdk-go/blob/v0.298.0/backend/http_settings.go

    Raises:
        QueryError: a setting is missing or wrong; names it.
    """
    secrets = secrets or {}
    data = _object(json_data)
    address = urlsplit(_checked_url(url))
    user, password = unquote(address.username or ""), unquote(address.password or "")
    if basic_auth:
        user, password = basic_auth_user, secrets.get("basicAuthPassword", "")
    return ApiSettings(
        address._replace(netloc=address.netloc.rpartition("@")[2]).geturl().rstrip("/"),
        tuple(_headers(data, secrets, user, password)),
        _tls(data, secrets),
        _positive(data, "timeout", ApiSettings.timeout),
        int(_positive(data, "maxMegabytes", ApiSettings.max_bytes / 1024**2) * 1024**2),
    )


def _object(json_data: str | bytes) -> dict[str, Any]:
    try:
        data = json.loads(json_data or b"{}")
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise _wrong("jsonData: expected an object")
    return data


def _checked_url(url: str) -> str:
    url = url.strip()
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or parts.query or parts.fragment:
        raise _wrong("url: expected an http or https URL without a query")
    return url


def _headers(
    data: Mapping[str, Any], secrets: Mapping[str, str], user: str, password: str
) -> list[tuple[str, str]]:
    headers = []
    if user or password:
        code = b64encode(f"{user}:{password}".encode()).decode("ascii")
        headers.append(("Authorization", f"Basic {code}"))
    elif secrets.get("bearerToken"):
        headers.append(("Authorization", f"Bearer {secrets['bearerToken'].strip()}"))
    for key, name in data.items():
        if key.startswith("httpHeaderName") and isinstance(name, str) and name:
            value = secrets.get("httpHeaderValue" + key.removeprefix("httpHeaderName"), "")
            headers.append((name.strip(), value.strip()))
    for name, value in headers:
        if not _TOKEN.fullmatch(name) or not value.isascii() or not value.isprintable():
            raise _wrong(f"header {name[:50]!r}: expected a name and printable ASCII")
    return headers


def _tls(data: Mapping[str, Any], secrets: Mapping[str, str]) -> Tls:
    certified, authority = bool(data.get("tlsAuth")), bool(data.get("tlsAuthWithCACert"))
    return Tls(
        bool(data.get("tlsSkipVerify")),
        str(data.get("serverName") or ""),
        secrets.get("tlsCACert", "") if authority else "",
        secrets.get("tlsClientCert", "") if certified else "",
        secrets.get("tlsClientKey", "") if certified else "",
    )


def _positive(data: Mapping[str, Any], name: str, default: float) -> float:
    """Read the number *name*; texts count, since Grafana's forms store them."""
    try:
        number = float(data.get(name) or default)
    except (TypeError, ValueError):
        number = 0.0
    if not 0 < number <= 3600:
        raise _wrong(f"jsonData.{name}: expected a number above 0, at most 3600")
    return number


def _wrong(what: str) -> FrameError:
    return FrameError(f"datasource settings: {what}", status=400)
