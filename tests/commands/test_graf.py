import hashlib
import json
import struct
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from grafherald import cli

DASHBOARD = {
    "dashboard": {
        "title": "Web",
        "panels": [{"id": 4, "title": "CPU load"}],
        "templating": {"list": [{"name": "server", "type": "query", "refresh": 1}]},
    }
}


def png() -> bytes:
    """Return the smallest picture there is: one grey pixel."""
    parts = [(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))]
    parts += [(b"IDAT", zlib.compress(b"\0\x80")), (b"IEND", b"")]
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.fixture
def grafana() -> Iterator[str]:
    """The URL of a Grafana with the dashboard ``web`` that renders for the token ``abc``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            status, body = 404, b'{"message": "Not found"}'
            if self.headers["Authorization"] != "Bearer abc":
                status, body = 401, b'{"message": "Unauthorized"}'
            elif path == "/api/dashboards/uid/web":
                status, body = 200, json.dumps(DASHBOARD).encode()
            elif path.startswith("/render/d-solo/web/"):
                status, body = 200, png()
            self.send_response(status)
            self.send_header("Content-Type", "image/png" if body[:1] == b"\x89" else "text/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def graf(url: str, *words: str, config: dict[str, Any] | None = None, tmp: Path) -> int:
    file = tmp / "grafherald.json"
    file.write_text(json.dumps({"grafana": {"url": url, "token": "abc"}, **(config or {})}))
    return cli.main(["graf", "--config", str(file), *words])


def test_a_panel_is_published_and_printed(grafana: str, tmp_path: Path, capsys: Any) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    publish = {"publish": {"directory": str(pictures), "url": "https://pictures.example.com"}}

    status = graf(grafana, "--json", "db web:cpu", config={"images": publish}, tmp=tmp_path)

    said = capsys.readouterr()
    name = f"{hashlib.md5(png()).hexdigest()}.png"
    picture, link = f"https://pictures.example.com/{name}", f"{grafana}/d/web/?viewPanel=4"
    link += "&from=now-6h&to=now"
    assert (status, said.err) == (0, "")
    assert json.loads(said.out) == [
        {
            "title": "CPU load",
            "image_url": picture,
            "link": link,
            "text": f"CPU load: {picture} - {link}",
        }
    ]
    assert (pictures / name).read_bytes() == png()


def test_without_a_place_for_pictures_the_reason_is_on_stderr(
    grafana: str, tmp_path: Path, capsys: Any
) -> None:
    status = graf(grafana, "db", "web:CPU load", "server=web 01", tmp=tmp_path)

    said = capsys.readouterr()
    assert status == 0
    assert said.out.startswith(f"CPU load: {grafana}/render/d-solo/web/?panelId=4&")
    assert said.out.count("&var-server=web+01") == 2
    assert "images.publish" in said.err


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_an_error_is_one_on_stderr_and_exits_with_1(
    grafana: str, tmp_path: Path, capsys: Any, flags: list[str]
) -> None:
    status = graf(grafana, *flags, "db web:9", tmp=tmp_path)

    said = capsys.readouterr()
    assert status == 1
    assert said.err.splitlines()[0] == "Could not locate desired panel."
    assert bool(said.out) == bool(flags)
    assert not flags or json.loads(said.out)[0]["text"] == "Could not locate desired panel."


def test_a_shell_is_in_no_room_but_may_ask_as_in_one(
    grafana: str, tmp_path: Path, capsys: Any
) -> None:
    rooms = {"chat": {"rooms": {"#ops": {"from": "now-1h"}}, "users": ["U1"]}}

    assert graf(grafana, "db web", config=rooms, tmp=tmp_path) == 0
    assert graf(grafana, "--room", "#ops", "db web", config=rooms, tmp=tmp_path) == 0

    first, second = capsys.readouterr().out.splitlines()
    assert ("from=now-6h" in first, "from=now-1h" in second) == (True, True)


def test_nothing_asked_is_help(tmp_path: Path, capsys: Any) -> None:
    assert graf("https://grafana.example.com", tmp=tmp_path) == 0
    assert "graf list" in capsys.readouterr().out
