"""Nagios and Icinga: every notification is read, from the environment, from macros, or both."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald import inputs
from grafherald.errors import InvalidEvent
from grafherald.event import Event, Kind, State
from grafherald.inputs.nagios import notification as nagios
from grafherald.store.codec import fingerprint

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=timezone.utc)
SERVICE = {
    "NOTIFICATIONTYPE": "PROBLEM",
    "HOSTNAME": "db01",
    "HOSTSTATE": "UP",
    "SERVICEDESC": "disk",
    "SERVICESTATE": "CRITICAL",
    "SERVICEOUTPUT": "DISK CRITICAL - free space: /srv 12 MB",
}
HOST = {
    "NOTIFICATIONTYPE": "PROBLEM",
    "HOSTNAME": "db01",
    "HOSTSTATE": "DOWN",
    "HOSTOUTPUT": "PING CRITICAL - 100% packet loss",
    "SERVICEDESC": "",
    "SERVICESTATE": "",
    "SERVICEOUTPUT": "",
}


def read(macros: Mapping[str, str], prefix: str = "NAGIOS_") -> Event:
    (event,) = nagios.read({prefix + name: text for name, text in macros.items()}, {}, now=NOW)
    return event


def test_a_service_is_entity_and_check() -> None:
    event = read(SERVICE)
    assert (event.entity, event.check, event.source) == ("db01", "disk", "nagios")
    assert (event.kind, event.state, event.status) == (Kind.PROBLEM, State.CRITICAL, 2)
    assert event.output == "DISK CRITICAL - free space: /srv 12 MB"
    assert (event.state_text, event.occurred_at) == ("", NOW)


def test_empty_service_macros_mean_the_host() -> None:
    event = read(HOST)
    assert (event.entity, event.check, event.state_text) == ("db01", "host", "DOWN")
    assert event.output == "PING CRITICAL - 100% packet loss"


def test_checkmk_is_understood_by_its_own_names() -> None:
    more = {
        "WHAT": "SERVICE",
        "CONTACTEMAIL": "ops@example.com",
        "SERVICEPROBLEMID": "137",
        "HOST_GRAPH_IMAGE": "https://grafana.example.com/render/d-solo/node/host?panelId=2",
        "SERVICE_RUNBOOK": "https://wiki.example.com/disk",
        "HOSTLABEL_os": "linux",
        "SERVICELABEL_team": "db",
    }
    event = read({**SERVICE, **more}, "NOTIFY_")
    assert (event.source, event.entity, event.check) == ("checkmk", "db01", "disk")
    assert (event.state, event.incident) == (State.CRITICAL, "db01/disk#137")
    assert event.addresses == ("ops@example.com",)
    assert event.attributes["graph_image"] == (more["HOST_GRAPH_IMAGE"],)
    assert event.attributes["runbook"] == ("https://wiki.example.com/disk",)
    assert event.labels == {"os": "linux", "team": "db"}


def test_checkmk_calls_for_each_contact_and_again_with_one_time() -> None:
    sent = {**SERVICE, "MICROTIME": "1795245000123456", "LONGDATETIME": "Sat Nov 21 2026"}
    first = read({**sent, "CONTACTEMAIL": "jane@example.com"}, "NOTIFY_")
    other = read({**sent, "CONTACTEMAIL": "bob@example.com"}, "NOTIFY_")
    assert first.occurred_at == datetime(2026, 11, 21, 7, 10, 0, 123456, tzinfo=timezone.utc)
    assert fingerprint(first) == fingerprint(other)
    assert read({**SERVICE, "MICROTIME": "0"}, "NOTIFY_").occurred_at == NOW


def test_checkmks_event_console_ends_what_it_began() -> None:
    began = {**SERVICE, "SERVICEPROBLEMID": "ec-id-5", "LASTSERVICEOK": "0", "EC_ID": "5"}
    problem = read(began, "NOTIFY_")
    end = read({**began, "NOTIFICATIONTYPE": "RECOVERY"}, "NOTIFY_")  # still "CRITICAL"
    assert problem.incident == end.incident == "db01/disk#ec-id-5"
    assert (end.kind, end.state, end.status) == (Kind.RESOLVE, State.OK, 0)


def test_naemons_problems_have_a_uuid() -> None:
    number = "39dbb346-f483-49fe-8211-feec8edf90ea"
    problem = read({**SERVICE, "SERVICEPROBLEMID": number, "LASTSERVICEPROBLEMID": ""})
    over = {"NOTIFICATIONTYPE": "RECOVERY", "SERVICESTATE": "OK", "SERVICEPROBLEMID": ""}
    end = read({**SERVICE, **over, "LASTSERVICEPROBLEMID": number})
    assert problem.incident == end.incident == f"db01/disk#{number}"


def test_of_checkmks_environment_its_macros_are_taken_and_no_parameter_of_the_rule() -> None:
    checkmk = {f"NOTIFY_{name}": text for name, text in SERVICE.items()}
    secret = {"NOTIFY_PARAMETER_WEBHOOK_URL": "s3cret", "NOTIFY_PARAMETERS": "s3cret"}
    raw = inputs.find("nagios").capture({}, checkmk | secret, bytes)
    assert json.loads(raw)["environment"] == checkmk
    systemd = {"NOTIFY_SOCKET": "/run/systemd/notify"}
    assert json.loads(inputs.find("nagios").capture({}, systemd, bytes))["environment"] == {}


@pytest.mark.parametrize(
    ("word", "state", "status"),
    [("UP", State.OK, 0), ("DOWN", State.CRITICAL, 2), ("UNREACHABLE", State.UNKNOWN, 3)],
)
def test_host_states_keep_their_word(word: str, state: State, status: int) -> None:
    event = read({**HOST, "HOSTSTATE": word})
    assert (event.state, event.status, event.state_text) == (state, status, word)


@pytest.mark.parametrize(
    ("told", "word"), [("0", "UP"), ("1", "DOWN"), ("2", "UNREACHABLE"), ("9", "")]
)
@pytest.mark.parametrize("name", ["HOSTSTATEID", "HOSTSTATE"])
def test_a_hosts_state_may_come_as_its_number(name: str, told: str, word: str) -> None:
    event = read({**HOST, "HOSTSTATE": "", name: told})
    assert (event.status, event.state_text) == ({"UP": 0, "DOWN": 2}.get(word, 3), word)


@pytest.mark.parametrize(
    ("macros", "status"),
    [
        ({"SERVICESTATE": "WARNING"}, 1),
        ({"SERVICESTATE": "2"}, 2),
        ({"SERVICESTATE": "unknown"}, 3),
        ({"SERVICESTATE": "", "SERVICESTATEID": "1"}, 1),
        ({"SERVICESTATE": "odd", "SERVICESTATEID": "17"}, 3),
        ({"SERVICESTATE": ""}, 3),
        ({"SERVICESTATE": "", "NOTIFICATIONTYPE": "RECOVERY"}, 0),
    ],
)
def test_service_states_are_the_plugins_exit_status(macros: dict[str, str], status: int) -> None:
    assert read(SERVICE | macros).status == status


@pytest.mark.parametrize("macros", [SERVICE, HOST], ids=["service", "host"])
@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("PROBLEM", Kind.PROBLEM),
        ("RECOVERY", Kind.RESOLVE),
        ("ACKNOWLEDGEMENT", Kind.ACKNOWLEDGEMENT),
        ("CUSTOM", Kind.CUSTOM),
        ("FLAPPINGSTART", Kind.FLAPPING),
        ("FLAPPINGSTOP", Kind.FLAPPING_END),
        ("FLAPPINGEND", Kind.FLAPPING_END),
        ("FLAPPINGDISABLED", Kind.FLAPPING_DISABLED),
        ("DOWNTIMESTART", Kind.DOWNTIME_START),
        ("DOWNTIMEEND", Kind.DOWNTIME_END),
        ("DOWNTIMECANCELLED", Kind.DOWNTIME_CANCELLED),
        ("DOWNTIMEREMOVED", Kind.DOWNTIME_CANCELLED),
        ("problem", Kind.PROBLEM),
        ("SOMETHINGNEW", Kind.CUSTOM),
    ],
)
def test_every_type_is_a_notification(macros: dict[str, str], type_: str, kind: Kind) -> None:
    assert read(macros | {"NOTIFICATIONTYPE": type_}).kind is kind


@pytest.mark.parametrize(
    ("environment", "macros", "source"),
    [
        ({f"NAGIOS_{k}": v for k, v in SERVICE.items()}, {}, "nagios"),
        ({f"ICINGA_{k}": v for k, v in SERVICE.items()}, {}, "icinga"),
        (SERVICE, {}, "icinga"),
        ({}, SERVICE, "nagios"),
        ({}, {f"NAGIOS_{k}": v for k, v in SERVICE.items()}, "nagios"),
        ({}, {f"ICINGA_{k}": v for k, v in SERVICE.items()}, "icinga"),
        ({"NAGIOS_NOTIFICATIONTYPE": "CUSTOM", "HOSTNAME": "shell"}, SERVICE, "nagios"),
    ],
)
def test_macros_come_by_either_way(
    environment: dict[str, str], macros: dict[str, str], source: str
) -> None:
    (event,) = nagios.read(environment, macros, now=NOW)
    assert (event.entity, event.check, event.kind) == ("db01", "disk", Kind.PROBLEM)
    assert event.source == source


def test_a_macro_wins_over_the_environment() -> None:
    environment = {f"NAGIOS_{name}": text for name, text in SERVICE.items()}
    (event,) = nagios.read(environment, {"SERVICEOUTPUT": "said twice"}, now=NOW)
    assert event.output == "said twice"


@pytest.mark.parametrize(
    "undefined", ["$_SERVICEPLAYBOOK$", "$", "$ARG1$", "$HOSTNAME:x$", " ", ""]
)
def test_undefined_macros_are_unset(undefined: str) -> None:
    event = read(SERVICE | {"_SERVICEPLAYBOOK": undefined, "_HOSTPLAYBOOK": "the host's"})
    assert event.attribute("playbook") == "the host's"


def test_money_is_no_macro() -> None:
    assert read(SERVICE | {"SERVICEOUTPUT": "$HOME costs $5"}).output == "$HOME costs $5"


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        ("one\\ntwo", "one\ntwo"),
        ("C:\\\\temp\\\\new", "C:\\temp\\new"),
        ("C:\\\\new\\nline\\ttab", "C:\\new\nline\\ttab"),
        ("ends with \\", "ends with \\"),
        ("real\nline, C:\\new", "real\nline, C:\\new"),
    ],
)
def test_long_output_is_as_the_plugin_printed_it(escaped: str, text: str) -> None:
    assert read(SERVICE | {"LONGSERVICEOUTPUT": escaped}).long_output == text


def test_icinga_2_has_all_lines_in_one_macro() -> None:
    event = read(SERVICE | {"SERVICEOUTPUT": "first\nC:\\new\nlast\n"}, "ICINGA_")
    assert (event.output, event.long_output) == ("first", "C:\\new\nlast")


@pytest.mark.parametrize(
    ("type_", "macros", "who"),
    [
        ("CUSTOM", {"NOTIFICATIONAUTHOR": "ann", "NOTIFICATIONCOMMENT": "look"}, ("ann", "look")),
        (
            "ACKNOWLEDGEMENT",
            {"SERVICEACKAUTHOR": "ann", "SERVICEACKCOMMENT": "mine"},
            ("ann", "mine"),
        ),
        ("PROBLEM", {"SERVICEACKAUTHOR": "ann", "SERVICEACKCOMMENT": "old"}, ("", "")),
        ("CUSTOM", {"NOTIFICATIONAUTHORNAME": "ann"}, ("ann", "")),
    ],
)
def test_author_and_comment(type_: str, macros: dict[str, str], who: tuple[str, str]) -> None:
    event = read(SERVICE | {"NOTIFICATIONTYPE": type_} | macros)
    assert (event.author, event.comment) == who


AT = 1795249800


@pytest.mark.parametrize(
    ("macros", "before"),
    [
        ({"SERVICEDURATIONSEC": "90"}, 90),
        ({"SERVICEDURATIONSEC": "4.119372"}, 4),
        ({"SERVICEDURATIONSEC": "90", "LASTSERVICESTATECHANGE": str(AT - 60)}, 60),
        ({"SERVICEDURATIONSEC": "-1"}, None),
        ({"SERVICEDURATIONSEC": "nan"}, None),
        ({"SERVICESTATE": "OK", "SERVICEDURATIONSEC": "90"}, None),
        ({"NOTIFICATIONTYPE": "RECOVERY", "LASTSERVICEOK": str(AT - 600)}, 600),
        ({"NOTIFICATIONTYPE": "RECOVERY", "LASTSERVICEOK": str(AT)}, None),
        ({"NOTIFICATIONTYPE": "RECOVERY", "LASTSERVICEOK": "0"}, None),
    ],
)
def test_when_it_began(macros: dict[str, str], before: int | None) -> None:
    event = read(SERVICE | {"TIMET": str(AT)} | macros)
    assert event.occurred_at == datetime.fromtimestamp(AT, timezone.utc)
    began = event.occurred_at - timedelta(seconds=before) if before is not None else None
    assert event.since == began


@pytest.mark.parametrize("time", ["", "0", "-5", "nan", "1e300", "today"])
def test_a_senseless_clock_is_passed_over(time: str) -> None:
    assert read(SERVICE | {"TIMET": time}).occurred_at == NOW


def test_problem_repeat_and_recovery_are_one_incident() -> None:
    problem = SERVICE | {"SERVICEPROBLEMID": "7", "SERVICENOTIFICATIONNUMBER": "1"}
    repeat = problem | {"SERVICENOTIFICATIONNUMBER": "2"}
    recovery = problem | {
        "NOTIFICATIONTYPE": "RECOVERY",
        "SERVICESTATE": "OK",
        "SERVICEPROBLEMID": "0",
        "LASTSERVICEPROBLEMID": "7",
        "SERVICENOTIFICATIONNUMBER": "3",
    }
    events = [read(macros) for macros in (problem, repeat, recovery)]
    assert len({event.incident for event in events}) == 1
    assert [event.occurrences for event in events] == [1, 2, 1]
    assert read(problem | {"SERVICEPROBLEMID": "8"}).incident != events[0].incident


def test_icinga_2_tells_problems_apart_by_their_start() -> None:
    first = SERVICE | {"TIMET": str(AT), "LASTSERVICESTATECHANGE": str(AT)}
    repeat = first | {"TIMET": str(AT + 300)}
    second = SERVICE | {"TIMET": str(AT + 9000), "LASTSERVICESTATECHANGE": str(AT + 9000)}
    over = {"NOTIFICATIONTYPE": "RECOVERY", "TIMET": str(AT + 600)}
    recovery = first | over | {"PREVIOUSSERVICESTATECHANGE": str(AT)}
    assert read(first, "ICINGA_").incident == read(repeat, "ICINGA_").incident
    assert read(first, "ICINGA_").incident == read(recovery, "ICINGA_").incident
    assert read(recovery, "ICINGA_").since == read(first, "ICINGA_").since
    assert read(first | over, "ICINGA_").incident == "db01/disk"
    assert read(first, "ICINGA_").incident != read(second, "ICINGA_").incident


def test_what_service_host_and_contact_say_is_kept() -> None:
    event = read(
        SERVICE
        | {
            "_SERVICERUNBOOK": "https://wiki.example.com/disk",
            "_HOSTRUNBOOK": "https://wiki.example.com/db",
            "_HOSTNOTIFICATION": "Call the DBA",
            "_SERVICEHIPCHAT_ROOM": "dba",
            "_CONTACTHIPCHAT_ROOM": "night shift",
            "_HOSTSLACK_CHANNEL": "#db, #ops",
            "_SERVICEMAIL_TO": "a@example.com;b@example.com",
            "_SERVICEMESSAGE_FORMATTER_NAME": "check_disk",
            "_SERVICECHANNELS": "oncall",
            "_SERVICEGRAPH_FROM": "now-1h",
        }
    )
    assert event.attributes == {
        "runbook": ("https://wiki.example.com/disk",),
        "notification": ("Call the DBA",),
        "template": ("check_disk",),
        "hipchat_room": ("night shift",),
        "slack_channel": ("#db", "#ops"),
        "mail_to": ("a@example.com", "b@example.com"),
    }
    assert event.overrides == {"channels": "oncall", "graph.from": "now-1h"}


def test_our_template_goes_before_nagios_heralds_formatter() -> None:
    event = read(SERVICE | {"_HOSTTEMPLATE": "short", "_SERVICEMESSAGE_FORMATTER_NAME": "disk"})
    assert event.attribute("template") == "short"


def test_a_contact_may_choose_its_channels_and_form() -> None:
    event = read(
        SERVICE
        | {
            "_CONTACTCHANNELS": "pager",
            "_SERVICECHANNELS": "oncall",
            "_CONTACTTEMPLATE": "short",
            "_SERVICETEMPLATE": "check_disk",
        }
    )
    assert event.overrides == {"channels": "pager", "template": "short"}
    assert event.attribute("template") == "check_disk"


def test_details_labels_and_links() -> None:
    event = read(
        SERVICE
        | {
            "HOSTSTATE": "DOWN",
            "HOSTDISPLAYNAME": "Orders, primary",
            "HOSTADDRESS": "192.0.2.7",
            "SERVICEDISPLAYNAME": "disk",
            "SERVICENOTES": "grows at night",
            "HOSTNOTES": "Rack 3",
            "HOSTGROUPNAMES": "db,linux",
            "SERVICEGROUPNAMES": "disks",
            "CONTACTNAME": "ops",
            "NOTIFICATIONRECIPIENTS": "dev,ops",
            "SERVICENOTESURL": "https://wiki.example.com/disk",
            "SERVICEACTIONURL": "javascript:alert(1)",
            "HOSTACTIONURL": "https://grafana.example.com/d/db?var-host=db01&from=now-1h",
            "HOSTNOTESURL": "https://wiki.example.com/disk",
            "HOSTINFOURL": "website_url not set/cgi-bin/extinfo.cgi?type=1&host=db01",
        }
    )
    assert event.details == (
        ("Host state", "DOWN"),
        ("Host", "Orders, primary"),
        ("Address", "192.0.2.7"),
        ("Notes", "grows at night"),
        ("Host notes", "Rack 3"),
        ("Host groups", "db,linux"),
        ("Service groups", "disks"),
        ("Notified", "dev,ops"),
    )
    assert event.labels == {"hostgroups": "db,linux", "servicegroups": "disks", "contact": "ops"}
    assert event.links == (
        ("Notes", "https://wiki.example.com/disk"),
        ("Host action", "https://grafana.example.com/d/db?var-host=db01&from=now-1h"),
    )


def test_whom_a_notification_goes_to_is_known_by_the_names_end() -> None:
    named = {"_SERVICEPAGER_TO": "ann", "_CONTACTPAGER_TO": "jane", "_HOSTXMPP_ROOM": "a, b"}
    assert read(SERVICE | named).attributes == {"pager_to": ("jane",), "xmpp_room": ("a", "b")}


@pytest.mark.parametrize(
    ("contact", "macros", "addresses"),
    [
        ("email", {"CONTACTEMAIL": "ops@example.com"}, ("ops@example.com",)),
        (
            "email",
            {"CONTACTEMAIL": "a@example.com, b@example.com"},
            ("a@example.com", "b@example.com"),
        ),
        ("email", {"USEREMAIL": "ops@example.com"}, ("ops@example.com",)),
        ("email", {"CONTACTPAGER": "page@example.com"}, ()),
        (
            "pager",
            {"CONTACTPAGER": "page@example.com", "CONTACTEMAIL": "o@example.com"},
            ("page@example.com",),
        ),
        ("pager", {"CONTACTPAGER": "+15550100"}, ()),
    ],
)
def test_addresses_are_those_of_the_contact(
    contact: str, macros: dict[str, str], addresses: tuple[str, ...]
) -> None:
    (event,) = nagios.read({}, SERVICE | macros, now=NOW, contact=contact)
    assert event.addresses == addresses


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, ["no macro of Nagios or Icinga", "enable_environment_macros=1", "--macro"]),
        ({"HOSTNAME": "my-shell", "PATH": "/bin"}, ["no macro", "--macro"]),
        ({"NAGIOS_HOSTNAME": "db01"}, ["NOTIFICATIONTYPE: missing", "--macro"]),
        ({"NAGIOS_NOTIFICATIONTYPE": "PROBLEM", "HOSTNAME": "my-shell"}, ["HOSTNAME: missing"]),
    ],
)
def test_what_is_missing_is_named(environment: dict[str, str], says: list[str]) -> None:
    with pytest.raises(InvalidEvent) as raised:
        nagios.read(environment, {}, now=NOW)
    assert all(part in str(raised.value) for part in says)


def test_bytes_that_are_no_text_are_replaced() -> None:
    event = read(SERVICE | {"SERVICEOUTPUT": "caf\udce9 f\0ull"})
    assert event.output == "caf\ufffd f\ufffdull"


NAMES = st.sampled_from(
    [
        *("TIMET", "SERVICEDURATIONSEC", "LASTSERVICESTATECHANGE", "LASTSERVICEOK", "HOSTSTATE"),
        *("SERVICEDESC", "SERVICESTATE", "SERVICESTATEID", "SERVICEPROBLEMID", "SERVICEOUTPUT"),
        *("LONGSERVICEOUTPUT", "SERVICENOTIFICATIONNUMBER", "CONTACTEMAIL", "SERVICEACTIONURL"),
        *("_SERVICEGRAPH_IMAGE", "_SERVICEGRAPH_DASHBOARD", "_SERVICEGRAPH_PANEL", "_HOSTMAIL_TO"),
        *(
            "_SERVICEGRAPH_VARS",
            "NOTIFICATIONTYPE",
            "HOSTNAME",
            "SERVICENOTESURL",
            "HOSTGROUPNAMES",
        ),
    ]
)
TEXTS = st.text(st.characters(), max_size=60) | st.integers().map(str) | st.floats().map(str)


@given(st.dictionaries(NAMES, TEXTS), st.dictionaries(NAMES | st.text(), TEXTS))
def test_any_macros_give_an_event_or_a_refusal(
    environment: dict[str, str], macros: dict[str, str]
) -> None:
    environment = {f"NAGIOS_{name}": text for name, text in environment.items()}
    try:
        (event,) = nagios.read(environment, macros, now=NOW)
    except InvalidEvent:
        return
    assert event.entity.encode()
    assert event.occurrences >= 1
    assert event.since is None or event.since <= event.occurred_at
    assert all(type(url) is str for url in event.attributes.get("graph_image", ()))
