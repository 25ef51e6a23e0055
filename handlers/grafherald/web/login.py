"""Sessions: a signed cookie, and a token in every form that changes something. Pure."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network

from grafherald.net.networks import peer
from grafherald.web.people import Person, matches

COOKIE = "grafherald"
LIFETIME = 12 * 3600  # seconds: a shift
_FAILURES, _WITHIN = 10, 60.0  # wrong passwords in so many seconds, then that address has to wait
_ADDRESSES = 10_000  # that are remembered; those with the oldest failures go


@dataclass(frozen=True)
class Login:
    """Who can log in, and how sessions are signed.

    Attributes:
        people: by name.
        key: of the signatures; all sessions end when it changes, and a person's when the
            password does.
    """

    people: Mapping[str, Person] = field(default_factory=dict)
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    @property
    def is_possible(self) -> bool:
        """Tell whether anybody has a password."""
        return any(person.secret for person in self.people.values())

    def accepts(self, user: str, password: str) -> Person | None:
        """Check a login; None when there is nobody with this name and password."""
        person = self.people.get(user)
        if person is None:
            matches(password, "")  # a name that is not there takes as long as one that is
            return None
        return person if person.has(password) else None

    def session(self, person: Person, now: float) -> str:
        """Make a new session's cookie: until when, a random text, whose, and their signature."""
        name = urlsafe_b64encode(person.name.encode()).decode().rstrip("=")
        text = f"{int(now) + LIFETIME}.{secrets.token_urlsafe(16)}.{name}"
        return f"{text}.{self._signed('session', text, person.secret)}"

    def person(self, cookie: str, now: float) -> Person | None:
        """Find whose session *cookie* is; None when it is none, or has ended."""
        text, _, signature = cookie.rpartition(".")
        try:
            until, _, name = text.split(".")
            person = self.people.get(urlsafe_b64decode(name + "==").decode())
        except ValueError:
            return None
        if person is None or not person.secret:
            return None
        good = self._signed("session", text, person.secret)
        is_ours = hmac.compare_digest(signature.encode("utf-8", "replace"), good.encode())
        return person if is_ours and int(until) > now else None

    def form_token(self, binding: str) -> str:
        """Make what proves that a form comes from our page: no other site can know it."""
        return self._signed("form", binding)

    def is_form_token(self, token: str, binding: str) -> bool:
        """Tell whether a form came from a page that this viewer was shown."""
        given = token.encode("utf-8", "replace")
        return bool(binding) and hmac.compare_digest(given, self.form_token(binding).encode())

    def _signed(self, purpose: str, text: str, secret: str = "") -> str:
        key = hmac.new(self.key, secret.encode(), hashlib.sha256).digest()
        return hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


class Failures:
    """Counts wrong passwords by who sent them, so that they can't be tried by the thousand."""

    def __init__(self) -> None:
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, address: str, now: float) -> None:
        """Count one; *now* in seconds."""
        with self._lock:
            times = self._times.setdefault(_household(address), deque(maxlen=_FAILURES))
            times.append(now)
            self._times.move_to_end(_household(address))
            if len(self._times) > _ADDRESSES:
                self._times.popitem(last=False)

    def are_too_many(self, address: str, now: float) -> bool:
        """Tell whether nobody at *address* is let in now."""
        with self._lock:
            times = self._times.get(_household(address), deque())
            return len(times) == _FAILURES and now - times[0] < _WITHIN


def _household(address: str) -> str:
    """What one sender has to itself: an IPv4 address, or 64 bits of an IPv6 one."""
    found = peer(address)
    if found is None or found.version == 4:
        return str(found)
    return str(ip_network((found, 64), strict=False))
