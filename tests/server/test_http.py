"""The HTTP server while its other answers take their time, and while nobody asks anything."""

from __future__ import annotations

import http.client
import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from typing import Any

import pytest
from flask import Blueprint, request
from prometheus_client import CollectorRegistry

from grafherald.server.http import Server, make_app

Start = Callable[..., tuple[str, int]]


@pytest.fixture
def go_on() -> Iterator[threading.Event]:
    """What the slow answers wait for."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def begun() -> threading.Semaphore:
    """Released with each slow answer that is begun."""
    return threading.Semaphore(0)


@pytest.fixture
def server(go_on: threading.Event, begun: threading.Semaphore) -> Iterator[Start]:
    with ExitStack() as stack:

        def start(**limits: Any) -> tuple[str, int]:
            routes = Blueprint("routes", __name__)

            @routes.get("/picture")
            def picture() -> str:
                begun.release()
                go_on.wait(30)
                return "drawn"

            @routes.post("/kept")
            def kept() -> str:
                body = request.get_data(as_text=True)
                return body if body == "at hand" else picture()

            routes.record(
                lambda state: state.app.config.update(
                    AT_HAND={"/kept": lambda _, body: body.startswith(b"at hand")}
                )
            )

            @routes.get("/waited")
            def waited() -> str:
                return str(request.environ["grafherald.waited"])

            @routes.get("/large")
            def large() -> bytes:
                return bytes(8 << 20)

            @routes.post("/events")
            def events() -> str:
                return "kept"

            @routes.post("/events/slow")
            def slow() -> str:
                go_on.wait(30)
                return "kept"

            listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
            running = Server(make_app([routes], CollectorRegistry()), [listener], **limits)
            running.start()
            stack.callback(running.stop)
            stack.callback(go_on.set)
            host, port = listener.getsockname()
            return host, port

        yield start


def ask(where: tuple[str, int], method: str, path: str, body: str | None = None) -> None:
    """Ask for what does not wait: it is answered before any of the slow answers ends."""
    with closing(http.client.HTTPConnection(*where, timeout=20)) as connection:
        connection.request(method, path, body)
        with connection.getresponse() as answer:
            assert answer.status == 200
            answer.read()


def test_events_and_health_are_answered_at_once_while_pictures_are_slow(server: Start) -> None:
    where = server()
    with ExitStack() as stack:
        for _ in range(200):
            waiting = stack.enter_context(closing(http.client.HTTPConnection(*where, timeout=20)))
            waiting.request("GET", "/picture")
        ask(where, "GET", "/healthz")
        ask(where, "POST", "/events")


def test_a_server_of_several_listeners_answers_at_each_and_ends() -> None:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    running = Server(make_app([], CollectorRegistry()), listeners)
    running.start()
    addresses = [each.getsockname() for each in listeners]
    for address in addresses:
        ask(address, "GET", "/healthz")
    running.stop()
    for address in addresses:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, 5)


def test_health_is_answered_at_once_while_events_wait_for_the_disk(server: Start) -> None:
    where = server()
    with ExitStack() as stack:
        for _ in range(100):
            waiting = stack.enter_context(closing(http.client.HTTPConnection(*where, timeout=20)))
            waiting.request("POST", "/events/slow")
        ask(where, "GET", "/healthz")


def test_what_is_at_hand_is_answered_at_once_while_the_same_path_is_slow(server: Start) -> None:
    where = server()
    with ExitStack() as stack:
        for _ in range(100):
            waiting = stack.enter_context(closing(http.client.HTTPConnection(*where, timeout=20)))
            waiting.request("POST", "/kept", "yet to be made")
        ask(where, "POST", "/kept", "at hand")


def test_what_is_not_at_hand_after_all_makes_few_others_wait(
    server: Start, begun: threading.Semaphore
) -> None:
    where = server()
    with ExitStack() as stack:

        def seemingly(number: int) -> None:
            for _ in range(number):
                one = stack.enter_context(closing(http.client.HTTPConnection(*where, timeout=20)))
                one.request("POST", "/kept", "at hand, it seems")

        seemingly(2)
        assert begun.acquire(timeout=10)
        assert begun.acquire(timeout=10)
        seemingly(33)  # 32 wait for these two, and one goes on elsewhere
        assert begun.acquire(timeout=10)
        ask(where, "POST", "/kept", "at hand")


def test_what_waits_for_its_turn_is_answered_in_the_end(
    server: Start, go_on: threading.Event
) -> None:
    where = server()
    with ExitStack() as stack:
        waiting = []
        for _ in range(100):
            one = stack.enter_context(closing(http.client.HTTPConnection(*where, timeout=20)))
            one.request("GET", "/picture")
            waiting.append(one)
        go_on.set()
        assert [one.getresponse().read() for one in waiting] == [b"drawn"] * 100


def test_a_request_knows_how_long_it_waited_for_its_thread(
    server: Start, go_on: threading.Event, begun: threading.Semaphore
) -> None:
    where = server()
    with ExitStack() as stack:
        clients = [
            stack.enter_context(closing(http.client.HTTPConnection(*where, timeout=20)))
            for _ in range(61)
        ]
        for client in clients[:60]:
            client.request("GET", "/picture")
        assert begun.acquire(timeout=10)
        clients[60].request("GET", "/waited")
        ask(where, "GET", "/healthz")
        since = time.monotonic()
        for _ in range(10):
            ask(where, "GET", "/healthz")
        waited = time.monotonic() - since
        go_on.set()
        assert float(clients[60].getresponse().read()) >= waited


def test_the_connections_that_are_idle_longest_make_room(server: Start) -> None:
    where = server(connections=100, rest=0.2)
    with ExitStack() as stack:
        idle = [stack.enter_context(socket.create_connection(where)) for _ in range(99)]
        halves = [stack.enter_context(socket.create_connection(where)) for _ in range(60)]
        for half in halves:
            half.sendall(b"POST /events HTTP/1.1\r\nContent-Length: 9\r\n\r\n{")
        for _ in range(20):
            ask(where, "POST", "/events")
        idle[0].settimeout(10)
        assert idle[0].recv(1) == b""


@pytest.mark.parametrize(
    "begin", [b"GET /heal", b"POST /events HTTP/1.1\r\nContent-Length: 9999\r\n\r\n{"]
)
def test_who_drips_is_hung_up_on(server: Start, begin: bytes) -> None:
    with socket.create_connection(server(whole=0.4)) as dripping:
        dripping.sendall(begin)
        deadline = time.monotonic() + 20
        with suppress(OSError):
            while not select.select([dripping], [], [], 0.02)[0] or dripping.recv(4096):
                assert time.monotonic() < deadline, "it still listens"
                dripping.sendall(b"1")


def test_who_does_not_read_is_hung_up_on(server: Start) -> None:
    with socket.socket() as idle:
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        idle.connect(server(whole=0.1))
        idle.sendall(b"GET /large HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        watch = select.poll()
        watch.register(idle, select.POLLRDHUP)
        assert watch.poll(20_000), "it still waits"


def test_many_requests_of_one_connection_are_none_that_drips(server: Start) -> None:
    where = server(whole=0.1)
    with closing(http.client.HTTPConnection(*where, timeout=20)) as connection:
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            connection.request("POST", "/events")
            assert connection.getresponse().read() == b"kept"


def test_a_request_under_way_is_no_idle_connection(server: Start, go_on: threading.Event) -> None:
    where = server(connections=40, rest=0.1)
    with ExitStack() as stack:
        busy = stack.enter_context(closing(http.client.HTTPConnection(*where, timeout=20)))
        busy.request("GET", "/picture")
        for _ in range(80):
            stack.enter_context(socket.create_connection(where))
        ask(where, "GET", "/healthz")
        go_on.set()
        assert busy.getresponse().read() == b"drawn"


def test_what_there_is_not_is_refused_in_a_sentence(server: Start) -> None:
    with closing(http.client.HTTPConnection(*server(), timeout=20)) as connection:
        connection.request("GET", "/nothing")
        found = json.loads(connection.getresponse().read())
    assert found["outcome"] == "refused"
    assert found["text"].startswith("The requested URL was not found")


def test_a_method_that_is_not_allowed_is_told_which_are(server: Start) -> None:
    with closing(http.client.HTTPConnection(*server(), timeout=20)) as connection:
        connection.request("FOO", "/events")
        answer = connection.getresponse()
        answer.read()
    assert (answer.status, answer.headers["Allow"]) == (405, "OPTIONS, POST")
