"""Sensu Go: an acknowledgement is a silence that ends when the check passes again.

A silence is called ``SUBSCRIPTION:CHECK``, each of them ``*`` for all, so there is one of a kind,
and one that a person made stays theirs; the subscription of one entity is ``entity:NAME``.
``expire`` is in seconds, -1 for no end; since 6.12 the backend's default-silenced-expiry-time ends
even that, and max-silenced-expiry-time-allowed refuses what lasts longer by its own clock: a day
each, so it says itself when a silence begins. Labels it knows nothing of. The creator is the API
key's user whatever we say, so the reason names the person.
https://docs.sensu.io/sensu-go/latest/api/core/silenced/
https://docs.sensu.io/sensu-go/latest/observability-pipeline/observe-process/silencing/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from grafherald.errors import PermanentError
from grafherald.event import Event
from grafherald.history.acts import Act
from grafherald.settings.served import TokenApiSettings
from grafherald.text import one_line, plain, shorten
from grafherald.web.sources import Given, client, reason_of

_OURS = {"grafherald": "board"}


class SensuGo:
    """See `AlertSource`."""

    def __init__(self, settings: TokenApiSettings) -> None:
        self._url = settings.url.rstrip("/")
        self._token = settings.token
        self._ca_file = settings.ca_file

    def acknowledge(self, event: Event, act: Act) -> Given:
        """See `AlertSource.acknowledge`."""
        names = (f"entity:{event.entity}", event.check)
        return self._put(event.namespace, names, act, {"expire": -1, "expire_on_resolve": True})

    def silence(self, event: Event, act: Act) -> Given:
        """See `AlertSource.silence`."""
        scope = dict(act.scope)
        if not scope.keys() <= {"entity", "check"} or act.until is None:
            raise PermanentError("Sensu can't silence by a label; only we are quiet")
        names = (
            f"entity:{scope['entity']}" if "entity" in scope else "*",
            scope.get("check", "*"),
        )
        seconds = int((act.until - act.at).total_seconds())
        return self._put(event.namespace, names, act, {"expire": max(seconds, 1)})

    def undo(self, event: Event, act: Act) -> str:
        """See `AlertSource.undo`."""
        url = self._address(event.namespace, act.reference)
        with client(self._ca_file, self._token) as asking:
            answer = asking.request("GET", url, headers=self._headers)
            if answer.status != 404:
                answer.check()
                there = answer.document()
                if not _is_ours(there):
                    return f"still silenced in Sensu by {_said(there)}"
                answer = asking.request("DELETE", url, headers=self._headers)
        if answer.status != 404:  # it has ended there
            answer.check()
        return "no longer silenced in Sensu"

    def _put(
        self, namespace: str, names: tuple[str, str], act: Act, lasts: Mapping[str, Any]
    ) -> Given:
        subscription, check = names
        name = ":".join(names)
        document = {
            "metadata": {"name": name, "namespace": namespace or "default", "annotations": _OURS},
            "creator": act.author,
            "reason": f"{act.author}: {reason_of(act)}",
            **({} if subscription == "*" else {"subscription": subscription}),
            **({} if check == "*" else {"check": check}),
            **lasts,
        }
        with client(self._ca_file, self._token) as asking:
            all_of_them, url = self._address(namespace), self._address(namespace, name)
            answer = asking.request("POST", all_of_them, json=document, headers=self._headers)
            if answer.status == 409:  # there is one
                there = asking.request("GET", url, headers=self._headers).document()
                if not _is_ours(there):
                    return Given(f"already silenced in Sensu by {_said(there)}")
                answer = asking.request("PUT", url, json=document, headers=self._headers)
            answer.check()
        return Given("silenced in Sensu", name)

    def _address(self, namespace: str, name: str = "") -> str:
        place = quote(namespace or "default", safe="")
        one = f"/{quote(name, safe='')}" if name else ""
        return f"{self._url}/api/core/v2/namespaces/{place}/silenced{one}"

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Key {self._token}"}


def _said(silence: Mapping[str, Any]) -> str:
    return shorten(one_line(plain(f"{silence.get('creator')}: {silence.get('reason')}")), 200)


def _is_ours(silence: Mapping[str, Any]) -> bool:
    metadata = silence.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return isinstance(annotations, dict) and annotations.items() >= _OURS.items()
