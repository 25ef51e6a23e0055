"""The client's side of the wire; every failure of the other side is in tests/chat/test_bot.py."""

import contextlib
import socket
import threading
import time
from pathlib import Path

import pytest
import responses
from responses import matchers

from grafherald.errors import GrafanaError
from grafherald.grafana.api import Grafana, Server

BASE = "https://grafana.example.com:3000/grafana"


@responses.activate(assert_all_requests_are_fired=True)
def test_a_request_carries_token_and_organisation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """requests itself would rather send what ~/.netrc has for the host."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine grafana.example.com login me password wrong")
    monkeypatch.setenv("NETRC", str(netrc))
    expected = {
        "Authorization": "Bearer abc",
        "X-Grafana-Org-Id": "7",
        "Accept": "application/json",
    }
    responses.get(
        f"{BASE}/api/search",
        json=[1],
        match=[
            matchers.header_matcher(expected),
            matchers.query_param_matcher({"tag": "a&b c"}),
        ],
    )

    found = Grafana(Server(BASE, "abc", 7), 5).get("search", [("tag", "a&b c")])

    assert found == [1]


@responses.activate
def test_without_a_token_none_is_sent() -> None:
    responses.get(f"{BASE}/api/health", json={})

    Grafana(Server(BASE), 5).get("health")

    assert not {"Authorization", "X-Grafana-Org-Id"} & set(responses.calls[0].request.headers)


@responses.activate
def test_a_redirect_is_not_followed() -> None:
    responses.get(f"{BASE}/api/health", status=301, headers={"Location": "https://evil.example"})

    with pytest.raises(GrafanaError, match="another address"):
        Grafana(Server(BASE, "abc"), 5).get("health")

    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize(
    ("error", "what"),
    [
        (responses.ConnectionError("NameResolutionError: x"), "nobody knows that name"),
        (responses.ConnectionError("[Errno 113] No route to host"), "no way to it"),
        (responses.ConnectionError("Remote end closed connection"), "hangs up"),
        (responses.ConnectionError("?"), "the connection broke"),
    ],
)
def test_a_broken_way_is_told_in_plain_words(error: Exception, what: str) -> None:
    responses.get(f"{BASE}/api/health", body=error)

    with pytest.raises(GrafanaError, match=what) as raised:
        Grafana(Server(BASE, "abc"), 5).get("health")

    assert "grafana.example.com:3000" in str(raised.value)
    assert raised.value.hint
    assert raised.value.status == 0


@responses.activate
def test_an_endless_answer_is_left() -> None:
    responses.get(f"{BASE}/api/health", body=b"[" + b" " * (33 << 20) + b"]")

    with pytest.raises(GrafanaError, match="too large"):
        Grafana(Server(BASE), 5).get("health")


@responses.activate
def test_all_requests_of_a_conversation_share_one_deadline() -> None:
    responses.get(f"{BASE}/api/health", json={})
    grafana = Grafana(Server(BASE), 0)
    started = time.monotonic()

    with pytest.raises(GrafanaError, match="within 0 seconds"):
        grafana.get("health")

    assert time.monotonic() - started < 1


def test_an_answer_that_drips_ends_at_the_deadline() -> None:
    """Each byte comes in time, the whole never does."""
    stopped = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
            while not stopped.wait(0.05):
                connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        started = time.monotonic()
        with pytest.raises(GrafanaError, match=r"within 0\.3 seconds"):
            Grafana(Server(f"http://127.0.0.1:{listener.getsockname()[1]}"), 0.3).get("health")
        elapsed = time.monotonic() - started
        stopped.set()
        thread.join()

    assert elapsed < 1


def test_no_secret_is_shown() -> None:
    assert "abc" not in repr(Server(BASE, "abc"))
    assert Server("https://me:pw@grafana.example.com").host == "grafana.example.com"
