"""Runs the picture service until SIGTERM: one process, uvicorn in front, sweeping on the side."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from datetime import datetime, timezone

import uvicorn

from grafherald.errors import ConfigError, GraphError
from grafherald.images.application import Application, Settings
from grafherald.images.retention import sweep

_LARGEST_HEAD = 64 * 1024
_MOST_CONNECTIONS = 1000
_BETWEEN_SWEEPS = 3600.0  # seconds
_log = logging.getLogger(__name__)


def serve(settings: Settings) -> int:
    """Answer until SIGTERM or SIGINT; what is being made then is finished first. Returns 0.

    Raises:
        ConfigError: the address can't be listened on.
    """
    with listen(settings.host, settings.port) as listener:
        host, port = listener.getsockname()[:2]
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stopped)
        _log.info("listening on %s:%d", host, port)
        asyncio.run(_run(settings, listener))
    return 0


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that takes connections, on any free port where *port* is 0.

    Raises:
        ConfigError: it can't.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(f"images.listen: {host}:{port}: {reason}") from None
    # asyncio does so by itself only for sockets that name their protocol
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def server(settings: Settings) -> uvicorn.Server:
    """Return the server; it ends when its ``should_exit`` is set."""
    return uvicorn.Server(
        uvicorn.Config(
            Application(settings),
            http="h11",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            h11_max_incomplete_event_size=_LARGEST_HEAD,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=int(settings.timeout) + 5,
        )
    )


def _stopped(*_: object) -> None:
    """Do nothing: uvicorn, which took the signal, has stopped and raises it once more."""


async def _run(settings: Settings, listener: socket.socket) -> None:
    sweeping = asyncio.create_task(_sweep_hourly(settings))
    await server(settings).serve(sockets=[listener])
    sweeping.cancel()


async def _sweep_hourly(settings: Settings) -> None:
    if settings.directory is None:
        return
    while True:
        now = datetime.now(timezone.utc)
        try:
            gone = await asyncio.to_thread(sweep, settings.directory, settings.keep, now)
        except GraphError as error:
            _log.warning("retention: %s", error)
        else:
            if gone:
                _log.info("retention: %d pictures removed", len(gone))
        await asyncio.sleep(_BETWEEN_SWEEPS)
