"""The daemon in this process, spoken to over its sockets."""

from __future__ import annotations

import json
import select
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from grafherald import inputs
from grafherald.delivery import rejected as rejected_inputs
from grafherald.delivery.rejected import rejected
from grafherald.demo.standins.chat import Chat
from grafherald.errors import ConfigError
from grafherald.net.networks import contain, networks
from grafherald.server import handover
from grafherald.server.intake import Input
from grafherald.server.listeners import open_listeners
from grafherald.server.service import Daemon
from grafherald.server.sockets import SocketLimits, Sockets
from grafherald.store import open_database

from .conftest import address, core_event, eventually, send_tcp

Start = Callable[..., Daemon]
Json = dict[str, Any]


def told(chat: Chat) -> set[str]:
    """Return the entities that the room was told about."""
    return {name for m in chat.hipchat.messages for name in ENTITIES if f"{name}/cpu" in m.text}


ENTITIES = [f"web{number:02}" for number in range(20)]


def where(daemon: Daemon, kind: str) -> Any:
    return address(daemon.listeners.names(), kind)


def refusals(settings: Json) -> list[str]:
    database = open_database(settings["store"])
    found = [one.reason for one in rejected(database, 100)]
    database.close()
    return found


def post(daemon: Daemon, body: bytes, token: str = "", kind: str = "application/json") -> Json:
    host, port = where(daemon, "http")
    headers = {"Content-Type": kind, **({"Authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(f"http://{host}:{port}/events", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return {"status": answer.status, **json.load(answer)}
    except urllib.error.HTTPError as error:
        with error:
            return {"status": error.code, **json.load(error)}


def get(daemon: Daemon, path: str) -> str:
    host, port = where(daemon, "http")
    with urllib.request.urlopen(f"http://{host}:{port}{path}", timeout=20) as answer:
        return str(answer.read().decode())


def test_an_event_on_each_socket_is_told(daemon: Start, chat: Chat) -> None:
    running = daemon()
    send_tcp(where(running, "tcp"), core_event("web01"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.sendto(core_event("web02"), where(running, "udp"))
    assert handover.offer(where(running, "unix"), "sensu", core_event("web03"))
    assert post(running, core_event("web04"))["status"] == 200
    eventually(lambda: told(chat) == {"web01", "web02", "web03", "web04"})


def test_what_nagios_tells_is_handed_over_too(daemon: Start, chat: Chat) -> None:
    macros = ["NOTIFICATIONTYPE=PROBLEM", "HOSTNAME=web05", "SERVICEDESC=cpu"]
    macros += ["SERVICESTATE=CRITICAL", "SERVICEOUTPUT=99 %"]
    path = where(daemon(), "unix")
    answer = handover.offer(
        path, "nagios", inputs.find("nagios").capture({"macro": macros}, {}, bytes)
    )
    assert answer
    assert answer[0] == 0, answer
    eventually(lambda: told(chat) == {"web05"})
    refused = handover.offer(path, "nagios", b"[]")
    assert refused
    assert refused[0] == 1


def test_a_connection_may_bring_many_events_in_any_pieces(daemon: Start, chat: Chat) -> None:
    stream = b"\n".join(core_event(name) for name in ENTITIES[:5])
    pieces = [stream[i : i + 100] for i in range(0, len(stream), 100)]
    send_tcp(where(daemon(), "tcp"), *pieces)
    eventually(lambda: told(chat) == set(ENTITIES[:5]))


def test_the_same_event_on_two_sockets_is_told_once(daemon: Start, chat: Chat) -> None:
    running, event = daemon(), core_event("web01")
    answers = [post(running, event), post(running, event)]
    assert ["nothing new" in a["text"] for a in answers] == [False, True]
    post(running, core_event("web02"))
    eventually(lambda: told(chat) == {"web01", "web02"})
    assert len(chat.hipchat.messages) == 2


def test_a_problem_is_told_before_its_resolve(daemon: Start, chat: Chat) -> None:
    running = daemon()
    for name in ENTITIES:
        post(running, core_event(name))
        post(running, core_event(name, status=0))
    eventually(lambda: len(chat.hipchat.messages) == 2 * len(ENTITIES))
    for name in ENTITIES:
        texts = [m.text for m in chat.hipchat.messages if f"{name}/cpu" in m.text]
        assert ["RESOLVED" in text for text in texts] == [False, True]


@pytest.mark.parametrize(
    "sent", [b'{"client": {"name"', b"mutator: command not found", b"[]", b"{}", b"\xff\xfe{\x00"]
)
def test_what_is_no_event_is_kept_for_a_person(daemon: Start, settings: Json, sent: bytes) -> None:
    running = daemon()
    send_tcp(where(running, "tcp"), sent)
    eventually(lambda: len(refusals(settings)) == 1)
    answer = handover.offer(where(running, "unix"), "sensu", sent)
    assert answer
    assert (answer[0], answer[1]) == (1, refusals(settings)[0])


def test_bad_clients_cost_the_others_nothing(daemon: Start, chat: Chat, settings: Json) -> None:
    running = daemon(SocketLimits(largest=1 << 20, idle=60, whole=0.5))  # it raises RLIMIT_NOFILE
    tcp = where(running, "tcp")
    idle = [socket.create_connection(tcp) for _ in range(1000)]
    idle += [socket.create_connection(where(running, "http")) for _ in range(1000)]
    halves = [socket.create_connection(tcp) for _ in range(20)]
    for half in halves:
        half.sendall(b'{"client": ')
    send_tcp(tcp, core_event("web01"))
    assert handover.offer(where(running, "unix"), "sensu", core_event("web02"))
    assert post(running, core_event("web03"))["status"] == 200
    eventually(lambda: told(chat) == {"web01", "web02", "web03"}, seconds=5)
    eventually(lambda: refusals(settings) == ["the sender stopped before its end"] * 20)
    for connection in (*idle, *halves):
        connection.close()


def drip(connection: socket.socket, begin: bytes, seconds: float = 20) -> None:
    """Send a byte now and then, until the other side hangs up."""
    connection.sendall(begin)
    deadline = time.monotonic() + seconds
    with suppress(OSError):
        while not select.select([connection], [], [], 0.02)[0] or connection.recv(4096):
            assert time.monotonic() < deadline, "it still listens"
            connection.sendall(b"1")


@pytest.mark.parametrize(
    ("kind", "begin"),
    [("tcp", b'{"client": '), ("unix", b"grafherald 1 sensu 9999\n"), ("unix", b"grafherald 1 ")],
)
def test_who_drips_is_hung_up_on(daemon: Start, kind: str, begin: bytes) -> None:
    to = where(daemon(SocketLimits(idle=0.4, whole=0.4)), kind)
    family = socket.AF_UNIX if kind == "unix" else socket.AF_INET
    with socket.socket(family) as connection:
        connection.connect(to)
        drip(connection, begin)


def is_closed(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False


def test_one_connection_too_many_ends_the_one_idle_longest(daemon: Start, chat: Chat) -> None:
    running = daemon(SocketLimits(connections=20, rest=0.05))
    tcp = where(running, "tcp")
    with ExitStack() as stack:
        idle = [stack.enter_context(socket.create_connection(tcp)) for _ in range(18)]
        for name in ENTITIES:
            stack.enter_context(socket.create_connection(tcp)).sendall(core_event(name))
        assert handover.offer(where(running, "unix"), "sensu", core_event("web20"))
        eventually(lambda: told(chat) == set(ENTITIES), seconds=5)
        ended = [is_closed(connection) for connection in idle]
        assert ended == sorted(ended, reverse=True)
        assert ended[0]


def test_a_connection_that_is_pushed_out_loses_nothing_it_sent(daemon: Start, chat: Chat) -> None:
    tcp = where(daemon(SocketLimits(connections=3, rest=0)), "tcp")
    with ExitStack() as stack:
        for name in ENTITIES:
            stack.enter_context(socket.create_connection(tcp)).sendall(core_event(name))
        eventually(lambda: told(chat) == set(ENTITIES))


def test_what_is_too_large_is_cut_off_and_noted(daemon: Start, settings: Json) -> None:
    running = daemon(SocketLimits(largest=1 << 20))
    with (
        pytest.raises(OSError),  # noqa: PT011 - reset or broken pipe, as it happens
        socket.create_connection(where(running, "tcp"), timeout=20) as connection,
    ):
        while True:
            connection.sendall(b'{"a": "' + b"x" * 100_000)
    eventually(lambda: refusals(settings) == ["the input is larger than 1 MB"])


def test_unfinished_inputs_have_a_limit_together(daemon: Start, settings: Json) -> None:
    running = daemon(SocketLimits(largest=1 << 20, together=2 << 20))
    half = b'{"a": "' + b"x" * 900_000
    connections = [socket.create_connection(where(running, "tcp")) for _ in range(3)]
    for connection in connections:
        connection.sendall(half)
    eventually(lambda: "too many unfinished inputs at once" in refusals(settings))
    for connection in connections:
        connection.close()


def test_unfinished_inputs_of_the_hand_over_count_too(daemon: Start) -> None:
    running = daemon(SocketLimits(largest=1 << 20, together=2 << 20))
    path = where(running, "unix")
    with ExitStack() as stack:
        halves = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(3)]
        for half in halves:
            half.connect(path)
            half.sendall(b"grafherald 1 sensu 1000000\n")
            with suppress(OSError):  # it hangs up while the rest is still on its way
                half.sendall(bytes(900_000))
        assert len(select.select(halves, [], [], 20)[0]) == 1
    assert handover.offer(path, "sensu", core_event())


def test_refused_input_of_a_flood_does_not_fill_the_disk(
    daemon: Start, settings: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejected_inputs.make_room, "__kwdefaults__", {"most": 10_000, "number": 50})
    running = daemon()
    for number in range(30):
        post(running, b"[" * 1000 + str(number).encode())
    assert 5 < len(refusals(settings)) <= 10


def test_the_hand_over_takes_only_what_it_knows(daemon: Start) -> None:
    path = where(daemon(), "unix")
    assert handover.offer(path, "rumour", b"{}") is None
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert connection.recv(100).startswith(b"failed")


def test_http_asks_for_the_token(daemon: Start, settings: Json) -> None:
    settings["listen"]["token"] = "let-me-in"
    running = daemon()
    assert post(running, core_event())["status"] == 401
    assert post(running, core_event(), "wrong")["status"] == 401
    assert post(running, core_event(), "let-me-in", kind="text/plain")["status"] == 200
    with pytest.raises(urllib.error.HTTPError, match="401") as caught:
        get(running, "/metrics")
    caught.value.close()
    assert "ok" in get(running, "/healthz")


def test_without_a_token_a_browsers_page_can_post_nothing(daemon: Start) -> None:
    assert post(daemon(), core_event(), kind="text/plain")["status"] == 415


def test_beyond_this_machine_http_needs_a_token(daemon: Start, settings: Json) -> None:
    settings["listen"]["http"] = "0.0.0.0:0"
    with pytest.raises(ConfigError, match=r"listen\.token"):
        daemon()


def test_without_a_token_a_foreign_name_is_refused(daemon: Start, settings: Json) -> None:
    settings["public_url"] = "https://alerts.example.com"
    host, port = where(daemon(), "http")
    for path, body in (("/events", core_event()), ("/metrics", None)):
        statuses = []
        for name in ("evil.example.net", "alerts.example.com", f"localhost:{port}", ""):
            headers = {"Host": name, "Content-Type": "application/json"}
            request = urllib.request.Request(f"http://{host}:{port}{path}", body, headers)
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    statuses.append(answer.status)
            except urllib.error.HTTPError as error:
                error.close()
                statuses.append(error.code)
        assert statuses == [403, 200, 200, 403]


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_beyond_this_machine_events_are_taken_from_those_listed(
    daemon: Start, settings: Json, chat: Chat, kind: str
) -> None:
    settings["listen"] = {"unix": settings["listen"]["unix"], kind: "0.0.0.0:0"}
    with pytest.raises(ConfigError, match=r"listen\.allow_from: is needed"):
        daemon()
    settings["listen"]["allow_from"] = ["10.0.0.0/33"]
    with pytest.raises(ConfigError, match=r"listen\.allow_from: '10\.0\.0\.0/33' is no address"):
        daemon()
    settings["listen"]["allow_from"] = ["10.0.0.0/8"]
    running = daemon()
    _, port = where(running, kind)
    style = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, style) as sender:  # this machine is always among them
        sender.connect(("127.0.0.1", port))
        sender.sendall(core_event("web01"))
    eventually(lambda: told(chat) == {"web01"})


@pytest.mark.parametrize(
    ("listed", "address", "is_listed"),
    [
        (["10.0.0.5"], "10.0.0.5", True),
        (["10.0.0.5"], "10.0.0.6", False),
        (["10.1.0.0/16"], "::ffff:10.1.2.3", True),
        (["fe80::/10"], "fe80::1%eth0", True),
        (["2001:db8::/32"], "192.0.2.1", False),
        (["0.0.0.0/0"], "", False),
    ],
)
def test_peers_are_of_a_network_in_whatever_form_they_come(
    listed: list[str], address: str, is_listed: bool
) -> None:
    assert contain(networks(listed, "listen.allow_from"), address) == is_listed


def test_a_stranger_is_hung_up_on() -> None:
    taken: list[Input] = []
    sockets = Sockets(taken.append, SocketLimits())
    sockets.may_send = lambda _: False
    listeners = open_listeners({"tcp": "127.0.0.1:0", "udp": "127.0.0.1:0"}, ())
    sockets.start(listeners)
    try:
        where = listeners.tcp[0].getsockname()
        with socket.create_connection(where, timeout=20) as connection:
            assert connection.recv(1) == b""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.sendto(core_event(), listeners.udp[0].getsockname())
    finally:
        sockets.stop(1)
        listeners.close()
    assert taken == []


def test_a_refused_event_is_a_400_with_the_reason(daemon: Start) -> None:
    answer = post(daemon(), b'{"client": {"name": "web01"}, "check": {}}')
    assert (answer["status"], answer["outcome"]) == (400, "refused")
    assert "check" in answer["text"]


def test_metrics_tell_what_happened(daemon: Start, chat: Chat) -> None:
    running = daemon()
    post(running, core_event("web01"))
    eventually(lambda: told(chat) == {"web01"})
    lines = [
        'events_total{outcome="kept",source="sensu"} 1.0',
        'notifications_total{channel="ops",type="hipchat"} 1.0',
        "notification_latency_seconds_count 1.0",
        'outbox_depth{state="failed"} 0.0',
        "oldest_due_seconds 0.0",
    ]
    eventually(lambda: all(f"grafherald_{line}" in get(running, "/metrics") for line in lines))


def test_two_daemons_do_not_share_a_socket(daemon: Start, settings: Json) -> None:
    daemon()
    with pytest.raises(ConfigError, match="another daemon listens there"):
        daemon()
    assert settings


def test_nothing_to_listen_on_is_an_error(daemon: Start, settings: Json) -> None:
    settings["listen"] = {}
    with pytest.raises(ConfigError, match="nothing to listen on"):
        daemon()


def test_new_settings_count_and_wrong_ones_change_nothing(
    daemon: Start, chat: Chat, settings: Json
) -> None:
    running = daemon()
    settings["channels"]["ops"]["room"] = "night"
    running.reload()
    post(running, core_event("web01"))
    eventually(lambda: [m.room for m in chat.hipchat.messages] == ["night"])
    settings["images"] = {"service": "no url"}
    running.reload()
    post(running, core_event("web02"))
    eventually(lambda: told(chat) == {"web01", "web02"})
    assert "config_last_reload_successful 0.0" in get(running, "/metrics")


def test_settings_that_only_count_at_the_next_start_are_named(
    daemon: Start, settings: Json, caplog: pytest.LogCaptureFixture
) -> None:
    settings["listen"] = {**settings["listen"]}
    running = daemon()
    settings["workers"] = 3
    settings["listen"] = {**settings["listen"], "tcp": "127.0.0.1:1"}
    running.reload()
    said = [r.getMessage() for r in caplog.records if "next start" in r.getMessage()]
    assert [text.partition(":")[0] for text in said] == ["workers", "listen.tcp"]
