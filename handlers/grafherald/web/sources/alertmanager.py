"""Alertmanager: an acknowledgement is a silence of the alert's own labels, for a day at most.

``POST /api/v2/silences`` answers with a ``silenceID``, and ``DELETE /api/v2/silence/ID`` ends it.
https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

from grafherald.errors import PermanentError
from grafherald.event import Event
from grafherald.history.acts import Act
from grafherald.settings.served import AlertmanagerSettings
from grafherald.web.sources import Given, client, reason_of

_LONGEST = timedelta(days=1)  # a silence has to end; by then somebody looks again
_NAMES = {"entity": "instance", "check": "alertname"}


class Alertmanager:
    """See `AlertSource`."""

    def __init__(self, settings: AlertmanagerSettings) -> None:
        self._url = settings.url.rstrip("/")
        self._token = settings.token
        self._ca_file = settings.ca_file

    def acknowledge(self, event: Event, act: Act) -> Given:
        """See `AlertSource.acknowledge`."""
        if not event.labels:
            raise PermanentError("the alert has no labels to silence it by")
        return self._silence(dict(event.labels), act, act.at + _LONGEST)

    def silence(self, event: Event, act: Act) -> Given:
        """See `AlertSource.silence`."""
        if act.until is None:
            raise PermanentError("Alertmanager's silences need an end")
        return self._silence(
            dict(self._matcher(event, *pair) for pair in act.scope), act, act.until
        )

    def undo(self, event: Event, act: Act) -> str:  # noqa: ARG002 - the id says all
        """See `AlertSource.undo`."""
        url = f"{self._url}/api/v2/silence/{quote(act.reference, safe='')}"
        with client(self._ca_file, self._token) as asking:
            answer = asking.request("DELETE", url, headers=self._headers)
        if answer.status not in (404, 410):  # it has ended there
            answer.check()
        return "no longer silenced in Alertmanager"

    def _matcher(self, event: Event, key: str, value: str) -> tuple[str, str]:
        """Find the label that a part of a scope means: one that the alert really has.

        Raises:
            PermanentError: it has none; a silence by another label would hide other alerts.
        """
        if key.startswith("label:"):
            return key.removeprefix("label:"), value
        usual = _NAMES.get(key, key)
        if event.labels.get(usual) == value:
            return usual, value
        named = next((name for name, text in event.labels.items() if text == value), None)
        if named is None:
            raise PermanentError(f"no label of the alert is its {key}; only we are quiet")
        return named, value

    def _silence(self, labels: Mapping[str, str], act: Act, until: datetime) -> Given:
        document = {
            "matchers": [
                {"name": name, "value": value, "isRegex": False, "isEqual": True}
                for name, value in sorted(labels.items())
            ],
            "startsAt": act.at.isoformat(),
            "endsAt": until.isoformat(),
            "createdBy": act.author,
            "comment": reason_of(act),
        }
        with client(self._ca_file, self._token) as asking:
            url = f"{self._url}/api/v2/silences"
            answer = asking.request("POST", url, json=document, headers=self._headers)
        answer.check()
        return Given("silenced in Alertmanager", str(answer.document().get("silenceID", "")))

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}
