"""The real Nagios, with the files of contrib/nagios, runs the installed command."""

from __future__ import annotations

import getpass
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CONTRIB = Path(__file__).resolve().parent.parent.parent / "contrib" / "nagios"
pytestmark = pytest.mark.real

MAIN = """\
log_file={here}/nagios.log
cfg_file={here}/commands.cfg
cfg_file={here}/example.cfg
cfg_file={here}/site.cfg
object_cache_file={here}/objects.cache
status_file={here}/status.dat
command_file={here}/nagios.cmd
query_socket={here}/nagios.qh
lock_file={here}/nagios.lock
temp_file={here}/nagios.tmp
temp_path={here}
check_result_path={here}
nagios_user={user}
check_external_commands=1
execute_service_checks=0
execute_host_checks=0
check_service_freshness=0
check_for_updates=0
enable_notifications=1
enable_flap_detection=0
retain_state_information=0
use_syslog=0
check_workers=1
enable_environment_macros={environment_macros}
illegal_macro_output_chars=`~$&|'"<>
"""
SITE = """\
define timeperiod {
    timeperiod_name  24x7
    alias            always
    sunday 00:00-24:00
    monday 00:00-24:00
    tuesday 00:00-24:00
    wednesday 00:00-24:00
    thursday 00:00-24:00
    friday 00:00-24:00
    saturday 00:00-24:00
}
define command {
    command_name  check-host-alive
    command_line  /bin/true
}
define command {
    command_name  check_http
    command_line  /bin/true
}
define command {
    command_name  plugin
    command_line  {here}/plugin
}
define service {
    use                  latency-by-parts
    host_name            web01
    service_description  files
    check_command        plugin
    max_check_attempts   1
}
"""
PLUGIN = r"""#!/bin/sh
cat <<'END'
FILES WARNING - 2 files | files=2;1;5
C:\temp\new
last line
END
exit 1
"""


@pytest.fixture(params=["environment", "macros"])
def nagios(request: pytest.FixtureRequest, tmp_path: Path, start: Callable[..., Any]) -> Any:
    """Nagios with the example's objects, notifying by environment or by macros in the command."""
    program = shutil.which("nagios4") or shutil.which("nagios4", path="/usr/sbin")
    if program is None:
        pytest.skip("needs nagios4")
    in_environment = request.param == "environment"
    example = (CONTRIB / "example.cfg").read_text()
    if not in_environment:
        example = example.replace("-by-grafherald", "-by-grafherald-macros")
    main = MAIN.format(here=tmp_path, user=getpass.getuser(), environment_macros=+in_environment)
    (tmp_path / "commands.cfg").write_text((CONTRIB / "commands.cfg").read_text())
    (tmp_path / "example.cfg").write_text(example)
    (tmp_path / "site.cfg").write_text(SITE.replace("{here}", str(tmp_path)))
    (tmp_path / "plugin").write_text(PLUGIN)
    (tmp_path / "plugin").chmod(0o755)
    (tmp_path / "nagios.cfg").write_text(main)
    return start([program, str(tmp_path / "nagios.cfg")], tmp_path / "nagios.cmd")


def test_a_service_from_problem_to_recovery(nagios: Any) -> None:
    failed = "PROCESS_SERVICE_CHECK_RESULT;web01;latency;2;HTTP CRITICAL - p99 812ms|p99=812ms a=3"
    nagios.command(failed, failed, failed)
    said = nagios.said("web01/latency", "CRITICAL")
    assert said["text"] == "HTTP CRITICAL - p99 812ms"
    assert said["links"] == {
        "Runbook": "https://wiki.example.com/runbooks/latency",
        "Acknowledge": "https://nagios.example.com/nagios4/cgi-bin/cmd.cgi"
        "?cmd_typ=34&host=web01&service=latency",
        "Notes": "https://wiki.example.com/latency",
        "Live panel": "https://grafana.example.com/d/api/latency"
        "?viewPanel=2&orgId=1&var-host=web01&from=now-6h&to=now",
        "Nagios": "https://nagios.example.com/nagios4/cgi-bin/extinfo.cgi"
        "?type=2&host=web01&service=latency",
    }
    nagios.command("ACKNOWLEDGE_SVC_PROBLEM;web01;latency;1;1;0;ann;on it")
    said = nagios.said("web01/latency", "ACKNOWLEDGED")
    assert (said["facts"]["By"], said["facts"]["Comment"]) == ("ann", "on it")
    nagios.command("PROCESS_SERVICE_CHECK_RESULT;web01;latency;0;HTTP OK")
    assert nagios.said("web01/latency", "RESOLVED")["text"] == "HTTP OK"


