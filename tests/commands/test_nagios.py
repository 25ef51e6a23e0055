"""`grafherald nagios` from the outside, as Nagios runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grafherald import cli
from grafherald.inputs import nagios

SETTINGS = {
    "grafana": {"url": "https://grafana.example.com"},
    "nagios": {"url": "https://nagios.example.com/nagios4"},
    "channels": {
        "ops": {"type": "hipchat", "room": "ops", "token": "t"},
        "oncall": {
            "type": "email",
            "smtp": "smtp://localhost",
            "from": "a@example.com",
            "to": "oncall@example.com",
        },
    },
}
ENVIRONMENT = {
    "NAGIOS_NOTIFICATIONTYPE": "PROBLEM",
    "NAGIOS_HOSTNAME": "db01",
    "NAGIOS_SERVICEDESC": "disk",
    "NAGIOS_SERVICESTATE": "CRITICAL",
    "NAGIOS_SERVICEOUTPUT": "DISK CRITICAL - /srv 12 MB",
    "NAGIOS_CONTACTEMAIL": "dba@example.com",
    "NAGIOS_CONTACTPAGER": "page@example.com",
    "NAGIOS__SERVICEGRAPH_IMAGE": "https://grafana.example.com/render/d-solo/a?orgId=1panelId=2",
}


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "grafherald.json"
    path.write_text(json.dumps(SETTINGS))
    return str(path)


def run(
    config: str, *words: str, environment: dict[str, str]
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "grafherald", "nagios", "--config", config, *words]
    source = {"PYTHONPATH": str(Path(cli.__file__).parent.parent)}
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        env={**source, **environment},
    )


def dry_run(config: str, *words: str, environment: dict[str, str]) -> dict[str, dict[str, Any]]:
    done = run(config, "--dry-run", *words, environment=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["channel"]: line for line in lines}


def test_the_environment_is_a_notification(config: str) -> None:
    ops = dry_run(config, environment=ENVIRONMENT)["ops"]
    assert "db01/disk is CRITICAL" in ops["payload"]["message"]
    assert "DISK CRITICAL - /srv 12 MB" in ops["payload"]["message"]
    assert ops["graphs"][0]["render_url"] == (
        "https://grafana.example.com/render/d-solo/a?orgId=1&panelId=2&from=now-6h&to=now"
    )
    acknowledge = "/nagios4/cgi-bin/cmd.cgi?cmd_typ=34&amp;host=db01&amp;service=disk"
    assert acknowledge in ops["payload"]["message"]


def test_macros_are_one_too(config: str) -> None:
    words = [
        word
        for name, text in ENVIRONMENT.items()
        for word in ("--macro", f"{name.removeprefix('NAGIOS_')}={text}")
    ]
    from_macros = dry_run(config, *words, environment={})["ops"]["payload"]
    assert "db01/disk is CRITICAL" in from_macros["message"]


@pytest.mark.parametrize(
    ("words", "recipient", "is_short"),
    [
        ((), "oncall@example.com", False),
        (("--contact",), "dba@example.com", False),
        (("--contact", "pager"), "page@example.com", True),
    ],
)
def test_mail_goes_to_the_contact_when_asked_to(
    config: str, words: tuple[str, ...], recipient: str, is_short: bool
) -> None:
    mail = dry_run(config, *words, environment=ENVIRONMENT)["oncall"]
    assert mail["recipient"] == recipient
    assert ("text/html" not in mail["payload"]) is is_short


@pytest.mark.parametrize(
    ("words", "environment", "says"),
    [
        ((), {}, "enable_environment_macros=1"),
        (("--macro", "HOSTNAME"), {}, "--macro HOSTNAME: expected NAME=VALUE"),
        (("--contact", "pager"), ENVIRONMENT | {"NAGIOS_CONTACTPAGER": "+1555"}, "CONTACTPAGER"),
    ],
)
def test_what_is_wrong_is_one_line_and_status_1(
    config: str, words: tuple[str, ...], environment: dict[str, str], says: str
) -> None:
    done = run(config, *words, environment=environment)
    assert (done.returncode, done.stdout) == (1, b"")
    assert says in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


STOCK = {  # of Icinga 2's own mail-service-notification command
    "NOTIFICATIONTYPE": "PROBLEM",
    "SERVICENAME": "disk",
    "HOSTNAME": "db01",
    "HOSTDISPLAYNAME": "db01",
    "HOSTADDRESS": "192.0.2.10",
    "SERVICESTATE": "CRITICAL",
    "LONGDATETIME": "2026-11-25 18:00:00 +0000",
    "SERVICEOUTPUT": "DISK CRITICAL - /srv 12 MB",
    "NOTIFICATIONAUTHORNAME": "",
    "NOTIFICATIONCOMMENT": "",
    "SERVICEDISPLAYNAME": "disk /srv",
    "USEREMAIL": "dba@example.com",
}


@pytest.mark.parametrize(
    "more",
    [{}, {"NAGIOS_SERVICESTATE": "WARNING"}, {"ICINGA_CONTACTNAME": "dba"}],
    ids=["stock", "and a Nagios macro", "and an own macro"],
)
def test_icingas_own_environment_is_understood(config: str, more: dict[str, str]) -> None:
    done = run(config, "--dry-run", environment=STOCK | more)
    assert done.returncode == 0, done.stderr
    state = more.get("NAGIOS_SERVICESTATE", "CRITICAL")
    hipchat, mail = map(json.loads, done.stdout.splitlines())
    assert f"db01/disk is {state}" in hipchat["payload"]["message"]
    assert "2026-11-25" in hipchat["payload"]["message"]
    assert mail["recipient"] == "oncall@example.com"


def test_icingas_own_arguments_are_understood(config: str) -> None:
    words = ["-4", "192.0.2.10", "-b", "", "-c", "", "-d", "2026-11-25 18:00:00 +0000", "-e"]
    words += ["disk", "-l", "db01", "-n", "db01", "-o", "DISK CRITICAL - /srv 12 MB", "-r"]
    words += ["dba@example.com", "-s", "CRITICAL", "-t", "PROBLEM", "-u", "disk /srv"]
    words += ["-X", "in rack 7", "-x", "see the wiki"]  # of its newer scripts
    done = run(config, "--dry-run", *words, environment={"HOSTNAME": "shell"})
    assert done.returncode == 0, done.stderr
    assert b"db01/disk is CRITICAL" in done.stdout
    assert b"in rack 7" in done.stdout
    assert b"see the wiki" in done.stdout
    host = ["-l", "db01", "-s", "DOWN", "-t", "PROBLEM", "-o", "PING CRITICAL"]
    done = run(config, "--dry-run", *host, "-v", "true", environment={})
    assert b"db01/host is DOWN" in done.stdout, done.stderr
    done = run(config, "--dry-run", *host, environment={})
    assert b"db01/host is DOWN" in done.stdout


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"NAGIOS_NOTIFICATIONTYPE": "PROBLEM", "HOSTNAME": "shell"}, b"HOSTNAME: missing"),
        ({"NOTIFICATIONTYPE": "PROBLEM"}, b"contrib/icinga2/grafherald.conf"),
        ({"HOSTNAME": "shell"}, b"no macro of Nagios or Icinga"),
    ],
)
def test_a_host_name_of_the_shell_is_no_macro(
    config: str, environment: dict[str, str], says: bytes
) -> None:
    done = run(config, "--dry-run", environment=environment)
    assert done.returncode == 1
    assert says in done.stderr


def test_the_rest_of_the_environment_is_nobodys_business() -> None:
    environment = STOCK | {"PATH": "/bin", "SERVICE_TOKEN": "t", "USER_PASSWORD": "p", "AWS": "a"}
    kept = json.loads(nagios.TYPE.capture({}, environment, bytes))["environment"]
    assert kept.keys() == STOCK.keys()
