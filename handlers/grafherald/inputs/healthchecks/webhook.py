"""The body of contrib/healthchecks, with what Healthchecks puts into it, as an event.

``check`` is its ``$JSON``, a check as its API has it; the others are placeholders of the same name.
https://healthchecks.io/docs/api/ and hc/integrations/webhook/transport.py of
https://github.com/healthchecks/healthchecks
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from grafherald.errors import InvalidEvent, excerpt
from grafherald.event import Event, Kind, State
from grafherald.prometheus import attributes, document, entity, first_of, moment, text, texts

_MOST = 50  # tags
_ITS_API = re.compile(r"(https?://[^?#]{1,500})/api/v\d+/checks/([0-9a-f-]{36})")


def parse(raw: bytes, *, now: datetime) -> list[Event]:
    """Read the message that a check went down, or up.

    Raises:
        InvalidEvent: it is none; the text names the field.
    """
    found = document(raw, "the body that contrib/healthchecks has for a webhook")
    check = found.get("check")
    status = text(found.get("status"))
    if not isinstance(check, dict) or status not in ("down", "up"):
        raise InvalidEvent(
            f"status, check: expected down or up and an object, got {excerpt(status)}"
        )
    code, is_down = text(found.get("code")), status == "down"
    labels = _labels(text(check.get("tags")))
    kind = _kind(check) if is_down else Kind.RESOLVE
    last = moment(check.get("last_ping"))
    return [
        Event(
            source="healthchecks",
            kind=kind,
            state=State.CRITICAL if is_down else State.OK,
            status=2 if is_down else 0,
            entity=entity(labels) or "healthchecks",
            check=first_of(texts(check), "name", "slug") or code.strip() or "check",
            output=_said(found, last) if is_down else "it reports again",
            long_output=text(found.get("body")).strip() if is_down else "",
            occurred_at=moment(found.get("now")) or now,
            incident=code,
            state_text="DOWN" if is_down else "",
            attributes=attributes(labels),
            labels=labels,
            links=() if kind is Kind.CUSTOM else _links(text(check.get("update_url"))),
            details=(("Description", text(check.get("desc"))),) if check.get("desc") else (),
            seen=() if is_down else (State.CRITICAL,),
            part=code,
        )
    ]


def _kind(check: Mapping[str, object]) -> Kind:
    """Tell a problem from what the button "Test" sends, which never ends: it must open no alert.

    ``send_test_notification`` in hc/front/views.py of the same
    """
    is_test = (check.get("name"), check.get("n_pings"), check.get("tags")) == ("TEST", 42, "")
    return Kind.CUSTOM if is_test else Kind.PROBLEM


def _said(found: Mapping[str, object], last: datetime | None) -> str:
    """Say why a check is down: a job that failed says so, one that is late says nothing."""
    exit_status = text(found.get("exitstatus"))
    if exit_status.isdecimal() and exit_status != "0":
        return f"it failed, with exit status {exit_status}"
    return (
        f"it has not reported since {last:%Y-%m-%d %H:%M:%S} UTC" if last else "it never reported"
    )


def _links(api: str) -> tuple[tuple[str, str], ...]:
    """Find the check's page beside its address in the API; none names it itself."""
    found = _ITS_API.fullmatch(api)
    return (("Healthchecks", f"{found[1]}/checks/{found[2]}/details/"),) if found else ()


def _labels(tags: str) -> dict[str, str]:
    """Read tags as labels: ``host=db01`` by its name, ``prod`` as true."""
    words = (word.partition("=") for word in tags.split()[:_MOST])
    return {name: value if equals else "true" for name, equals, value in words if name}