def test_a_host_down_and_up(nagios: Any) -> None:
    nagios.command("PROCESS_HOST_CHECK_RESULT;web01;1;PING CRITICAL - 100% loss")
    said = nagios.said("web01/host", "DOWN")
    assert said["text"] == "PING CRITICAL - 100% loss"
    assert "cmd_typ=33&host=web01" in said["links"]["Acknowledge"]
    assert said["graphs"][0]["link"].startswith(
        "https://grafana.example.com/d/node/host?viewPanel=7"
    )
    nagios.command("PROCESS_HOST_CHECK_RESULT;web01;0;PING OK")
    assert nagios.said("web01/host", "RESOLVED")["text"] == "PING OK"


def test_an_active_checks_output_is_as_the_plugin_printed_it(nagios: Any) -> None:
    nagios.command(f"SCHEDULE_FORCED_SVC_CHECK;web01;files;{int(time.time())}")
    said = nagios.said("web01/files", "WARNING")
    assert said["text"] == "FILES WARNING - 2 files\nC:\\temp\\new\nlast line"


def test_graphs_are_built_from_their_parts(nagios: Any) -> None:
    nagios.command("SEND_CUSTOM_SVC_NOTIFICATION;web01;saturation;2;bob;please look")
    links = [
        graph["link"] for graph in nagios.said("web01/saturation", "CUSTOM NOTIFICATION")["graphs"]
    ]
    assert links == [
        f"http://127.0.0.1:9/d/api/latency?viewPanel={panel}"
        "&var-host=web01&var-env=prod&from=now-6h&to=now"
        for panel in (2, 3)
    ]


def test_downtime_and_a_persons_own_message(nagios: Any) -> None:
    now = int(time.time())
    nagios.command(
        f"SCHEDULE_SVC_DOWNTIME;web01;latency;{now};{now + 3600};1;0;3600;carol;deploy",
        "SEND_CUSTOM_SVC_NOTIFICATION;web01;saturation;2;bob;please look",
    )
    said = nagios.said("web01/latency", "DOWNTIME STARTED")
    assert (said["facts"]["By"], said["facts"]["Comment"]) == ("carol", "deploy")
    said = nagios.said("web01/saturation", "CUSTOM NOTIFICATION")
    assert said["text"].startswith("bob: please look")
    nagios.command("DEL_SVC_DOWNTIME;1")
    nagios.said("web01/latency", "DOWNTIME CANCELLED")


def test_the_shipped_files_fit_debians_own(tmp_path: Path) -> None:
    main = Path("/etc/nagios4/nagios.cfg")
    if not (nagios := shutil.which("nagios4")) or not main.is_file():
        pytest.skip("no Nagios of Debian's here")
    ours = f"cfg_file={CONTRIB}/commands.cfg\ncfg_file={CONTRIB}/example.cfg\n"
    user = f"nagios_user={getpass.getuser()}"  # nagios may not read a test's folder
    settings = re.sub("(?m)^nagios_user=.*", user, main.read_text())
    (tmp_path / "nagios.cfg").write_text(ours + settings)
    done = subprocess.run(
        [nagios, "-v", str(tmp_path / "nagios.cfg")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "Total Warnings: 0" in done.stdout, done.stdout


def test_a_contacts_own_places_come_with_the_macro_form() -> None:
    text = (CONTRIB / "commands.cfg").read_text()
    lines = [line for line in text.splitlines() if "--macro" in line and "command_line" in line]
    assert len(lines) == 2
    for line in lines:
        for name in ("CHANNELS", "TEMPLATE", "SLACK_CHANNEL", "HIPCHAT_ROOM"):
            assert f"--macro '_CONTACT{name}=$_CONTACT{name}$'" in line
