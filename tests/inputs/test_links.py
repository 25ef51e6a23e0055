"""The links to the monitoring system lead to its page of this very problem, and to its form."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grafherald import inputs
from grafherald.event import Event, Kind, State

INPUTS = {"sensu-core": "sensu", "sensu-go": "sensu"}
INPUTS |= dict.fromkeys(("nagios", "icinga", "checkmk"), "nagios")
MakeEvent = Callable[..., Event]
SERVICE = {"source": "nagios", "check": "disk /srv & more"}
HOST = {"source": "icinga", "check": "host", "state_text": "DOWN"}
NAGIOS = {"nagios": {"url": "https://n.example.com/nagios4/"}}
ICINGA = {"nagios": {"icingaweb": "https://i.example.com/icingaweb2", "url": "https://n"}}
SENSU = {
    "sensu": {
        "url": "https://sensu.example.com:3000/",
        "uchiwa": "https://uchiwa.example.com/#/client/Site%201",
    }
}
CGI = "https://n.example.com/nagios4/cgi-bin"
WEB = "https://i.example.com/icingaweb2/icingadb"
NOTES = ("Notes", "https://wiki.example.com")


def linked(event: Event, settings: dict[str, dict[str, str]]) -> Event:
    return inputs.find(INPUTS[event.source]).linked(event, settings)


@pytest.mark.parametrize(
    ("changes", "settings", "acknowledge", "shown"),
    [
        (
            SERVICE,
            NAGIOS,
            f"{CGI}/cmd.cgi?cmd_typ=34&host=web01&service=disk+%2Fsrv+%26+more",
            ("Nagios", f"{CGI}/extinfo.cgi?type=2&host=web01&service=disk+%2Fsrv+%26+more"),
        ),
        (
            HOST,
            {"nagios": {"url": "https://n.example.com/nagios/cgi-bin"}},
            "https://n.example.com/nagios/cgi-bin/cmd.cgi?cmd_typ=33&host=web01",
            ("Icinga", "https://n.example.com/nagios/cgi-bin/extinfo.cgi?type=1&host=web01"),
        ),
        (
            SERVICE,
            ICINGA,
            f"{WEB}/service/acknowledge?name=disk%20/srv%20%26%20more&host.name=web01",
            ("Nagios", f"{WEB}/service?name=disk%20/srv%20%26%20more&host.name=web01"),
        ),
        (
            HOST,
            ICINGA,
            f"{WEB}/host/acknowledge?name=web01",
            ("Icinga", f"{WEB}/host?name=web01"),
        ),
        (
            {"source": "checkmk", "check": "disk /srv"},
            {"nagios": {"url": "https://mon.example.com/prod/check_mk/"}},
            None,
            (
                "Checkmk",
                "https://mon.example.com/prod/check_mk/index.py?start_url=view.py"
                "%3Fview_name%3Dservice%26host%3Dweb01%26service%3Ddisk%2B%252Fsrv",
            ),
        ),
        (
            {"source": "sensu-go", "namespace": "default", "check": "disk /srv?"},
            SENSU,
            None,
            (
                "Sensu",
                "https://sensu.example.com:3000/c/~/n/default/events/web01/disk%20%2Fsrv%3F",
            ),
        ),
        (
            {"source": "sensu-core", "check": "a&b"},
            SENSU,
            None,
            ("Sensu", "https://uchiwa.example.com/#/client/Site%201/web01?check=a%26b"),
        ),
    ],
)
def test_they_lead_to_the_problem(
    make_event: MakeEvent,
    changes: dict[str, object],
    settings: dict[str, dict[str, str]],
    acknowledge: str | None,
    shown: tuple[str, str],
) -> None:
    event = make_event(**changes, links=(NOTES,))
    form = (("Acknowledge", acknowledge),) if acknowledge else ()
    assert linked(event, settings).links == (*form, NOTES, shown)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": Kind.RESOLVE, "state": State.OK},
        {"kind": Kind.CUSTOM, "state": State.OK},
        {"kind": Kind.ACKNOWLEDGEMENT},
    ],
)
def test_what_is_no_open_problem_is_not_acknowledged(
    make_event: MakeEvent, changes: dict[str, object]
) -> None:
    links = linked(make_event(**SERVICE, **changes), NAGIOS).links
    assert [label for label, _ in links] == ["Nagios"]


@pytest.mark.parametrize("source", ["sensu-go", "sensu-core", "nagios", "icinga"])
@pytest.mark.parametrize("settings", [{}, {"sensu": {}, "nagios": {}}])
def test_without_an_address_there_are_none(
    make_event: MakeEvent, source: str, settings: dict[str, dict[str, str]]
) -> None:
    assert linked(make_event(source=source), settings).links == ()
