"""Who may ask: everybody who reaches a loopback address, else those with a token or a password."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Access:
    """What a request has to bring along; without token and password, nothing.

    Attributes:
        token: for ``Authorization: Bearer``.
        user, password: for HTTP basic authentication.
    """

    token: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def is_open(self) -> bool:
        """Tell whether nothing is asked for."""
        return not self.token and not self.password

    def allows(self, authorization: str) -> bool:
        """Tell whether a request with this ``Authorization`` header may pass."""
        if self.is_open:
            return True
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "bearer" and self.token:
            return _same(value.strip(), self.token)
        if scheme.lower() == "basic" and self.password:
            return _same(_decoded(value), f"{self.user}:{self.password}")
        return False

    @property
    def challenge(self) -> str:
        """What ``WWW-Authenticate`` says."""
        return 'Basic realm="grafherald", charset="UTF-8"' if self.password else "Bearer"


def is_local_name(host: str) -> bool:
    """Tell whether a request's ``Host`` names this machine.

    A page of anywhere can have its own name resolved to 127.0.0.1 and then read what is there, so
    an address that asks for nothing answers to its own names only.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
