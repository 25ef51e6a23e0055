"""How requests leave: nothing from ~/.netrc, no redirect, no request that can't be."""

from __future__ import annotations

from pathlib import Path

import pytest

from grafherald import http
from grafherald.demo.standins import chat
from grafherald.demo.standins.wire import Reply
from grafherald.errors import PermanentError


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
        server.failures.append(Reply(307, b"", {"Location": f"{server.url}/elsewhere"}))
        assert client.post(f"{server.url}/v1/x", data=b"x").status == 307
        assert len(server.requests) == 1


def test_several_requests_share_a_connection_and_a_deadline() -> None:
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
