"""What real daemons passed, captured: each is a sensible notification."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from grafherald.errors import InvalidEvent
from grafherald.event import Event
from grafherald.inputs.nagios import notification as nagios
from grafherald.notification import Notification

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=timezone.utc)
SERVICE = "https://grafana.example.com/render/d-solo/abc/api"
HOST = "https://grafana.example.com/render/d-solo/aaa/host"
RISING = "CRITICAL - p99 812ms > 500ms & \"rising\" 'fast' `id` $HOME $(id) <b>x</b> \\ back"
LONG = 'second line: ünï & <i>\nthird "line" 100%'
LOST = "CRITICAL - 192.0.2.10: rta nan & lost 100%"

# file, headline, output, author, comment, panel
EXPECTED = {
    "icinga2.host.ACKNOWLEDGEMENT.DOWN": ("host is ACKNOWLEDGED", LOST, "alice", "rebooting", 7),
    "icinga2.host.DOWNTIMEEND.DOWN": ("host: DOWNTIME ENDED", LOST, "carol", "host deploy", 7),
    "icinga2.host.FLAPPINGSTART.DOWN": ("host is FLAPPING", "hflap 2", "", "", 7),
    "icinga2.host.RECOVERY.UP": ("host is RESOLVED", "PING OK - rta 1ms", "", "", 7),
    "icinga2.service.CUSTOM.CRITICAL": (
        *(
            "Latency: CUSTOM NOTIFICATION",
            RISING,
            "bob",
            "please look: https://x.example.com/?a=1&b=2",
            2,
        ),
    ),
    "icinga2.service.DOWNTIMEEND.OK": (
        *("Latency: DOWNTIME ENDED", "flap 7", "carol", "deploy & restart", 2),
    ),
    "icinga2.service.FLAPPINGEND.OK": ("Latency: FLAPPING ENDED", "stable 14", "", "", 2),
    "icinga2.service.PROBLEM.CRITICAL": ("Latency is CRITICAL", RISING, "", "", 2),
    "icinga2.service.PROBLEM.WARNING": ("Latency is WARNING", "WARNING - p99 310ms", "", "", 2),
    "nagios4-u1.bare.service.PROBLEM": ("Latency is CRITICAL", RISING, "", "", 2),
    "nagios4-u1.env.service.PROBLEM": ("Latency is CRITICAL", RISING, "", "", 2),
    "nagios4-u1.sq.service.PROBLEM": ("Latency is CRITICAL", RISING, "", "", 2),
    "nagios4-u2-keepamp.dq.service.PROBLEM": ("Latency is CRITICAL", RISING, "", "", 2),
    "nagios4-u2-keepamp.sh.service.PROBLEM": ("Latency is CRITICAL", RISING, "", "", 2),
    "nagios4.cmdline-bare.service.PROBLEM": ("Latency is CRITICAL", RISING, "", "", 2),
    "nagios4.cmdline-dq.service.PROBLEM": ("Latency is CRITICAL", RISING, "", "", 2),
    "nagios4.cmdline-sh.service.PROBLEM": ("Latency is CRITICAL", RISING, "", "", 2),
    "nagios4.cmdline-sq.service.PROBLEM": ("Latency is CRITICAL", RISING, "", "", 2),
    "nagios4.host.CUSTOM": ("host: CUSTOM NOTIFICATION", LOST, "bob", "host custom", 7),
    "nagios4.host.DOWNTIMEEND": ("host: DOWNTIME ENDED", LOST, "carol", "host deploy", 7),
    "nagios4.host.FLAPPINGDISABLED": ("host: FLAPPING DISABLED", "hflap 7", "", "", 7),
    "nagios4.host.FLAPPINGSTOP": ("host: FLAPPING ENDED", "hstable 18", "", "", 7),
    "nagios4.host.RECOVERY": ("host is RESOLVED", "PING OK - rta 1ms", "", "", 7),
    "nagios4.service.CUSTOM": (
        *(
            "Latency: CUSTOM NOTIFICATION",
            RISING,
            "bob",
            "please look: https://x.example.com/?a=1&b=2",
            2,
        ),
    ),
    "nagios4.service.DOWNTIMEEND": (
        *("Latency: DOWNTIME ENDED", RISING, "carol", "deploy & restart", 2),
    ),
    "nagios4.service.FLAPPINGDISABLED": ("Latency: FLAPPING DISABLED", "flap 7", "", "", 2),
    "nagios4.service.FLAPPINGSTOP": ("Latency: FLAPPING ENDED", "stable 18", "", "", 2),
    "nagios4.service.PROBLEM-CRITICAL": ("Latency is CRITICAL", RISING, "", "", 2),
    "nagios4.service.PROBLEM.contact-dev-no-custom-vars": (
        "Latency is CRITICAL",
        RISING,
        "",
        "",
        2,
    ),
    "nagios4.service.RECOVERY": ("Latency is RESOLVED", "OK - p99 120ms & fine", "", "", 2),
}
WITHOUT_MACROS = {f"nagios4-u2-noenv.{form}.service.PROBLEM" for form in ("bare", "env", "sq")}


def environment(shared: Path, name: str) -> dict[str, str]:
    sample: dict[str, Any] = json.loads(
        (shared / "samples" / "nagios" / f"{name}.json").read_text()
    )
    return dict(sample["env"])


def event(shared: Path, name: str) -> Event:
    (found,) = nagios.read(environment(shared, name), {}, now=NOW)
    return found


def test_every_sample_is_expected(shared: Path) -> None:
    found = {path.stem for path in (shared / "samples" / "nagios").glob("*.json")}
    assert found == set(EXPECTED) | WITHOUT_MACROS


@pytest.mark.parametrize("name", EXPECTED)
def test_it_says_what_happened(shared: Path, name: str) -> None:
    found = event(shared, name)
    headline, output, author, comment, _ = EXPECTED[name]
    assert Notification(found).headline == f"web01/{headline}"
    assert (found.output, found.author, found.comment) == (output, author, comment)
    assert found.long_output in ("", LONG, "long host output")
    assert found.source == name.partition(".")[0].partition("-")[0].rstrip("24")
    assert found.addresses == (("dev" if "dev" in name else "ops") + "@example.com",)


@pytest.mark.parametrize("name", EXPECTED)
def test_it_has_its_graph_again(shared: Path, name: str) -> None:
    panel = EXPECTED[name][-1]
    (url,) = event(shared, name).attributes["graph_image"]
    assert url.startswith(f"{SERVICE if panel == 2 else HOST}?orgId=1&panelId={panel}&")


@pytest.mark.parametrize("name", sorted(WITHOUT_MACROS))
def test_without_macros_it_says_how_to_get_them(shared: Path, name: str) -> None:
    with pytest.raises(InvalidEvent, match=r"enable_environment_macros=1.*--macro"):
        nagios.read(environment(shared, name), {}, now=NOW)


def test_problem_and_recovery_thread(shared: Path) -> None:
    names = ["nagios4.service.PROBLEM-CRITICAL", "nagios4.service.RECOVERY"]
    problem, recovery = (event(shared, name) for name in names)
    assert problem.incident == recovery.incident
    assert recovery.since == problem.since
