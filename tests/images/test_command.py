"""The installed command from the outside: starts, serves, stops, and says what is wrong."""

from __future__ import annotations

import io
import os
import platform
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

CONFORMANCE = Path(__file__).parents[3] / "shared" / "conformance" / "images"


def grafherald(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "grafherald", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_many_who_ask_for_one_panel_cost_one_render(
    grafana: Any, start_images: Any, answer: Callable[..., bytes], png: bytes
) -> None:
    def slow(connection: socket.socket, request: bytes) -> None:
        time.sleep(0.5)
        connection.sendall(answer(png))

    grafana.script = slow
    images = start_images(grafana.url)
    with ThreadPoolExecutor(16) as clients:
        answers = list(clients.map(lambda _: images.post(grafana.render_url), range(16)))
    assert {status for status, _ in answers} == {200}
    assert len(grafana.renders) == 1


def test_another_token_gets_its_own_render(grafana: Any, start_images: Any) -> None:
    images = start_images(grafana.url)
    images.post(grafana.render_url)
    with socket.create_connection(("127.0.0.1", images.port)) as connection:
        body = b'{"imageUrl": "%s"}' % grafana.render_url.encode()
        head = b"POST /grafana-images HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        head += b"Authorization: Bearer other\r\nContent-Length: %d\r\n\r\n" % len(body)
        connection.sendall(head + body)
        assert connection.recv(12) == b"HTTP/1.1 200"
    assert [b"Bearer other" in request for request in grafana.renders] == [False, True]


def test_a_picture_that_was_deleted_is_rendered_again(grafana: Any, start_images: Any) -> None:
    images = start_images(grafana.url)
    for _ in range(2):
        assert images.post(grafana.render_url)[0] == 200
        for path in images.directory.iterdir():
            path.unlink()
    assert len(grafana.renders) == 2


def test_sigterm_lets_the_requests_in_flight_finish(
    grafana: Any, start_images: Any, answer: Callable[..., bytes], png: bytes, until: Any
) -> None:
    asked, go = threading.Event(), threading.Event()

    def held(connection: socket.socket, request: bytes) -> None:
        asked.set()
        go.wait(10)
        connection.sendall(answer(png))

    grafana.script = held
    images = start_images(grafana.url)
    with ExitStack() as stack:
        clients = [stack.enter_context(closing(images.ask(grafana.render_url))) for _ in range(60)]
        assert asked.wait(10)
        with socket.create_connection(("127.0.0.1", images.port)) as last:
            last.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            assert last.recv(12) == b"HTTP/1.0 200"
        images.process.send_signal(signal.SIGTERM)
        until(lambda: refuses(images.port))
        go.set()
        assert [client.getresponse().status for client in clients] == [200] * 60
    assert images.process.wait(10) == 0
    assert len(list(images.directory.iterdir())) == 1
    assert "secret" not in images.log.read_text()
    assert "Traceback" not in images.log.read_text()


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return True
    return False


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that gives back")
def test_memory_of_one_picture_is_there_for_the_next(
    grafana: Any, start_images: Any, answer: Callable[..., bytes]
) -> None:
    """Of a panel as Grafana sends them: what it has and what is inflated are some 1.7 MB."""
    numbers = iter(range(1000))

    def panel(connection: socket.socket, request: bytes) -> None:
        noise = random.Random(next(numbers))
        image = Image.new("RGB", (1000, 500))
        image.paste(Image.frombytes("RGB", (70, 500), noise.randbytes(70 * 500 * 3)))
        file = io.BytesIO()
        image.save(file, "PNG")
        connection.sendall(answer(file.getvalue()))

    grafana.script = panel
    images = start_images(grafana.url, "--set=graph.draw=never", "--renders=1")
    before = 0
    for number in range(60):
        if number == 40:
            before = page_faults(images.process.pid)
        assert images.post(f"{grafana.render_url}&var-host={number}")[0] == 200
    assert (page_faults(images.process.pid) - before) / 20 < 50


def page_faults(process: int) -> int:
    """Those that a page of memory was given for: proc_pid_stat(5), minflt."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[7])


def test_hmac_names_need_a_secret(grafana: Any, start_images: Any) -> None:
    done = grafherald(
        "images",
        "--grafana-url=http://x",
        "--image-dir=/x",
        "--image-host=http://x",
        "--names=hmac",
    )
    assert (done.returncode, done.stderr) == (
        1,
        "grafherald: images.secret: missing; it is the key of hmac names\n",
    )
    images = start_images(grafana.url, "--names=hmac", "--set=images.secret=s")
    _, document = images.post(grafana.render_url)
    assert len(document["pubImg"].rpartition("/")[2]) == 64 + len(".png")


def test_an_address_in_use_is_a_wrong_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = f"127.0.0.1:{listener.getsockname()[1]}"
        flags = ["--grafana-url=http://x", f"--image-dir={tmp_path}", "--image-host=http://x"]
        done = grafherald("images", f"--listen={place}", *flags)
    assert done.returncode == 1
    assert done.stderr.startswith(f"grafherald: images.listen: {place}: ")


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ([], "images.grafana_urls: missing"),
        (["--grafana-url=http://grafana"], "images.publish: missing"),
        (["--grafana-url=http://grafana", "--image-dir=/x"], "images.publish.url: missing"),
        (
            ["--image-dir=/x", "--image-host=x", "--grafana-url=grafana"],
            "images.grafana_urls.0: expected an http or https URL, got 'grafana'",
        ),
        (["--grafana-url=http://x", "--image-dir=/x", "--image-host=x", "--listen=9"], "HOST:PORT"),
    ],
)
def test_what_is_missing_is_said_in_one_line(flags: list[str], says: str) -> None:
    done = grafherald("images", *flags)
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_purge_removes_what_is_old_and_a_dry_run_only_names_it(tmp_path: Path) -> None:
    old = tmp_path / f"{1:032x}.png"
    old.write_bytes(b"png")
    os.utime(old, (1, 1))
    place = f"--set=images.publish.directory={tmp_path}"
    done = grafherald("purge", place, "--dry-run")
    assert done.stdout == f"{old}\n{tmp_path}: 1 files would go, 0.0 MB\n"
    assert old.exists()
    assert grafherald("purge", place).stdout == f"{tmp_path}: 1 files removed, 0.0 MB\n"
    assert not old.exists()


@pytest.mark.slow
@pytest.mark.skipif(not CONFORMANCE.is_dir(), reason="the suite is not beside this checkout")
def test_conformance_suite(tmp_path: Path) -> None:
    """In a network of its own, because the suite's ports are fixed."""
    saved = tmp_path / "saved-images"
    saved.mkdir()
    alone = ["unshare", "--net"]
    if subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        pytest.skip("may not unshare the network")
    suite = [sys.executable, str(CONFORMANCE / "run_suite.py"), "--images", str(saved)]
    suite += ["--timeout", "12", "--out", str(tmp_path / "results.json"), "--"]
    server = [sys.executable, "-m", "grafherald", "images", "--listen=127.0.0.1:8080"]
    server += ["--grafana-url=http://127.0.0.1:3900", f"--image-dir={saved}"]
    server += ["--image-host=http://127.0.0.1/saved-images", "--timeout=6"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*alone, *suite, *server], capture_output=True, text=True, env=environment, check=False
    )
    assert " 0 failed, the server died 0 times" in done.stdout, done.stdout + done.stderr
