"""What go-plugin itself calls: an end, whether we live, and a place for stray output.

https://github.com/hashicorp/go-plugin/blob/v1.8.0/docs/guide-plugin-write-non-go.md
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from grpclib.const import Cardinality, Handler

from grafherald_plugin.services import unary
from grafherald_plugin.wire import controller_pb2 as wire
from grafherald_plugin.wire import health_pb2 as health


class HostServices:
    """GRPCController, GRPCStdio and health; *stop* is set when the host wants an end."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def __mapping__(self) -> Mapping[str, Handler]:
        return {
            "/plugin.GRPCController/Shutdown": unary(self.shutdown, wire.Empty, wire.Empty),
            "/plugin.GRPCStdio/StreamStdio": Handler(
                self.stream_stdio, Cardinality.UNARY_STREAM, wire.Empty, wire.StdioData
            ),
            "/grpc.health.v1.Health/Check": unary(
                self.check, health.HealthCheckRequest, health.HealthCheckResponse
            ),
        }

    async def shutdown(self, _: wire.Empty) -> wire.Empty:
        """Answer, and end a little later: the host kills what has not ended after 2 s.

        Ended at once, the answer is lost with the connection now and then.
        """
        asyncio.get_running_loop().call_later(0.1, self._stop.set)
        return wire.Empty()

    async def stream_stdio(self, stream: Any) -> None:
        """Stay open and send nothing: we log to the real stderr. Without it, hosts warn."""
        await stream.recv_message()
        await self._stop.wait()

    async def check(self, request: health.HealthCheckRequest) -> health.HealthCheckResponse:
        """Serve the name ``plugin``, and "" for the process as a whole."""
        known = request.service in ("", "plugin")
        status = health.HealthCheckResponse
        return status(status=status.SERVING if known else status.SERVICE_UNKNOWN)
