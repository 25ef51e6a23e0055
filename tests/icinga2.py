"""A real Icinga 2 on loopback, for tests of what comes from it and of what is given on to it."""

from __future__ import annotations

import getpass
import grp
import os
import shutil
import signal
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from grafherald.net.client import Client

from .server.conftest import eventually

USER = Path(__file__).parents[1] / "contrib/icinga2/api-users.conf"
PASSWORD = "a long one of your own"
CONFIG = """\
include <itl>
object Endpoint "localhost" {{ }}
object Zone "master" {{ endpoints = [ "localhost" ] }}
object ApiListener "api" {{ bind_host = "127.0.0.1"; bind_port = {port} }}
include "{user}"
object ApiUser "ann" {{ password = "s3cret"; permissions = [ "actions/*", "objects/query/*" ] }}
object ExternalCommandListener "command" {{ command_path = "{here}/icinga2.cmd" }}
object CheckCommand "nothing" {{ command = [ "true" ] }}
template Host "quiet" {{
  check_command = "nothing"
  enable_active_checks = false
  max_check_attempts = 1
}}
object Host "web01" {{
  import "quiet"
  address = "192.0.2.10"
  groups = [ "web" ]
  vars.slack_channel = "#web"
  vars.snmp_password = "n0t-f0r-us"
}}
object Host "db01" {{ import "quiet" }}
object HostGroup "web" {{ }}
template Service "quiet" {{
  host_name = "web01"
  check_command = "nothing"
  enable_active_checks = false
  max_check_attempts = 1
}}
{services}
"""
SERVICE = """\
object Service "{name}" {{
  import "quiet"
  notes_url = "https://wiki.example.com/{name}"
  vars.graph_image = "https://grafana.example.com/render/d-solo/api/x?orgId=1&panelId=2&var-host=$host.name$"
}}
"""


class Icinga:
    """A real one, whose API is on loopback, and whose checks are what a test says they are."""

    def __init__(self, program: str, here: Path, services: Sequence[str], more: str = "") -> None:
        self.here = here
        for folder in ("run/icinga2", "data/certs", "cache", "log", "spool"):
            (here / folder).mkdir(parents=True)
        self._certify(here / "data/certs")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        objects = "".join(SERVICE.format(name=name) for name in services) + more
        config = CONFIG.format(port=port, here=here, user=USER, services=objects)
        (here / "icinga2.conf").write_text(config)
        constants = {
            "NodeName": "localhost",
            "ZoneName": "master",
            "RunAsUser": getpass.getuser(),
            "RunAsGroup": grp.getgrgid(os.getgid()).gr_name,
            "DataDir": here / "data",
            "CacheDir": here / "cache",
            "InitRunDir": here / "run",
            "LogDir": here / "log",
            "SpoolDir": here / "spool",
        }
        defined = [f"-D{name}={value}" for name, value in constants.items()]
        self._command = [program, "daemon", "-c", str(here / "icinga2.conf"), *defined]
        self.url = f"https://localhost:{port}"
        self._port = port
        self._times: dict[str, int] = {}
        self.start()

    @staticmethod
    def _certify(folder: Path) -> None:
        def openssl(*words: str) -> None:
            subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

        (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        new = ("-newkey", "rsa:2048", "-nodes")
        openssl("req", "-x509", *new, "-days", "1", "-subj", "/CN=CA", "-keyout", "ca.key",
                "-out", "ca.crt")  # fmt: skip
        openssl("req", *new, "-subj", "/CN=localhost", "-keyout", "localhost.key", "-out", "csr")
        openssl("x509", "-req", "-in", "csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "1", "-extfile", "names", "-out",
                "localhost.crt")  # fmt: skip

    @property
    def api(self) -> dict[str, str]:
        ca_file = str(self.here / "data/certs/ca.crt")
        return {"url": self.url, "user": "grafherald", "password": PASSWORD, "ca_file": ca_file}

    def start(self) -> None:
        with (self.here / "stdout").open("ab") as out:
            self._process = subprocess.Popen(
                self._command,
                cwd=self.here,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(self._is_listening, 60)

    def _is_listening(self) -> bool:
        assert self._process.poll() is None, (self.here / "stdout").read_text()[-3000:]
        with socket.socket() as probe:
            found = probe.connect_ex(("127.0.0.1", self._port)) == 0
        return found and (self.here / "icinga2.cmd").is_fifo()

    def stop(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)  # its parts wait for each other at SIGTERM
        self._process.wait()
        (self.here / "icinga2.cmd").unlink(missing_ok=True)

    def command(self, line: str, at: int | None = None) -> None:
        with (self.here / "icinga2.cmd").open("w") as pipe:
            pipe.write(f"[{at or int(time.time())}] {line}\n")

    def ask(
        self, path: str, document: dict[str, Any], *, method: str = "POST"
    ) -> list[dict[str, Any]]:
        """Ask the API as somebody who may do more than we ask for; what it answers."""
        basic = b64encode(b"ann:s3cret").decode()
        headers = {"Authorization": f"Basic {basic}", "Accept": "application/json"}
        with Client(timeout=20, ca_file=self.api["ca_file"]) as client:
            url = f"{self.url}/v1/{path}"
            answer = client.request(
                "POST", url, json=document, headers={**headers, "X-HTTP-Method-Override": method}
            )
        assert answer.status == 200, answer.body
        results: list[dict[str, Any]] = answer.document()["results"]
        return results

    def result(self, name: str, status: int, output: str = "said by a test") -> None:
        """A check's result; each a second after the one before, as results are told in seconds."""
        at = self._times[name] = self._times.get(name, int(time.time()) - 100) + 1
        service, kind = (f";{name}", "SERVICE") if name != "web01" else ("", "HOST")
        self.command(f"PROCESS_{kind}_CHECK_RESULT;web01{service};{status};{output}", at)


@contextmanager
def running(folder: Path, services: Sequence[str], more: str = "") -> Iterator[Icinga]:
    """Run one with these services on web01, and *more* of its configuration."""
    program = shutil.which("icinga2") or shutil.which("icinga2", path="/usr/sbin")
    if program is None or shutil.which("openssl") is None:
        pytest.skip("needs icinga2 and openssl")
    started = Icinga(program, folder, services, more)
    try:
        yield started
    finally:
        started.stop()
