"""How requests leave: nothing from ~/.netrc, no redirect, no request that can't be."""

from __future__ import annotations

from pathlib import Path

import pytest

from grafherald.demo.standins import chat
from grafherald.demo.standins.wire import StandInReply
from grafherald.errors import PermanentError
from grafherald.net import client as http


def test_a_netrc_does_not_replace_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with chat.running("t") as server, http.Client(timeout=5) as client:
        client.post(f"{server.url}/v2/room/x/notification", headers={"Authorization": "Bearer t"})
        assert server.requests[0].headers["authorization"] == "Bearer t"


def test_a_redirect_is_an_answer_and_its_target_never_asked() -> None:
    with chat.running("t") as server, http.Client(timeout=5) as client:
        server.failures.append(StandInReply(307, b"", {"Location": f"{server.url}/elsewhere"}))
        assert client.post(f"{server.url}/v1/x", data=b"x").status == 307
        assert len(server.requests) == 1


def test_several_requests_share_a_deadline() -> None:
    with chat.running("t") as server, http.Client(timeout=5) as client:
        for _ in range(3):
            assert client.post(f"{server.url}/services/x", data=b"x").body == b"no_service"
        assert 0 < client.deadline.remaining < 5


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("http://", {}),
        ("ftp://example.com", {}),
        ("http://exa mple.com/", {}),
        ("http://127.0.0.1:99999/", {}),
        ("http://127.0.0.1:9/", {"Authorization": "Bearer s3cret\nX: y"}),
        ("http://127.0.0.1:9/", {"Authorization": "Bearer s3cret ключ"}),
    ],
)
def test_a_request_that_cannot_be_is_for_a_person(url: str, headers: dict[str, str]) -> None:
    with http.Client(timeout=1) as client, pytest.raises(PermanentError) as caught:
        client.post(url, headers=headers)
    assert "s3cret" not in str(caught.value)


def test_the_environments_proxy_is_asked_but_for_hosts_that_need_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with chat.running("t") as proxy, chat.running("t") as server:
        monkeypatch.setenv("http_proxy", proxy.url.replace("http://", "http://me:pass@"))
        with http.Client(timeout=5) as client:
            client.post("http://chat.invalid/services/x", data=b"x")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        with http.Client(timeout=5) as client:
            client.post(f"{server.url}/services/x", data=b"x")
        assert [r.headers["host"] for r in proxy.requests] == ["chat.invalid"]
        assert proxy.requests[0].headers["proxy-authorization"] == "Basic bWU6cGFzcw=="
        assert "proxy-authorization" not in server.requests[0].headers


def test_a_proxy_that_is_not_understood_is_for_a_person() -> None:
    proxy = "socks5://me:s3cret@127.0.0.1:9"
    with http.Client(timeout=1, proxy=proxy) as client, pytest.raises(PermanentError) as caught:
        client.post("http://127.0.0.1:9/")
    assert "proxy" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_connection_that_the_server_closed_is_opened_anew() -> None:
    with chat.running("t") as server, http.Client(timeout=5) as client:
        server.failures.append(StandInReply(200, b"ok", {"Connection": "close"}))
        assert client.post(f"{server.url}/services/x", data=b"x").status == 200
        assert client.post(f"{server.url}/services/x", data=b"x").body == b"no_service"
