"""The Debian package's units under a real systemd: a machine that boots, in systemd-nspawn."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .. import debian
from ..world import World

NEEDED = ("python3", "systemd", "systemd-sysv")
# Says how far it came, by line; the last is "done".
SCRIPT = """\
set -eux
dpkg -i /root/grafherald.deb
! systemctl is-active grafherald.socket grafherald.service  # nothing is started unasked
useradd --system --groups grafherald sensu
install -d -o grafherald -g grafherald /opt/saved-images
install -m 640 -g grafherald /root/settings.json /etc/grafherald/grafherald.yml
systemctl enable --now grafherald.socket grafherald.service
systemctl is-active grafherald.socket grafherald.service

as() { setpriv --reuid="$1" --regid="$1" --init-groups sh -c "$2"; }
sent() {
  for _ in $(seq 300); do
    n=$(as grafherald 'grafherald outbox list --state sent' </dev/null | grep -c sent) || true
    [ "$n" -ge "$1" ] && return
    sleep 0.1
  done
  return 1
}
as sensu 'grafherald sensu --socket /run/grafherald.sock' </root/event.json
sent 3
ls /opt/saved-images/*.png

systemctl reload grafherald.service
systemctl stop grafherald.service
printf '' | as sensu 'grafherald sensu --socket /run/grafherald.sock' || true # starts the daemon
until systemctl is-active grafherald.service; do sleep 0.1; done
as sensu 'grafherald sensu --socket /run/grafherald.sock' </root/again.json
sent 6
systemd-analyze security --no-pager grafherald.service | tail -1
dpkg -i /root/grafherald.deb
systemctl is-active grafherald.service
dpkg --purge grafherald
! systemctl is-active grafherald.socket grafherald.service
echo done
"""
UNIT = """\
[Unit]
After=basic.target
SuccessAction=poweroff
FailureAction=poweroff
[Service]
Type=oneshot
ExecStart=/bin/sh /root/script
ExecStopPost=/bin/sh -c 'journalctl --no-pager -u grafherald.service -u grafherald.socket'
StandardOutput=append:/root/log
StandardError=inherit
[Install]
WantedBy=multi-user.target
"""


def boot(root: Path) -> str:
    """Boot the machine in *root* and wait until it has powered itself off; what its console said.

    Its network is this machine's, whose loopback has the stand-ins; nothing in it listens there.
    """
    words = ["systemd-nspawn", "--boot", "--register=no", "--keep-unit", "--quiet"]
    name = f"grafherald-{os.getpid()}"
    done = subprocess.run(
        [*words, f"--machine={name}", "--resolv-conf=off", "--timezone=off", "-D", root],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=180,
        check=False,
    )
    shutil.rmtree(
        f"/run/systemd/nspawn/propagate/{name}", ignore_errors=True
    )  # where /run is a disk
    return done.stdout


@pytest.mark.slow
@pytest.mark.real
def test_the_units_deliver_an_alert_with_its_picture(
    world: World, package: Path, bare_debian: Path
) -> None:
    if not shutil.which("systemd-nspawn"):
        pytest.skip("systemd-nspawn is not installed (systemd-container)")
    root = debian.machine(bare_debian, "booted", *NEEDED)
    home = root / "root"
    shutil.copy(package, home / "grafherald.deb")
    (home / "settings.json").write_text(json.dumps(settings(world)))
    (home / "event.json").write_bytes(world.event)
    (home / "again.json").write_bytes(world.event.replace(b'"cpu"', b'"load"'))
    (home / "script").write_text(SCRIPT)
    (root / "etc/systemd/system/try.service").write_text(UNIT)
    wanted = root / "etc/systemd/system/multi-user.target.wants"
    wanted.mkdir(exist_ok=True)
    (wanted / "try.service").symlink_to("/etc/systemd/system/try.service")

    world.grafana.mode, world.grafana.api.data = "missing", True  # so it is drawn: the most it does
    console = boot(root)
    if not (home / "log").exists():
        pytest.skip(f"systemd-nspawn boots nothing here: {console[-300:]}")
    log = (home / "log").read_text(errors="replace")
    assert "\ndone\n" in log, log[-4000:]
    assert world.arrived == (2, 2, 2), log[-4000:]
    assert all(
        any(block["type"] == "image" for block in message.blocks)
        for message in world.chat.slack.messages
    )


def settings(world: World) -> dict[str, Any]:
    """Those of *world*, with the folders that the units document."""
    images = {"publish": {**world.settings["images"]["publish"], "directory": "/opt/saved-images"}}
    store = "sqlite:////var/lib/grafherald/grafherald.db"
    return {**world.settings, "graph": {"wait": 10}, "images": images, "store": store}
