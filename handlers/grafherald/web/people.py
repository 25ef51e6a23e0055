"""Who may use the board, and what they may do. Pure.

A password is kept as ``scrypt:N:R:P:SALT:KEY``, salt and key in base64. N=16384, r=8 and p=1 are
for interactive logins: 16 MB and about 50 ms. https://www.rfc-editor.org/rfc/rfc7914
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache

from grafherald.errors import ConfigError
from grafherald.net.networks import Network, contain
from grafherald.settings.served import UserSettings

SCHEME = "scrypt"
_N, _R, _P, _LENGTH = 16384, 8, 1, 32
_MEMORY = 64 << 20


class Role(IntEnum):
    """What somebody may do; each may do what those before it may."""

    NOBODY = 0
    LOOK = 1
    ACT = 2  # acknowledge, silence, take, undo
    ADMINISTER = 3  # retry and drop deliveries


@dataclass(frozen=True)
class Person:
    """Somebody that the settings know.

    Attributes:
        secret: the hash of the password; "" when nobody can log in by this name.
        is_shared: a shift shares it: who acts says a name of their own.
    """

    name: str
    role: Role
    secret: str = field(default="", repr=False)
    is_shared: bool = False

    def has(self, password: str) -> bool:
        """Tell whether this is the password."""
        return matches(password, self.secret)


@dataclass(frozen=True)
class Viewer:
    """Who sent a request; without a name, anybody.

    Attributes:
        binding: what the forms of this viewer are bound to: the session, or the proxy's user.
    """

    name: str = ""
    role: Role = Role.NOBODY
    is_shared: bool = False
    binding: str = field(default="", repr=False)

    def may(self, role: Role) -> bool:
        """Tell whether the viewer has this role, or a higher one."""
        return self.role >= role


@dataclass(frozen=True)
class Proxies:
    """Reverse proxies that log people in.

    Attributes:
        header: in which they name the user; from anybody else it counts for nothing.
        role: of whom they name and the settings do not.
    """

    networks: tuple[Network, ...] = ()
    header: str = "X-Remote-User"
    role: Role = Role.LOOK

    def are_trusted(self, address: str) -> bool:
        """Tell whether a request from *address* comes from one of them."""
        return contain(self.networks, address)


def people(listed: Mapping[str, UserSettings]) -> dict[str, Person]:
    """Read ``board.users``, by name.

    Raises:
        ConfigError: a password stands there as it is.
    """
    found = {}
    for name, settings in listed.items():
        secret = settings.password
        if secret and not _parts(secret):
            raise ConfigError(
                f"board.users.{name}.password: is not what `grafherald password` prints"
            )
        found[name] = Person(name, role(settings.role), secret)
    return found


def role(name: str) -> Role:
    """Read a role as the settings write it: ``look``, ``act`` or ``administer``."""
    return Role[name.upper()]


def hashed(password: str, salt: bytes = b"") -> str:
    """Hash a new password for the settings; without a *salt*, with one of its own."""
    salt = salt or secrets.token_bytes(16)
    key = _key(password, salt, _N, _R, _P)
    return ":".join((SCHEME, f"{_N}:{_R}:{_P}", *(b64encode(b).decode() for b in (salt, key))))


def matches(password: str, secret: str) -> bool:
    """Tell whether *secret* was made of *password*; it takes as long when it was of none."""
    parts = _parts(secret)
    salt, key, costs = parts or (b"-" * 16, b"", (_N, _R, _P))
    return hmac.compare_digest(_key(password, salt, *costs), key)


def _key(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    text = password.encode("utf-8", "replace")
    return hashlib.scrypt(text, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=_LENGTH)


@cache
def _parts(secret: str) -> tuple[bytes, bytes, tuple[int, int, int]] | None:
    """Split a hash into salt, key and costs; None when it is none that we can, or would, check.

    One whose costs need more than _MEMORY is none: scrypt would raise instead of checking it.
    """
    try:
        scheme, n, r, p, salt, key = secret.split(":")
        costs = (int(n), int(r), int(p))
        decoded = b64decode(salt, validate=True), b64decode(key, validate=True)
    except ValueError:
        return None
    fits = 128 * costs[0] * costs[1] < _MEMORY and len(decoded[1]) == _LENGTH
    return (*decoded, costs) if scheme == SCHEME and fits and min(costs) > 0 else None
