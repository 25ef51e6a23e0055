"""Alertmanager: an acknowledgement is a silence of the alert's own labels, for a day at most.

``POST /api/v2/silences`` answers with a ``silenceID``, and ``DELETE /api/v2/silence/ID`` ends it.
https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from grafherald.errors import PermanentError
from grafherald.event import Event
from grafherald.history.acts import Act
from grafherald.prometheus import entity
from grafherald.settings.served import AlertmanagerSettings
from grafherald.web.sources import Given, client, reason_of

_LONGEST = timedelta(days=1)  # a silence has to end; by then somebody looks again
Matcher = dict[str, str | bool]
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
        matchers = [_equal(name, value) for name, value in sorted(event.labels.items())]
        return self._silence(matchers, act, act.at + _LONGEST)

    def silence(self, event: Event, act: Act) -> Given:
        """See `AlertSource.silence`."""
        if act.until is None:
            raise PermanentError("Alertmanager's silences need an end")
        matchers = [_matcher(event, *pair) for pair in act.scope]
        return self._silence(matchers, act, act.until)

    def undo(self, event: Event, act: Act) -> str:  # noqa: ARG002 - the id says all
        """See `AlertSource.undo`."""
        url = f"{self._url}/api/v2/silence/{quote(act.reference, safe='')}"
        with client(self._ca_file, self._token) as asking:
            answer = asking.request("DELETE", url, headers=self._headers)
        if answer.status not in (404, 410):  # it has ended there
            answer.check()
        return "no longer silenced in Alertmanager"

    def _silence(self, matchers: Sequence[Matcher], act: Act, until: datetime) -> Given:
        document = {
            "matchers": matchers,
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


def _matcher(event: Event, key: str, value: str) -> Matcher:
    """Find the label that a part of a scope means: one that the alert really has.

    A host is known to us without its exporter's port, so it is silenced with any.

    Raises:
        PermanentError: it has none; a silence by another label would hide other alerts.
    """
    if key.startswith("label:"):
        return _equal(key.removeprefix("label:"), value)
    usual = _NAMES.get(key, key)
    for name in sorted(event.labels, key=lambda name: (name != usual, name)):
        if event.labels[name] == value:
            return _equal(name, value)
        if key == "entity" and entity(event.labels, [name]) == value:
            host = rf"\[?{re.escape(value)}\]?(:[0-9]+)?"
            return {"name": name, "value": host, "isRegex": True, "isEqual": True}
    raise PermanentError(f"no label of the alert is its {key}; only we are quiet")


def _equal(name: str, value: str) -> Matcher:
    return {"name": name, "value": value, "isRegex": False, "isEqual": True}
