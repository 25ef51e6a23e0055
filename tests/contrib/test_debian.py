"""The Debian package on a bare machine: installed, an alert delivered, purged. Nothing stays.

The machine is a chroot with what Debian calls a minimal system, and Python.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from grafherald import __version__

from .. import debian
from .conftest import DEBIAN

NEEDED = ("python3", "systemd-standalone-sysusers")


@pytest.fixture
def machine(bare_debian: Path) -> Path:
    return debian.machine(bare_debian, "package", *NEEDED)


class Machine:
    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, script: str) -> str:
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            ["chroot", self.root, "sh", "-ec", script],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            timeout=60,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def files(self) -> set[str]:
        passed = ("proc", "sys", "dev", "tmp", "var/lib/dpkg", "var/cache", "var/log", "root")
        every = (str(path.relative_to(self.root)) for path in self.root.rglob("*"))
        return {path for path in every if not path.startswith(passed) and "__pycache__" not in path}


@pytest.mark.slow
@pytest.mark.real
def test_from_the_package_to_a_delivered_alert_and_back(machine: Path, package: Path) -> None:
    on = Machine(machine)
    before = on.files()
    shutil.copy(package, machine / "tmp/grafherald.deb")
    on.run("dpkg -i /tmp/grafherald.deb")
    modes = on.run(
        "stat -c '%a %U:%G %n' /etc/grafherald /etc/grafherald/grafherald.yml /var/lib/grafherald"
    )
    assert modes.splitlines() == [
        "750 root:grafherald /etc/grafherald",
        "640 root:grafherald /etc/grafherald/grafherald.yml",
        "750 grafherald:grafherald /var/lib/grafherald",
    ]
    assert on.run("grafherald --version").strip() == f"grafherald {__version__}"
    settings = "store: sqlite:////var/lib/grafherald/grafherald.db\n"
    settings += "channels: {look: {type: file, directory: /var/lib/grafherald/out}}\n"
    (machine / "etc/grafherald/grafherald.yml").write_text(settings)
    as_it = "setpriv --reuid=grafherald --regid=grafherald --clear-groups"
    on.run(f"grafherald sample sensu-go | {as_it} grafherald sensu")
    (sent,) = (machine / "var/lib/grafherald/out").rglob("*.json")
    assert "web01" in json.dumps(json.loads(sent.read_text()))
    assert on.run(f"{as_it} grafherald outbox list --state sent").count("sent") == 1
    on.run(f"{as_it} grafherald serve --dry-run")  # what the daemon needs is there
    on.run("dpkg -i /tmp/grafherald.deb")  # an upgrade: the operator's settings stay
    assert (machine / "etc/grafherald/grafherald.yml").read_text() == settings
    on.run("dpkg --purge grafherald")
    left = {
        path for path in on.files() - before if not path.startswith(("etc/passwd", "etc/group"))
    }
    assert left <= {"etc/shadow-", "etc/gshadow-", "etc/.pwd.lock", "etc/subuid-", "etc/subgid-"}


@pytest.mark.slow
@pytest.mark.real
def test_lintian_finds_no_error(package: Path) -> None:
    lintian = shutil.which("lintian")
    if not lintian:
        pytest.skip("lintian is not installed")
    done = subprocess.run([lintian, package], capture_output=True, text=True, check=False)
    assert [line for line in done.stdout.splitlines() if line.startswith("E:")] == []


@pytest.mark.parametrize("script", ["build-deb", "postinst", "prerm", "postrm"])
def test_the_scripts_are_sound(script: str) -> None:
    shellcheck = shutil.which("shellcheck")
    words = [shellcheck, DEBIAN / script] if shellcheck else ["sh", "-n", DEBIAN / script]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
