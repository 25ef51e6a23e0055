"""Slack's Web API: methods by name, and what ``"ok": false`` means.

https://docs.slack.dev/apis/web-api/
"""

from __future__ import annotations

from typing import Any

from grafherald.errors import PermanentError, TemporaryError
from grafherald.net.client import Client
from grafherald.net.response import Response
from grafherald.text import redacted

_TEMPORARY = {  # all else is refused for good
    "accesslimited",
    "fatal_error",
    "internal_error",
    "rate_limited",
    "ratelimited",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
}
_HINTS = {
    "account_inactive": "check the token",
    "channel_not_found": "check the channel; a private one needs the bot invited",
    "invalid_auth": "check the token",
    "is_archived": "the channel is archived",
    "not_authed": "check the token",
    "not_in_channel": "invite the bot to the channel",
    "token_expired": "check the token",
    "token_revoked": "check the token",
}


class Refused(PermanentError):
    """Slack said no; ``code`` is its word for why, one of many hundreds."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def is_about_content(self) -> bool:
        """Whether another message might be taken: it is not sender or channel that is wrong."""
        return self.code not in _HINTS and self.code != "missing_scope"


class Api:
    """Calls methods at *url* with the bot's *token*, through *client*."""

    def __init__(self, client: Client, url: str, token: str) -> None:
        self._client = client
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._token = token

    def call(self, method: str, **content: Any) -> dict[str, Any]:
        """Call *method* with *content*, ``json`` or ``data``, and read its answer.

        Raises:
            TemporaryError: it failed on Slack's side, or there was no answer.
            Refused: Slack refused it.
            PermanentError: a status says so.
        """
        return self.answer(method, **content).document()

    def answer(self, method: str, **content: Any) -> Response:
        """Do as `call`, for a caller who needs the answer's headers too. Raises as `call` does."""
        answer = self._client.post(f"{self._url}/{method}", headers=self._headers, **content)
        answer.check()
        document = answer.document()
        if document.get("ok") is True:
            return answer
        code = document.get("error")
        if not isinstance(code, str):
            text = f"{answer.host} answered {method} without saying ok or why not"
            raise TemporaryError(text, unknown=True)
        needed = document.get("needed")
        hint = f"the token needs the scope {needed}" if needed else _HINTS.get(code, "")
        text = f"{answer.host} refused {method}: {code}" + (f"; {hint}" if hint else "")
        text = redacted(text, (self._token,))[:300]
        if code in _TEMPORARY:
            raise TemporaryError(text)
        raise Refused(text, code)
