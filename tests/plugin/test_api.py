from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
import time
from dataclasses import replace

import pytest

from grafherald_plugin.api import JsonApi
from grafherald_plugin.errors import FrameError
from grafherald_plugin.settings import ApiSettings


def using(settings, use):
    """Run *use* with a JsonApi, which is closed after."""

    async def run():
        client = JsonApi(settings)
        try:
            return await use(client)
        finally:
            client.close()

    return asyncio.run(run())


def post(settings, *bodies):
    """Post all *bodies* at once over one JsonApi; return the answers in order."""

    async def use(client):
        return await asyncio.gather(*(client.post("/query", body) for body in bodies))

    return using(settings, use)


def post_in_turn(settings, count):
    """Post *count* times over one JsonApi, one after the other; return the answers."""

    async def use(client):
        return [await client.post("/query", {}) for _ in range(count)]

    return using(settings, use)


def failure(settings):
    with pytest.raises(FrameError) as raised:
        post(settings, {})
    assert raised.value.source == "downstream"
    return raised.value


def test_json_goes_out_and_comes_back(api):
    api.answer([{"target": "a"}])
    assert post(ApiSettings(api.url), {"ä": 1}) == [[{"target": "a"}]]
    (request,) = api.requests
    assert (request["method"], request["path"], request["body"]) == ("POST", "/query", {"ä": 1})
    assert request["headers"]["content-type"] == "application/json"
    assert request["headers"]["host"] == f"127.0.0.1:{api.port}"


def test_get_returns_the_body(api):
    api.answer(b"ok", route="/base/")
    assert using(ApiSettings(api.url + "/base"), lambda client: client.get("/")) == b"ok"


def test_the_settings_headers_go_along_and_win(api):
    api.answer([])
    post(ApiSettings(api.url, headers=(("X-Key", "k"), ("accept", "text/x"))), {})
    headers = api.requests[0]["headers"]
    assert (headers["x-key"], headers["accept"]) == ("k", "text/x")


def test_a_connection_is_used_again(api):
    api.answer([])
    assert post_in_turn(ApiSettings(api.url), 3) == [[], [], []]
    assert len({request["connection"] for request in api.requests}) == 1


def test_a_connection_that_was_closed_meanwhile_is_made_anew(api):
    def answer_and_close(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")
        handler.close_connection = True  # without saying so

    api.routes["/query"] = answer_and_close
    assert post_in_turn(ApiSettings(api.url), 3) == [[], [], []]


def test_at_most_64_connections_are_open(api):
    api.answer([])
    assert len(post(ApiSettings(api.url), *range(300))) == 300
    assert len({request["connection"] for request in api.requests}) <= 64


@pytest.mark.parametrize("status", [400, 401, 404, 500, 503])
def test_a_refusal_is_told_with_its_status_and_words(api, status):
    api.answer(b"out  for\nlunch", status=status)
    error = failure(ApiSettings(api.url))
    assert str(error) == f"127.0.0.1:{api.port}/query answered {status}: out for lunch"
    assert error.status == 502


def test_a_redirect_is_not_followed(api):
    api.answer(b"", status=302)
    assert "redirects are not followed" in str(failure(ApiSettings(api.url)))
    assert len(api.requests) == 1


@pytest.mark.parametrize(
    "body", [b"", b"<html>login</html>", b"[" * 100_000, b"\xff\xfe\xff", b"1" * 5000 + b"e"]
)
def test_what_is_no_json_is_refused(api, body):
    api.answer(body)
    assert "answered no JSON" in str(failure(ApiSettings(api.url)))


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n[]",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000,
    ],
)
def test_what_is_no_http_is_refused(api, raw):
    def answer(handler):
        handler.wfile.write(raw)
        handler.close_connection = True

    api.routes["/query"] = answer
    assert "127.0.0.1" in str(failure(ApiSettings(api.url)))


def test_nobody_there_is_said(api):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        error = failure(ApiSettings(url))
    assert "cannot be reached" in str(error)
    assert error.status == 502


def test_a_name_that_does_not_resolve_is_said():
    assert "cannot be reached" in str(failure(ApiSettings("http://nowhere.invalid")))


class Ended:
    """A way of answering that never ends, until the client goes or the test does."""

    def __init__(self, chunk):
        self.chunk = chunk
        self.gone = threading.Event()

    def __call__(self, handler):
        try:
            while not self.gone.wait(0.01):
                handler.wfile.write(self.chunk)
        except OSError:
            self.gone.set()
        handler.close_connection = True


