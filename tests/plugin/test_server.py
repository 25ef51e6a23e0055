"""The process from the outside: started as a host does, called over its socket."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from base64 import b64decode
from contextlib import suppress

import pytest
from grpclib.client import Channel, UnaryStreamMethod, UnaryUnaryMethod
from grpclib.const import Status
from grpclib.exceptions import GRPCError, StreamTerminatedError

from grafherald_plugin.wire import controller_pb2, health_pb2, models_pb2, pluginv2_pb2

T = 1_700_000_000_000
SHUTDOWN = ("/plugin.GRPCController/Shutdown", controller_pb2.Empty(), controller_pb2.Empty)


def address_of(process):
    """Read the handshake; return the arguments of a channel to it."""
    fields = process.stdout.readline().rstrip("\n").split("|")
    assert fields[0] == "1"
    if fields[2] == "unix":
        return {"path": fields[3]}
    host, _, port = fields[3].rpartition(":")
    return {"host": host, "port": int(port)}


def call(address, *calls):
    """Make *calls* (path, request, class of the answer) over one connection; return answers."""

    async def run():
        async with Channel(**address) as channel:
            return [
                await UnaryUnaryMethod(channel, path, type(request), answer)(request, timeout=10)
                for path, request, answer in calls
            ]

    return asyncio.run(run())


def health(service):
    request = health_pb2.HealthCheckRequest(service=service)
    return ("/grpc.health.v1.Health/Check", request, health_pb2.HealthCheckResponse)


def test_the_socket_is_in_the_hosts_folder_and_its_owners_alone(start, tmp_path):
    address = address_of(start())
    assert os.path.dirname(address["path"]) == str(tmp_path)
    assert os.stat(address["path"]).st_mode & 0o777 == 0o600


def test_shutdown_ends_the_process_and_leaves_nothing(start, tmp_path):
    process = start()
    call(address_of(process), SHUTDOWN)
    assert process.wait(5) == 0
    assert list(tmp_path.iterdir()) == []


def test_sigterm_ends_the_process_and_sigint_does_not(start, tmp_path):
    process = start()
    address = address_of(process)
    process.send_signal(signal.SIGINT)
    assert call(address, health("plugin"))[0].status == 1
    process.terminate()
    assert process.wait(5) == 0
    assert list(tmp_path.iterdir()) == []


def test_it_ends_when_its_parent_is_gone(start, tmp_path):
    shell = start("/bin/sh", "-c", f"'{sys.executable}' -m grafherald_plugin & wait")
    address_of(shell)
    shell.kill()
    shell.communicate(timeout=20)  # which ends when nobody holds the pipe any more
    assert list(tmp_path.iterdir()) == []


def test_it_ends_though_a_host_listens_to_its_output(start):
    process = start()
    address = address_of(process)

    async def run():
        async with Channel(**address) as channel:
            stdio = UnaryStreamMethod(
                channel,
                "/plugin.GRPCStdio/StreamStdio",
                controller_pb2.Empty,
                controller_pb2.StdioData,
            )
            async with stdio.open() as stream:
                await stream.send_message(controller_pb2.Empty(), end=True)
                await UnaryUnaryMethod(channel, SHUTDOWN[0], type(SHUTDOWN[1]), SHUTDOWN[2])(
                    SHUTDOWN[1], timeout=10
                )
                with suppress(StreamTerminatedError):
                    await stream.recv_message()

    asyncio.run(run())
    assert process.wait(5) == 0


def test_without_a_folder_it_listens_on_loopback(start):
    address = address_of(start(PLUGIN_UNIX_SOCKET_DIR=""))
    assert address["host"] == "127.0.0.1"
    assert [found.status for found in call(address, health("plugin"), health(""))] == [1, 1]
    assert call(address, health("other"))[0].status == 3


def test_a_port_that_is_taken_is_passed_over(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        low = taken.getsockname()[1]
        ports = {"PLUGIN_MIN_PORT": str(low), "PLUGIN_MAX_PORT": str(min(low + 50, 65535))}
        address = address_of(start(PLUGIN_UNIX_SOCKET_DIR="", **ports))
        assert low < address["port"] <= low + 50


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"grafana_plugin_type": ""}, "Grafana starts it"),
        ({"PLUGIN_UNIX_SOCKET_DIR": "/nowhere"}, "PLUGIN_UNIX_SOCKET_DIR"),
        ({"PLUGIN_CLIENT_CERT": "none"}, "PLUGIN_CLIENT_CERT"),
    ],
)
def test_it_says_in_one_line_why_it_does_not_start(start, changes, said):
    output, errors = start(**changes).communicate(timeout=10)
    assert output == ""
    assert said in errors
    assert errors.count("\n") == 1


def test_the_command_line_starts_it_too(start):
    process = start(sys.executable, "-c", "from grafherald.cli import main; main(['plugin'])")
    call(address_of(process), SHUTDOWN)
    assert process.wait(5) == 0


def test_a_query_over_the_wire(start, api):
    api.answer([{"target": "a", "datapoints": [[1.5, T]]}])
    request = pluginv2_pb2.QueryDataRequest(queries=[pluginv2_pb2.DataQuery(ref_id="A")])
    request.context.data_source.url = api.url
    (answer,) = call(
        address_of(start()),
        ("/pluginv2.Data/QueryData", request, pluginv2_pb2.QueryDataResponse),
    )
    assert answer.responses["A"].frames[0].startswith(b"ARROW1")


def test_a_look_up_is_a_stream_of_one(start, api):
    api.answer(["a"], route="/search")
    request = pluginv2_pb2.CallResourceRequest(path="search", method="POST")
    request.context.data_source.url = api.url
    address = address_of(start())

    async def run():
        async with Channel(**address) as channel:
            return await UnaryStreamMethod(
                channel,
                "/pluginv2.Resource/CallResource",
                pluginv2_pb2.CallResourceRequest,
                pluginv2_pb2.CallResourceResponse,
            )(request, timeout=10)

    (answer,) = asyncio.run(run())
    assert json.loads(answer.body) == ["a"]


def test_a_host_from_before_grafana_8(start, api):
    api.answer([{"target": "a", "datapoints": [[1.5, T]]}])
    process = start(PLUGIN_PROTOCOL_VERSIONS="1")
    request = models_pb2.DatasourceRequest(queries=[models_pb2.DataQuery(ref_id="A")])
    request.data_source.url = api.url
    (answer,) = call(
        address_of(process),
        ("/models.DatasourcePlugin/Query", request, models_pb2.DatasourceResponse),
    )
    assert answer.results[0].series[0].points[0].value == 1.5


def test_log_lines_are_hclogs_and_hold_no_secret(start):
    process = start()
    request = pluginv2_pb2.QueryDataRequest(queries=[pluginv2_pb2.DataQuery(ref_id="A")])
    request.context.data_source.url = "http://me:hunter2@127.0.0.1:1"
    request.context.data_source.secure_json_data["bearerToken"] = "t0ken"
    query = ("/pluginv2.Data/QueryData", request, pluginv2_pb2.QueryDataResponse)
    call(address_of(process), query, SHUTDOWN)
    _, errors = process.communicate(timeout=10)
    (line,) = [json.loads(line) for line in errors.splitlines()]
    assert (line["@level"], line["refId"]) == ("warn", "A")
    assert "cannot be reached" in line["@message"]
    assert "hunter2" not in errors
    assert "t0ken" not in errors


def test_a_host_that_wants_tls_gets_it_and_nobody_else(start, certificate):
    process = start(PLUGIN_CLIENT_CERT=certificate.pem, PLUGIN_UNIX_SOCKET_DIR="")
    fields = process.stdout.readline().rstrip("\n").split("|")
    assert "=" not in fields[5]
    own = ssl.DER_cert_to_PEM_cert(b64decode(fields[5] + "=" * (-len(fields[5]) % 4)))
    context = ssl.create_default_context(cadata=own)
    context.set_alpn_protocols(["h2"])
    port = int(fields[3].rpartition(":")[2])
    assert first_frame(port, context) == b""
    context.load_cert_chain(certificate.path)
    assert first_frame(port, context)[3] == 4  # HTTP/2's SETTINGS


def first_frame(port, context):
    """Return the first bytes that a server sends over TLS; none when it hangs up."""
    with (
        suppress(ssl.SSLError, ConnectionResetError),
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        return secure.recv(9)
    return b""


def test_nothing_is_imported_for_a_refusal(environment):
    code = (
        "import sys; from grafherald_plugin import serve; serve({});"
        "print([name for name in ('asyncio', 'grpclib', 'google') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert run.stdout == "[]\n"


@pytest.mark.parametrize("protocol", ["1", "2"])
def test_a_method_that_is_not_there_is_unimplemented_as_grpc_says_it(start, protocol):
    """Without a content type Go's hosts read "malformed HTTP", and grpclib's own client UNKNOWN."""
    address = address_of(start(PLUGIN_PROTOCOL_VERSIONS=protocol))
    for path in ("/pluginv2.Stream/SubscribeStream", "/plugin.GRPCBroker/StartStream", "/x/y"):
        with pytest.raises(GRPCError) as refused:
            call(address, (path, controller_pb2.Empty(), controller_pb2.Empty))
        assert refused.value.status is Status.UNIMPLEMENTED
    assert call(address, health("plugin"))[0].status == 1
