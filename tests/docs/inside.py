"""What runs on the machine that `machine` makes: stand-ins for Grafana and Slack, then bash."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from grafherald.demo.standins import chat, grafana

GRAFANA_TOKEN, SLACK_TOKEN = "glsa_t0ken-of-a-page", "xoxb-t0ken-of-a-page"
_MINE, _ROOT = Path("/mnt/machine"), Path("/mnt/root")
_IN = ("chroot", str(_ROOT))
_PATIENCE = 75  # seconds for the messages, after the commands


def main(order: dict[str, Any]) -> None:
    """Prepare the machine, run the script, wait for what should arrive, and report."""
    _furnish(order)
    _sh("ip link set lo up")
    with grafana.running(GRAFANA_TOKEN) as panels, chat.running(SLACK_TOKEN) as slack:
        environment = {
            "HOME": str(_MINE / "home"),
            "PATH": f"{_MINE}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(_MINE / "packages"),  # grafherald itself is installed by the page
            "PIP_NO_INDEX": "1",
            "PIP_NO_DEPS": "1",
            "PIP_FIND_LINKS": str(_MINE / "dist"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "GRAFHERALD_CHANNELS__CHAT__URL": f"{slack.url}/api",
            "STANDIN_GRAFANA": panels.url,
            "STANDIN_PACKAGES": str(_MINE / "packages"),
        }
        script = f'cd "$HOME"\n{_filled(order["script"], panels.url)}'
        output = _MINE / "output"
        prepare = _MINE / "bin" / "prepare"
        if prepare.exists():
            subprocess.run([*_IN, prepare], env=environment, timeout=30, check=True)
        with output.open("wb") as out:
            done = subprocess.run(
                [*_IN, "bash", "-eu", "-o", "pipefail", "-c", script],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                timeout=240,
                check=False,
            )
        until = time.monotonic() + (0 if done.returncode else _PATIENCE)
        while not _is_all(_seen(slack), order) and time.monotonic() < until:
            time.sleep(0.1)
        report = {"status": done.returncode, "messages": _seen(slack)}
    report["output"] = output.read_text(errors="replace") + _logs()
    Path(order["report"]).write_text(json.dumps(report))


def _filled(script: str, url: str) -> str:
    """Put what is the reader's own into a page's first block: the addresses and the tokens."""
    for theirs, ours in (
        ("https://grafana.example.com", url),
        ("glsa_your-token", GRAFANA_TOKEN),
        ("xoxb-your-token", SLACK_TOKEN),
    ):
        script = script.replace(theirs, ours)
    return script


def _seen(slack: chat.Chat) -> list[dict[str, Any]]:
    """What a reader of Slack sees: each message, and how many pictures it shows."""
    return [
        {
            "channel": message.channel,
            "text": message.text,
            "pictures": sum(_is_shown(block, slack) for block in message.blocks),
        }
        for message in slack.slack.messages
    ]


def _is_shown(block: dict[str, Any], slack: chat.Chat) -> bool:
    if block["type"] != "image":
        return False
    file = slack.slack.files.get(block.get("slack_file", {}).get("id", ""))
    return file is not None and file.content.startswith(b"\x89PNG")


def _is_all(seen: list[dict[str, Any]], order: dict[str, Any]) -> bool:
    pictures = sum(message["pictures"] for message in seen)
    return len(seen) >= order["messages"] and pictures >= order["pictures"]


def _furnish(order: dict[str, Any]) -> None:
    _sh("mount -t tmpfs machine /mnt")
    for name in ("bin", "home", "dist", "packages", "purelib", "standins"):
        (_MINE / name).mkdir(parents=True)
    _sh(f"mount --bind {Path(order['wheel']).parent} {_MINE}/dist")
    _sh(f"mount --bind {order['packages']} {_MINE}/purelib")
    _sh(f"mount --bind {order['standins']} {_MINE}/standins")
    for path in (_MINE / "purelib").iterdir():  # what grafherald needs, and not itself
        if "grafherald" not in path.name and not path.name.startswith(("pip", "_virtualenv")):
            (_MINE / "packages" / path.name).symlink_to(path)
    for path in (_MINE / "standins").iterdir():
        if path.name in ("apt-get", "runuser") or order["page"] == path.name.partition(".")[0]:
            name = path.name.partition(".")[2] or path.name
            (_MINE / "bin" / name).symlink_to(path)
    for folder in ("upper", "work", _ROOT):
        Path("/mnt", folder).mkdir()
    layers = f"lowerdir={order['root']},upperdir=/mnt/upper,workdir=/mnt/work"
    _sh(f"mount -t overlay machine -o {layers} {_ROOT}")
    _sh(f"mount -t proc proc {_ROOT}/proc")
    _sh(f"mount --rbind /dev {_ROOT}/dev")
    for folder in ("run", "tmp", "home", "mnt"):
        _sh(f"mount -t tmpfs machine {_ROOT}/{folder}")
    (_ROOT / "tmp").chmod(0o1777)
    (_ROOT / "mnt" / "machine").mkdir()
    _sh(f"mount --rbind {_MINE} {_ROOT}{_MINE}")


def _sh(command: str) -> None:
    subprocess.run(command.split(), check=True)


def _logs() -> str:
    """What the daemons wrote, for whoever has to find out why a test failed."""
    names = ("standin-*.log", "grafherald.log", "icinga2/icinga2.log")
    paths = [path for name in names for path in (_ROOT / "var/log").glob(name)]
    return "".join(f"\n--- {path}\n{path.read_text(errors='replace')[-4000:]}" for path in paths)


if __name__ == "__main__":
    os.umask(0o022)
    main(json.loads(Path(sys.argv[1]).read_text()))
