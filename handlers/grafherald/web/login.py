"""Who is logged in: a signed cookie, and a token in every form that changes something. Pure."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import deque
from dataclasses import dataclass, field

COOKIE = "grafherald"
LIFETIME = 12 * 3600  # seconds: a shift
_FAILURES, _WITHIN = 10, 60.0  # wrong passwords in so many seconds, then nobody gets in


@dataclass(frozen=True)
class Login:
    """One user and how its sessions are signed.

    Attributes:
        password: "" when nobody can log in.
        key: of the signatures; sessions end when it changes, and when the password does.
    """

    user: str
    password: str = field(default="", repr=False)
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    @property
    def is_possible(self) -> bool:
        """Tell whether there is a password."""
        return bool(self.password)

    def accepts(self, user: str, password: str) -> bool:
        """Tell whether these are the user's name and password."""
        given, known = f"{user}\0{password}", f"{self.user}\0{self.password}"
        return self.is_possible and hmac.compare_digest(
            given.encode("utf-8", "replace"), known.encode()
        )

    def session(self, now: float) -> str:
        """Return a new session's cookie: until when, a random part, and the signature of both."""
        text = f"{int(now) + LIFETIME}.{secrets.token_urlsafe(16)}"
        return f"{text}.{self._signed('session', text)}"

    def is_session(self, cookie: str, now: float) -> bool:
        """Tell whether *cookie* is a session that has not ended."""
        text, _, signature = cookie.rpartition(".")
        until = text.partition(".")[0]
        return (
            self.is_possible
            and hmac.compare_digest(signature.encode(), self._signed("session", text).encode())
            and int(until) > now
        )

    def form_token(self, cookie: str) -> str:
        """Return what a session's forms carry, which no other site can know."""
        return self._signed("form", cookie)

    def is_form_token(self, token: str, cookie: str) -> bool:
        """Tell whether a form came from a page of the session *cookie*."""
        return hmac.compare_digest(token.encode(), self.form_token(cookie).encode())

    def _signed(self, purpose: str, text: str) -> str:
        key = hmac.new(self.key, self.password.encode(), hashlib.sha256).digest()
        return hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


class Failures:
    """Counts wrong passwords, so that they can't be tried by the thousand."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=_FAILURES)

    def add(self, now: float) -> None:
        """Count one; *now* in seconds."""
        self._times.append(now)

    def are_too_many(self, now: float) -> bool:
        """Tell whether nobody is let in now."""
        return len(self._times) == _FAILURES and now - self._times[0] < _WITHIN
