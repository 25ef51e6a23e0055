"""The real Icinga 2, with the files of contrib/icinga2, runs the installed command."""

from __future__ import annotations

import getpass
import grp
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CONTRIB = Path(__file__).resolve().parent.parent.parent / "contrib" / "icinga2"
pytestmark = pytest.mark.real

MAIN = """\
include <itl>
object NotificationComponent "notification" {{ }}
object ExternalCommandListener "command" {{ command_path = "{here}/icinga2.cmd" }}
object CheckCommand "hostalive" {{ command = [ "true" ] }}
object CheckCommand "http" {{ command = [ "true" ] }}
include "{contrib}/grafherald.conf"
include "{contrib}/example.conf"
"""


@pytest.fixture
def icinga(tmp_path: Path, start: Callable[..., Any]) -> Any:
    """Icinga 2 with the example's objects; nothing listens on the network, no check runs."""
    program = shutil.which("icinga2") or shutil.which("icinga2", path="/usr/sbin")
    if program is None:
        pytest.skip("needs icinga2")
    (tmp_path / "run" / "icinga2").mkdir(parents=True)
    for folder in ("data", "cache", "log", "spool"):
        (tmp_path / folder).mkdir()
    (tmp_path / "icinga2.conf").write_text(MAIN.format(here=tmp_path, contrib=CONTRIB))
    constants = {
        "RunAsUser": getpass.getuser(),
        "RunAsGroup": grp.getgrgid(os.getgid()).gr_name,
        "DataDir": tmp_path / "data",
        "CacheDir": tmp_path / "cache",
        "InitRunDir": tmp_path / "run",
        "LogDir": tmp_path / "log",
        "SpoolDir": tmp_path / "spool",
    }
    defined = [f"-D{name}={value}" for name, value in constants.items()]
    command = [program, "daemon", "-c", str(tmp_path / "icinga2.conf"), *defined]
    return start(command, tmp_path / "icinga2.cmd")


def test_a_service_from_problem_to_recovery(icinga: Any) -> None:
    failed = (
        "PROCESS_SERVICE_CHECK_RESULT;web01;latency;2;HTTP CRITICAL - p99 > 500ms|p99=812ms a=3"
    )
    icinga.command("PROCESS_SERVICE_CHECK_RESULT;web01;latency;0;HTTP OK", failed, failed, failed)
    said = icinga.said("web01/latency", "CRITICAL")
    assert said["text"] == "HTTP CRITICAL - p99 > 500ms"
    assert said["links"]["Runbook"] == "https://wiki.example.com/runbooks/latency"
    assert [graph["link"] for graph in said["graphs"]] == [
        f"https://grafana.example.com/d/api/latency?viewPanel={panel}"
        "&orgId=1&var-host=web01&from=now-6h&to=now"
        for panel in (2, 3)
    ]
    icinga.command("ACKNOWLEDGE_SVC_PROBLEM;web01;latency;1;1;0;ann;on it")
    said = icinga.said("web01/latency", "ACKNOWLEDGED")
    assert (said["facts"]["By"], said["facts"]["Comment"]) == ("ann", "on it")
    icinga.command("PROCESS_SERVICE_CHECK_RESULT;web01;latency;0;HTTP OK")
    assert icinga.said("web01/latency", "RESOLVED")["text"] == "HTTP OK"


def test_a_host_down_and_up(icinga: Any) -> None:
    failed = "PROCESS_HOST_CHECK_RESULT;web01;1;PING CRITICAL - 100% loss"
    icinga.command("PROCESS_HOST_CHECK_RESULT;web01;0;PING OK", failed, failed, failed)
    said = icinga.said("web01/host", "DOWN")
    assert said["text"] == "PING CRITICAL - 100% loss"
    assert said["graphs"][0]["link"].startswith(
        "https://grafana.example.com/d/node/host?viewPanel=7"
    )
    icinga.command("PROCESS_HOST_CHECK_RESULT;web01;0;PING OK")
    assert icinga.said("web01/host", "RESOLVED")["text"] == "PING OK"


def test_downtime_and_a_persons_own_message(icinga: Any) -> None:
    now = int(time.time())
    icinga.command(
        "PROCESS_SERVICE_CHECK_RESULT;web01;latency;0;HTTP OK",
        "SEND_CUSTOM_SVC_NOTIFICATION;web01;latency;2;bob;please look",
        f"SCHEDULE_SVC_DOWNTIME;web01;latency;{now};{now + 3600};1;0;3600;carol;deploy",
    )
    said = icinga.said("web01/latency", "CUSTOM NOTIFICATION")
    assert said["text"].startswith("bob: please look")
    said = icinga.said("web01/latency", "DOWNTIME STARTED")
    assert (said["facts"]["By"], said["facts"]["Comment"]) == ("carol", "deploy")
