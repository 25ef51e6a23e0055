"""The link to acknowledge a problem leads to the right form, and is there when there is one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grafherald.acknowledge import linked
from grafherald.event import Event, Kind, State

MakeEvent = Callable[..., Event]
SERVICE = {"source": "nagios", "check": "disk /srv & more"}
HOST = {"source": "nagios", "check": "host", "state_text": "DOWN"}


@pytest.mark.parametrize(
    ("changes", "settings", "url"),
    [
        (
            SERVICE,
            {"url": "https://n.example.com/nagios4/"},
            "https://n.example.com/nagios4/cgi-bin/cmd.cgi"
            "?cmd_typ=34&host=web01&service=disk+%2Fsrv+%26+more",
        ),
        (
            HOST,
            {"url": "https://n.example.com/nagios/cgi-bin"},
            "https://n.example.com/nagios/cgi-bin/cmd.cgi?cmd_typ=33&host=web01",
        ),
        (
            SERVICE,
            {"icingaweb": "https://i.example.com/icingaweb2", "url": "https://n.example.com"},
            "https://i.example.com/icingaweb2/icingadb/service/acknowledge"
            "?name=disk%20/srv%20%26%20more&host.name=web01",
        ),
        (
            HOST,
            {"icingaweb": "https://i.example.com/icingaweb2"},
            "https://i.example.com/icingaweb2/icingadb/host/acknowledge?name=web01",
        ),
        (HOST, {}, None),
        ({**SERVICE, "kind": Kind.RESOLVE, "state": State.OK}, {"url": "https://n"}, None),
        ({**SERVICE, "kind": Kind.CUSTOM, "state": State.OK}, {"url": "https://n"}, None),
        ({**SERVICE, "kind": Kind.ACKNOWLEDGEMENT}, {"url": "https://n"}, None),
    ],
)
def test_it_leads_to_the_form(
    make_event: MakeEvent, changes: dict[str, object], settings: dict[str, str], url: str | None
) -> None:
    event = make_event(**changes, links=(("Notes", "https://wiki.example.com"),))
    own = (("Acknowledge", url),) if url else ()
    assert linked(event, settings).links == (*own, ("Notes", "https://wiki.example.com"))
