"""A machine of its own for a page's commands: its files, network and processes are nobody else's.

Namespaces of the kernel give it: it has the files of this machine, or of a Debian without
anything (`bare`), what the commands write is gone afterwards, loopback is all the network there
is, and every process ends with it. `inside` is what runs there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
_APART = ("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")
_BLOCK = re.compile(r"^( *)```sh\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_SECONDS = 400


@dataclass(frozen=True)
class Report:
    """What became of a page's commands.

    Attributes:
        status: of the shell that ran them.
        output: what they printed.
        messages: what Slack's readers see, each with ``channel``, ``text`` and ``pictures``.
    """

    status: int
    output: str
    messages: list[dict[str, Any]]


def blocks(markdown: str) -> list[str]:
    """Return the commands of a page, block by block, as they stand there."""
    found = _BLOCK.findall(markdown)
    return [re.sub(f"(?m)^{indent}", "", text) for indent, text in found]


def run(
    script: str,
    wheel: Path,
    folder: Path,
    *,
    root: Path = Path("/"),
    page: str = "",
    messages: int = 0,
    pictures: int = 0,
) -> Report:
    """Run *script* by bash on a machine of its own, and wait for what should arrive in Slack.

    Args:
        wheel: what ``pip install grafherald`` finds.
        folder: for what the machine is given, and for its answer.
        root: whose files the machine has; what is written goes elsewhere.
        page: the name of a shell script in ``standins`` that is there as ``systemctl`` or so.
    """
    need()
    order = {
        "script": script,
        "root": str(root),
        "wheel": str(wheel),
        "packages": sysconfig.get_paths()["purelib"],
        "standins": str(HERE / "standins"),
        "page": page,
        "report": str(folder / "report.json"),
        "messages": messages,
        "pictures": pictures,
    }
    (folder / "order.json").write_text(json.dumps(order))
    done = subprocess.run(
        [*_APART, sys.executable, str(HERE / "inside.py"), str(folder / "order.json")],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
        env={"PYTHONPATH": str(ROOT / "handlers"), "PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Report(**json.loads((folder / "report.json").read_text()))


def need() -> None:
    """Skip where such a machine can't be had."""
    if os.getuid() != 0:
        pytest.skip("needs root, to give a page's commands a machine of their own")
    if subprocess.run([*_APART, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs namespaces of the kernel, which are not to be had here")
    if not shutil.which("ip", path="/usr/sbin:/usr/bin:/sbin:/bin"):
        pytest.skip("needs ip (iproute2)")
    python = shutil.which("python3", path="/usr/bin")
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    show = "import sys, ensurepip; print('%d.%d' % sys.version_info[:2])"
    theirs = python and subprocess.run([python, "-c", show], capture_output=True, check=False)
    if not theirs or theirs.stdout.decode().strip() != ours:
        pytest.skip(f"needs /usr/bin/python3 as {ours} with venv: the packages are of that version")
