"""systemd's own judgement of the units: they are sound, and may do little."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parents[2] / "contrib/systemd"
EXPOSED = 3.0

pytestmark = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed"
)


@pytest.mark.parametrize("unit", [path.name for path in UNITS.glob("*.service")])
def test_a_service_is_hardly_exposed(unit: str) -> None:
    words = ["systemd-analyze", "security", "--offline=true", "--no-pager", UNITS / unit]
    said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    if not found:
        pytest.skip("this systemd judges no file")
    assert float(found[1]) <= EXPOSED


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    for path in UNITS.iterdir():
        text = path.read_text().replace("/usr/bin/grafherald", shutil.which("true") or "")
        text = re.sub(r"^Documentation=.*\n", "", text, flags=re.MULTILINE)
        (tmp_path / path.name).write_text(text)
    units = [p for p in tmp_path.iterdir() if p.suffix in (".service", ".socket", ".timer")]
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "grafherald" in line]
    assert ours == []


@pytest.mark.skipif(os.geteuid() != 0, reason="gives folders to another user")
def test_the_user_and_the_folders_are_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for kind in ("sysusers", "tmpfiles"):
        folder = tmp_path / f"usr/lib/{kind}.d"
        folder.mkdir(parents=True)
        shutil.copy(UNITS / f"grafherald.{kind}", folder / "grafherald.conf")
    root = f"--root={tmp_path}"
    subprocess.run(["systemd-sysusers", root, "grafherald.conf"], check=True)
    subprocess.run(["systemd-tmpfiles", root, "--create", "grafherald.conf"], check=True)
    user = (tmp_path / "etc/passwd").read_text().split(":")
    assert (user[0], user[5], user[6].strip()) == (
        "grafherald",
        "/var/lib/grafherald",
        "/usr/sbin/nologin",
    )
    settings, state = (tmp_path / name for name in ("etc/grafherald", "var/lib/grafherald"))
    assert (settings.stat().st_uid, state.stat().st_uid) == (0, int(user[2]))
    assert {path.stat().st_mode & 0o777 for path in (settings, state)} == {0o750}
