"""The folder that Grafana loads: the frontend, the manifest, and an executable per architecture."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import sys
import time
from importlib.resources import as_file, files
from pathlib import Path

from grafherald_plugin.version import __version__

ARCHITECTURES = ("linux_amd64", "linux_arm64")  # the same file: nothing in it is compiled
_LAUNCHER = (
    "#!/bin/sh\n# Grafana gives a plugin neither PATH nor HOME.\nexec {} -I -m grafherald_plugin\n"
)


def command() -> int:
    """Write the folder whose executable starts this very installation; the status is 1 if not."""
    parser = argparse.ArgumentParser(
        prog="grafherald-plugin",
        description="Puts the datasource where Grafana finds it; it starts this installation.",
        epilog="Then, in grafana.ini: [plugins] allow_loading_unsigned_plugins = "
        "grafherald-json-datasource, and restart Grafana.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument(
        "plugins", type=Path, help="Grafana's folder of plugins, usually /var/lib/grafana/plugins"
    )
    try:
        print(write(parser.parse_args().plugins, launcher(sys.executable)))  # noqa: T201  # a command
    except OSError as error:
        print(f"grafherald-plugin: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def launcher(python: str) -> bytes:
    """The executable for an installation whose interpreter is *python*."""
    return _LAUNCHER.format(shlex.quote(python)).encode()


def write(plugins: Path, executable: bytes) -> Path:
    """Write the plugin's folder into *plugins*, in the place of an older one; return its path."""
    with as_file(files("grafherald_plugin") / "frontend") as frontend:
        manifest = json.loads((frontend / "plugin.json").read_text())
        target = plugins / str(manifest["id"])
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(frontend, target)
    # What Grafana's own tools fill in: the version, and the day of SOURCE_DATE_EPOCH.
    at = int(os.environ.get("SOURCE_DATE_EPOCH", "0")) or time.time()
    day = time.strftime("%Y-%m-%d", time.gmtime(at))
    manifest["info"] |= {"version": __version__, "updated": day}
    (target / "plugin.json").write_text(json.dumps(manifest, indent=2) + "\n")
    for architecture in ARCHITECTURES:
        file = target / f"{manifest['executable']}_{architecture}"
        file.write_bytes(executable)
        file.chmod(0o755)
    return target
