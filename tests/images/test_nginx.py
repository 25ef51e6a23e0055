"""contrib/nginx in a real nginx, in front of a real service."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..nginx import free_port, running

CONF = Path(__file__).parents[2] / "contrib" / "nginx" / "grafana-images.conf"
pytestmark = pytest.mark.real


@dataclass
class Nginx:
    port: int

    def ask(
        self, method: str, path: str, *, source: str = "127.0.0.1", body: str = "", token: str = ""
    ) -> http.client.HTTPResponse:
        """Send one request from the address *source*."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, 10, (source, 0))
        headers = {"Authorization": token} if token else {}
        connection.request(method, path, body or None, headers)
        with contextlib.closing(connection):
            answer = connection.getresponse()
            answer.data = answer.read()  # type: ignore[attr-defined]  # kept for the test
            return answer


@pytest.fixture
def images(grafana: Any, start_images: Any) -> Any:
    return start_images(grafana.url)


@pytest.fixture
def nginx(images: Any, tmp_path: Path) -> Iterator[Nginx]:
    port, folder = free_port(), tmp_path / "nginx"
    folder.mkdir()
    conf = CONF.read_text().replace("/opt/saved-images", str(images.directory))
    conf = conf.replace(
        "proxy_pass http://127.0.0.1:8080;", f"proxy_pass http://127.0.0.1:{images.port};"
    )
    (folder / "grafana-images.conf").write_text(conf)
    with running(folder, port, f"include {folder}/grafana-images.conf;"):
        yield Nginx(port)


@pytest.fixture
def published(nginx: Nginx, grafana: Any) -> str:
    """The path of a picture that came to be through nginx."""
    body = json.dumps({"imageUrl": grafana.render_url})
    answer = nginx.ask("POST", "/grafana-images", body=body, token="Bearer glsa_secret")
    assert answer.status == 200, answer.data
    return "/saved-images/" + json.loads(answer.data)["pubImg"].rpartition("/")[2]


@pytest.mark.parametrize("source", ["127.0.0.1", "127.0.0.2"])
def test_everybody_sees_a_picture_without_a_token(
    source: str, nginx: Nginx, published: str, png: bytes
) -> None:
    answer = nginx.ask("GET", published, source=source)
    assert (answer.status, answer.data) == (200, png)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "max-age" in answer.headers["Cache-Control"]


def test_the_service_is_for_the_addresses_that_are_named(nginx: Nginx, grafana: Any) -> None:
    body = json.dumps({"imageUrl": grafana.render_url})
    answer = nginx.ask(
        "POST", "/grafana-images", source="127.0.0.2", body=body, token="Bearer glsa_secret"
    )
    assert answer.status == 403
    assert grafana.requests == []


def test_nothing_but_pictures_is_shown(nginx: Nginx, published: str, images: Any) -> None:
    (images.directory / "secret.txt").write_text("secret")
    link = images.directory / ("0" * 32 + ".png")
    link.symlink_to("/etc/passwd")
    for path in ("", "secret.txt", "../nginx/nginx.conf", f"{'0' * 32}.png", f"{'1' * 32}.png"):
        answer = nginx.ask("GET", f"/saved-images/{path}")
        assert answer.status in (400, 403, 404), path
        assert b"root:" not in answer.data
    assert nginx.ask("DELETE", published).status == 403
    assert nginx.ask("GET", published).status == 200
