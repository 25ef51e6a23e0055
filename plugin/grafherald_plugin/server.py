"""The process: a socket, the services on it, and three ways to end."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from grpclib.const import Cardinality, Handler, Status
from grpclib.exceptions import GRPCError
from grpclib.server import Server

from grafherald_plugin.controller import HostServices
from grafherald_plugin.datasource import Datasources
from grafherald_plugin.errors import HandshakeError
from grafherald_plugin.handshake import Terms, line
from grafherald_plugin.metrics import PluginMetrics
from grafherald_plugin.services import DatasourceServices
from grafherald_plugin.wire.controller_pb2 import Empty

if TYPE_CHECKING:
    from grafherald_plugin.legacy import LegacyService

log = logging.getLogger(__name__)


class _Methods(dict[str, Handler]):
    """Handlers by path, and one for all that is not there."""

    def get(self, path: str, _: object = None) -> Handler:
        """Find a method's handler."""
        return super().get(path) or _NOT_IMPLEMENTED


class _HostsServer(Server):
    """Says UNIMPLEMENTED as gRPC does.

    grpclib leaves out the content type, and Go's hosts take that for broken HTTP:
    https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses
    """

    def __init__(
        self, handlers: Sequence[HostServices | DatasourceServices | LegacyService]
    ) -> None:
        super().__init__(handlers)
        self._mapping = _Methods(self._mapping)


async def _not_implemented(_: object) -> None:
    raise GRPCError(Status.UNIMPLEMENTED, "this plugin has no such method")


_NOT_IMPLEMENTED = Handler(_not_implemented, Cardinality.STREAM_STREAM, Empty, Empty)


async def run(terms: Terms, parent: int, announce: Callable[[str], None]) -> None:
    """Serve until the host says so, SIGTERM comes, or *parent* is no longer our parent process.

    *announce* is given the handshake once the services can be called.

    Raises:
        HandshakeError: there is no socket to be had, or no TLS as the host wants it.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # Ctrl-C is the host's to answer
    context, certificate = _host_tls(terms)
    listener, network, address = _listen(terms)
    datasources = Datasources(PluginMetrics())
    try:
        server = _HostsServer([HostServices(stop), _services(terms.protocol, datasources)])
        await server.start(sock=listener, ssl=context)
        announce(line(terms, network, address, certificate))
        watch = asyncio.create_task(_watch_parent(parent, stop))
        await stop.wait()
        watch.cancel()
        server.close()  # and not wait: since Python 3.12 that would be for the host to hang up
    finally:
        datasources.close()
        if network == "unix":
            with suppress(FileNotFoundError):  # the host may have cleared its folder
                os.unlink(address)


def _services(protocol: int, datasources: Datasources) -> DatasourceServices | LegacyService:
    if protocol == 2:
        return DatasourceServices(datasources)
    from grafherald_plugin.legacy import LegacyService

    return LegacyService(datasources)


def _host_tls(terms: Terms) -> tuple[ssl.SSLContext | None, str]:
    if not terms.client_certificate:
        return None, ""
    from grafherald_plugin.tls import host_context

    return host_context(terms.client_certificate, datetime.now(timezone.utc))


def _listen(terms: Terms) -> tuple[socket.socket, str, str]:
    """Open the socket for the host; its network and address as the handshake names them."""
    if terms.socket_directory:
        path = os.path.join(terms.socket_directory, f"plugin{secrets.token_hex(4)}")
        listener = socket.socket(socket.AF_UNIX)
        try:
            listener.bind(path)
            os.chmod(path, 0o600)
        except OSError as error:
            raise HandshakeError(f"PLUGIN_UNIX_SOCKET_DIR: no socket there: {error}") from None
        return listener, "unix", path
    for port in terms.ports:
        listener = socket.socket(proto=socket.IPPROTO_TCP)  # asyncio turns Nagle off for these
        with suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return listener, "tcp", f"127.0.0.1:{listener.getsockname()[1]}"
        listener.close()
    raise HandshakeError("PLUGIN_MIN_PORT to PLUGIN_MAX_PORT: every port is taken")


async def _watch_parent(parent: int, stop: asyncio.Event) -> None:
    """Set *stop* when *parent* is gone: a host that crashed says no goodbye."""
    while os.getppid() == parent:
        await asyncio.sleep(1)
    log.info("the host is gone")
    stop.set()
