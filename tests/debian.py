"""Machines with nothing but a Debian of this machine's release, as folders to chroot into.

One is made from Debian's own servers; the others are copies of it with what each needs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

MIRROR = "http://deb.debian.org/debian"
_SECONDS = 600


def bootstrapped(root: Path) -> Path:
    """Make a minimal Debian in *root*; skips where that can't be."""
    if os.getuid():
        pytest.skip("only root can make a chroot")
    if not shutil.which("debootstrap"):
        pytest.skip("debootstrap is not installed")
    made = _quietly("debootstrap", "--variant=minbase", _release(), str(root), MIRROR)
    if made.returncode:
        pytest.skip(f"debootstrap can't make a Debian here: {made.stdout[-200:]}")
    shutil.copy("/etc/resolv.conf", root / "etc")
    for settings in Path("/etc/apt/apt.conf.d").glob("*"):
        shutil.copy(settings, root / "etc/apt/apt.conf.d")
    _in(root, "apt-get update -qq")
    return root


def machine(bare: Path, name: str, *packages: str) -> Path:
    """Make *name*, beside *bare*, a copy of it with *packages*, whose services were not started."""
    root = bare.with_name(name)
    subprocess.run(["cp", "-a", bare, root], check=True)
    no_service = root / "usr/sbin/policy-rc.d"
    no_service.write_text("#!/bin/sh\nexit 101\n")
    no_service.chmod(0o755)
    _in(root, f"apt-get install -y -qq --no-install-recommends {' '.join(packages)}")
    no_service.unlink()
    return root


def _in(root: Path, command: str) -> None:
    mounted = f"mount -t proc proc {root}/proc && mount --bind /dev {root}/dev"
    apart = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
    done = _quietly(*apart, "sh", "-c", f"{mounted} && exec chroot {root} sh -ec '{command}'")
    assert done.returncode == 0, done.stdout[-2000:]


def _quietly(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=_SECONDS,
        check=False,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
    )


def _release() -> str:
    lines = Path("/etc/os-release").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line).get("VERSION_CODENAME", "")
