"""Icinga 2: acknowledgements as they are, silences as downtimes.

Every action takes ``type``, ``filter`` and ``filter_vars``, and answers with one result per object,
each with a ``code``; with no object that matches it is 404, and where one refuses, the whole has
that one's status. ``notify`` is off: we would be told of what we have told already.
https://icinga.com/docs/icinga-2/latest/doc/12-icinga2-api/#actions
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from grafherald.errors import PermanentError, excerpt
from grafherald.event import Event
from grafherald.history.acts import Act
from grafherald.settings.served import UserApiSettings
from grafherald.web.sources import Given, client, reason_of


class Icinga:
    """See `AlertSource`."""

    def __init__(self, settings: UserApiSettings) -> None:
        self._url = settings.url.rstrip("/")
        self._login = f"{settings.user}:{settings.password}"
        self._secrets = (settings.password, b64encode(self._login.encode()).decode())
        self._ca_file = settings.ca_file

    def acknowledge(self, event: Event, act: Act) -> Given:
        """See `AlertSource.acknowledge`."""
        said = {"author": act.author, "comment": reason_of(act), "notify": False, "sticky": False}
        self._act("acknowledge-problem", {**_object(event), **said})
        return Given("acknowledged in Icinga", "acknowledgement")

    def silence(self, event: Event, act: Act) -> Given:  # noqa: ARG002 - the scope says all
        """See `AlertSource.silence`."""
        if act.until is None:
            raise PermanentError("Icinga's downtimes need an end")
        downtime = {
            "author": act.author,
            "comment": reason_of(act),
            "fixed": True,
            "start_time": int(act.at.timestamp()),
            "end_time": int(act.until.timestamp()),
        }
        results = self._act("schedule-downtime", {**_scope(act), **downtime})
        names = [str(result.get("name", "")) for result in results]
        some = f" ({len(names)} of them)" if len(names) > 1 else ""
        return Given(f"downtime in Icinga{some}", " ".join(filter(None, names))[:1000])

    def undo(self, event: Event, act: Act) -> str:
        """See `AlertSource.undo`."""
        if act.reference == "acknowledgement":
            self._act("remove-acknowledgement", _object(event))
            return "no longer acknowledged in Icinga"
        for name in act.reference.split(" "):
            self._act("remove-downtime", {"downtime": name})
        return "no downtime in Icinga any more"

    def _act(self, action: str, document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Do *action* on what *document* chooses; what went well comes back, at least one.

        Raises:
            DeliveryError: Icinga refused, or has no such object.
        """
        headers = {
            "Accept": "application/json",
            "Authorization": f"Basic {b64encode(self._login.encode()).decode()}",
        }
        with client(self._ca_file, *self._secrets) as asking:
            url = f"{self._url}/v1/actions/{action}"
            answer = asking.request("POST", url, json=document, headers=headers)
        results: list[Mapping[str, Any]] = [
            result for result in answer.document().get("results", ()) if isinstance(result, dict)
        ]
        good = [result for result in results if _code(result) in range(200, 300)]
        if good:
            return good
        if answer.status == 404:
            text = "Icinga has no such host or service, or it is no problem any more"
            raise PermanentError(text)
        if results:
            raise PermanentError(f"Icinga answered {excerpt(str(results[0].get('status')))}")
        answer.check()
        raise PermanentError("Icinga answered without a result")


def _code(result: Mapping[str, Any]) -> int:
    code = result.get("code")  # 200.0
    return int(code) if isinstance(code, (int, float)) else 0


def _object(event: Event) -> dict[str, Any]:
    if event.state_text:  # Nagios' words for hosts alone
        return _filtered("Host", {"host": event.entity})
    return _filtered("Service", {"host": event.entity, "service": event.check})


def _scope(act: Act) -> dict[str, Any]:
    scope = dict(act.scope)
    if scope.keys() == {"entity"}:
        return {**_filtered("Host", {"host": scope["entity"]}), "all_services": True}
    if scope.keys() == {"check"}:
        return _filtered("Service", {"service": scope["check"]})
    if scope.keys() == {"entity", "check"}:
        return _filtered("Service", {"host": scope["entity"], "service": scope["check"]})
    raise PermanentError("Icinga can't silence by our labels; only we are quiet")


def _filtered(kind: str, names: Mapping[str, str]) -> dict[str, Any]:
    """Choose objects by name; names are the filter's variables, never its text."""
    wanted = " && ".join(f"{name}.name == wanted_{name}" for name in names)
    variables = {f"wanted_{name}": value for name, value in names.items()}
    return {"type": kind, "filter": wanted, "filter_vars": variables}
