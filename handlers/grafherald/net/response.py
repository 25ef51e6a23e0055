"""An HTTP response, and what follows from it: arrived, try again, or never. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

from grafherald.errors import PermanentError, TemporaryError
from grafherald.text import one_line, plain, redacted, shorten

_EXCERPT = 120  # characters of an answer in an error
_LONGEST_WAIT = 86400.0  # seconds; whatever the other side asks for
_REDIRECT = "it redirects: set the url to where it leads"
_HINTS = {
    400: "check the channel's settings",
    401: "check the token",
    403: "check what the token may do",
    404: "check the url and the room or channel",
    407: "check the proxy's user and password",
    413: "the message is too large for it",
}
_RESETS = ("x-ratelimit", "x-floodcontrol", "x-limit-app")


class Response:
    """The head of an answer and the start of its body.

    Attributes:
        host: who answered, as ``host`` or ``host:port``, for messages.
        headers: by lower-case name; of several with one name the last.
        body: its first 64 kB.
        secrets: what no message may hold, should the answer repeat it.
    """

    def __init__(
        self,
        host: str,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        secrets: tuple[str, ...] = (),
    ) -> None:
        self.host = host
        self.status = status
        self.headers = headers
        self.body = body
        self.secrets = secrets

    def document(self) -> dict[str, Any]:
        """Read the body as a JSON object; {} when it is none."""
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return document if isinstance(document, dict) else {}

    def excerpt(self) -> str:
        """Quote the body's first words, without tags, secrets and control characters."""
        text = redacted(self.body.decode("utf-8", "replace"), self.secrets)
        if text.lstrip().startswith("<"):
            text = re.sub(r"<[^<>]*>", " ", text)
        return shorten(one_line(plain(text)), _EXCERPT)

    def check(self, now: datetime | None = None) -> None:
        """Raise what a channel has to raise for this answer, if anything.

        Args:
            now: the time that dates in the answer are seen from; default: the clock's.

        Raises:
            TemporaryError: 5xx, 408, 429, with the wait that it asks for; and a web page with
                status 200, which is a proxy's or a portal's, not the service's.
            PermanentError: any other status but 2xx.
        """
        says = self.excerpt()
        text = f"{self.host} answered {self.status}" + (f": {says}" if says else "")
        if 200 <= self.status < 300:
            if self.body.lstrip().startswith(b"<"):
                raise TemporaryError(f"{text}; a web page, not the service: check url and proxy")
            return
        if self.status >= 500 or self.status in (408, 429):
            wait = retry_after(self.headers, now or datetime.now(timezone.utc))
            wait = _asked(self.document()) if wait is None else wait
            asked = "" if wait is None else f"; it asks to wait {wait:g} s"
            raise TemporaryError(text + asked, retry_after=wait)
        redirects = 300 <= self.status < 400
        hint = _REDIRECT if redirects else _HINTS.get(self.status, "")
        raise PermanentError(text + (f"; {hint}" if hint else ""))


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """How many seconds the other side's headers ask to wait; None where they do not.

    ``Retry-After`` holds seconds or a date; ``X-RateLimit-Reset``, ``X-FloodControl-Reset`` and
    Pushover's ``X-Limit-App-Reset`` (a month's quota: https://pushover.net/api#limits) hold a Unix
    time, and count where nothing remains of their limit. A ``Date`` of the answer is
    what times are seen from, so that a wrong clock does not matter.
    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    headers = {name.lower(): value for name, value in headers.items()}
    asked = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", asked):
        return min(float(asked), _LONGEST_WAIT)
    now = _date(headers.get("date", "")) or now
    until = _date(asked)
    moments = [until.timestamp()] if until else []
    for limit in _RESETS:
        reset = headers.get(f"{limit}-reset", "").strip()
        if headers.get(f"{limit}-remaining", "0") != "0":
            continue
        if limit == _RESETS[0] and re.fullmatch(r"\d{1,5}", reset):
            return min(float(reset), _LONGEST_WAIT)  # Mattermost's counts from now
        if re.fullmatch(r"\d{9,11}", reset):
            moments.append(float(reset))
    if not moments:
        return None
    return min(max(0.0, max(moments) - now.timestamp()), _LONGEST_WAIT)


def _asked(document: Mapping[str, Any]) -> float | None:
    """How many seconds a JSON body asks to wait: Discord's, Telegram's, Matrix's.

    https://discord.com/developers/docs/topics/rate-limits, "parameters" of
    https://core.telegram.org/bots/api#responseparameters and M_LIMIT_EXCEEDED of
    https://spec.matrix.org/latest/client-server-api/#rate-limiting
    """
    parameters = document.get("parameters")
    told = parameters.get("retry_after") if isinstance(parameters, dict) else None
    milliseconds = document.get("retry_after_ms")
    for value, unit in ((document.get("retry_after"), 1), (told, 1), (milliseconds, 1000)):
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0:
            return min(value / unit, _LONGEST_WAIT)
    return None


def secrets_of(url: str) -> tuple[str, ...]:
    """What of *url* must not be seen anywhere: its path and query, whole and in parts."""
    parts = urlsplit(url)
    words = re.split(r"[/?&=#]", f"{parts.path}?{parts.query}")
    whole = [parts.path, parts.query] if len(parts.path) > 1 else [parts.query]
    return tuple(word for word in (*whole, *words) if len(word) >= 4)


def _date(text: str) -> datetime | None:
    if not text:
        return None
    from email.utils import parsedate_to_datetime  # 4 ms that few answers need

    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)
