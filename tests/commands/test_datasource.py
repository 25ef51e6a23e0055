"""`grafherald datasource` from the outside."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "grafherald", "datasource"]


def status(url: str, **headers: str) -> int:
    request = urllib.request.Request(url, headers={k.title(): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_it_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text(
        json.dumps({"store": f"sqlite:///{tmp_path}/store.db", "datasource": {"token": "s3cret"}})
    )
    command = [*COMMAND, "--config", str(settings), "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    patience = threading.Timer(60, process.kill)
    patience.start()
    with process.stderr:
        line = process.stderr.readline()
        found = re.search(r"listens on http (\S+)", line)
        assert found, line + process.stderr.read()
        url = f"http://{found[1]}/datasource"
        assert status(url) == 401
        assert status(url, authorization="Bearer s3cret") == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""
    patience.cancel()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--listen", "0.0.0.0:0"], "datasource.token: is needed, or user and password"),
        (["--listen", "x"], "datasource.listen: expected HOST:PORT"),
        (["--set", "datasource.seconds=0"], "datasource.seconds"),
    ],
)
def test_settings_that_can_not_be_used_are_named(
    tmp_path: Path, flags: list[str], said: str
) -> None:
    command = [*COMMAND, "--set", f"store=sqlite:///{tmp_path}/store.db", "--dry-run", *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_others_may_connect_where_they_are_asked_who_they_are(tmp_path: Path) -> None:
    flags = ["--listen", "0.0.0.0:0", "--set", "datasource.password=pw", "--dry-run"]
    command = [*COMMAND, "--set", f"store=sqlite:///{tmp_path}/store.db", *flags]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