@pytest.mark.parametrize(
    ("start", "chunk"),
    [
        (b"", b""),  # silence
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),  # a header now and then
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),  # a byte now and then
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_a_slow_answer_costs_the_timeout_and_no_more(api, start, chunk):
    forever = Ended(chunk)

    def answer(handler):
        handler.wfile.write(start)
        forever(handler)

    api.routes["/query"] = answer
    begun = time.monotonic()
    error = failure(ApiSettings(api.url, timeout=0.2))
    forever.gone.set()
    assert 0.2 <= time.monotonic() - begun < 10
    assert error.status == 504
    assert "no whole answer in 0.2 s" in str(error)


def test_the_timeout_counts_the_wait_for_a_connection(api):
    silent = Ended(b"")
    api.routes["/query"] = silent
    begun = time.monotonic()
    with pytest.raises(FrameError, match="no whole answer"):
        post(ApiSettings(api.url, timeout=0.3), *range(200))
    silent.gone.set()
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "head", [b"Content-Length: 104857600\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"]
)
def test_a_huge_answer_is_cut_off(api, head):
    sent = 0

    def answer(handler):
        nonlocal sent
        chunk = b" " * 0x10000
        framed = b"10000\r\n" + chunk + b"\r\n" if b"chunked" in head else chunk
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + head)
            for _ in range(1600):
                handler.wfile.write(framed)
                sent += len(framed)
        except OSError:
            pass
        handler.close_connection = True

    api.routes["/query"] = answer
    error = failure(ApiSettings(api.url, max_bytes=1024 * 1024))
    assert "answered more than 1 MB" in str(error)
    assert sent < 20 * 1024 * 1024


@pytest.mark.parametrize("secret", ["Bearer t0ken-1234", "Basic bWU6cGFzcw==", "k3y-of-mine"])
def test_an_api_that_echoes_our_secrets_does_not_make_us_show_them(api, secret):
    def echo(handler):
        body = json.dumps(dict(handler.headers)).encode()
        handler.wfile.write(b"HTTP/1.1 500 X\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    api.routes["/query"] = echo
    shown = str(failure(ApiSettings(api.url, headers=(("Authorization", secret),))))
    assert secret.split()[-1] not in shown
    assert "***" in shown


def test_control_characters_of_an_answer_do_not_reach_the_log(api):
    api.answer(b"\x1b[31mred\x07", status=500)
    assert str(failure(ApiSettings(api.url))).isprintable()


def test_a_cancelled_request_closes_its_connection(api):
    silent = Ended(b"x")
    api.routes["/query"] = silent

    async def use(client):
        task = asyncio.create_task(client.post("/query", {}))
        while not api.requests:
            await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    using(ApiSettings(api.url), use)
    assert silent.gone.wait(5)


def test_tls_without_a_known_authority_is_refused(api, certificate):
    with tls_server(certificate) as url:
        assert "certificate is refused" in str(failure(ApiSettings(url)))


@pytest.mark.parametrize("how", ["authority", "skip_verify"])
def test_tls_as_the_settings_say(certificate, how):
    with tls_server(certificate) as url:
        settings = ApiSettings(url)
        tls = replace(settings.tls, **{how: certificate.pem if how == "authority" else True})
        assert post(replace(settings, tls=tls), {}) == [[]]


def test_a_client_certificate_is_shown(certificate):
    with tls_server(certificate, client=certificate) as url:
        tls = replace(ApiSettings(url).tls, authority=certificate.pem)
        assert failure(ApiSettings(url, tls=tls))
        shown = replace(tls, certificate=certificate.pem, key=certificate.key)
        assert post(ApiSettings(url, tls=shown), {}) == [[]]


def test_a_key_that_is_none_is_a_wrong_setting():
    settings = ApiSettings("https://127.0.0.1:1")
    tls = replace(settings.tls, certificate="no PEM", key="t0psecret")
    error = failure(replace(settings, tls=tls))
    assert str(error).startswith("datasource settings: TLS")
    assert "t0psecret" not in str(error)


class tls_server:  # a context, used as a function
    """An HTTPS server that answers ``[]``."""

    def __init__(self, certificate, client=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate.path)
        if client is not None:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(cadata=client.pem)

    def __enter__(self):
        started: list[str] = []
        ready = threading.Event()

        async def serve():
            self.loop, self.end = asyncio.get_running_loop(), asyncio.Event()
            server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=self.context)
            started.append(f"https://localhost:{server.sockets[0].getsockname()[1]}")
            ready.set()
            await self.end.wait()
            server.close()

        async def answer(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")
            writer.close()

        self.thread = threading.Thread(target=lambda: asyncio.run(serve()))
        self.thread.start()
        assert ready.wait(10)
        return started[0]

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.end.set)
        self.thread.join()
