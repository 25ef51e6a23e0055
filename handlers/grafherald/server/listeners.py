"""The sockets that the daemon listens on: from the settings, or passed by systemd."""

from __future__ import annotations

import ipaddress
import os
import socket
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from grafherald.errors import ConfigError

_MODE = 0o660  # of the Unix socket: who may connect may raise an alert
_DATAGRAMS = 4 << 20  # bytes of receive buffer asked for: a burst waits there


@dataclass
class Listeners:
    """Bound sockets by what is spoken on them."""

    tcp: list[socket.socket] = field(default_factory=list)
    udp: list[socket.socket] = field(default_factory=list)
    unix: list[socket.socket] = field(default_factory=list)
    http: list[socket.socket] = field(default_factory=list)
    files: list[str] = field(default_factory=list)  # of Unix sockets that we made ourselves

    def names(self) -> list[str]:
        """Where each listens, to log it: ``tcp 127.0.0.1:3031``, ``unix /run/grafherald.sock``."""
        return [
            f"{kind} {_name(listener)}"
            for kind in ("tcp", "udp", "unix", "http")
            for listener in getattr(self, kind)
        ]

    @property
    def http_is_local(self) -> bool:
        """Tell whether only this machine reaches the HTTP server."""
        return all(map(_is_local, self.http))

    @property
    def events_are_local(self) -> bool:
        """Tell whether only this machine reaches the sockets of TCP and UDP."""
        return all(map(_is_local, (*self.tcp, *self.udp)))

    def close(self) -> None:
        """Close all, and take the Unix sockets' files away that were made here."""
        for listener in (*self.tcp, *self.udp, *self.unix, *self.http):
            listener.close()
        for path in self.files:
            _remove(path)


def open_listeners(
    settings: Mapping[str, str], passed: Iterable[tuple[str, socket.socket]]
) -> Listeners:
    """Bind what the ``listen`` settings name, unless systemd passed a socket for it.

    Raises:
        ConfigError: an address is wrong, taken, or not allowed.
    """
    found = Listeners()
    for name, listener in passed:
        if name not in ("tcp", "udp", "unix", "http"):
            raise ConfigError(f"FileDescriptorName={name}: expected tcp, udp, unix or http")
        getattr(found, name).append(listener)
    try:
        for kind in ("tcp", "udp", "http"):
            if settings.get(kind) and not getattr(found, kind):
                getattr(found, kind).append(_bind(kind, settings[kind]))
        if settings.get("unix") and not found.unix:
            found.unix.append(_bind_unix(settings["unix"]))
            found.files.append(settings["unix"])
    except ConfigError:
        found.close()
        raise
    if not any((found.tcp, found.udp, found.unix, found.http)):
        raise ConfigError("listen: nothing to listen on; set tcp, udp, unix or http")
    return found


def _bind(kind: str, address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if ":" not in address or not port.isdigit() or int(port) > 65535:
        raise ConfigError(f"listen.{kind}: expected HOST:PORT, got {address!r}")
    style = socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM
    try:
        family, _, _, _, where = socket.getaddrinfo(
            host or "127.0.0.1", int(port), type=style, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, style)
        try:
            if kind == "udp":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _DATAGRAMS)
            else:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(where)
            if kind != "udp":
                listener.listen(1024)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise ConfigError(f"listen.{kind}: {address}: {error.strerror}") from None
    return listener


def _bind_unix(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if _is_answered(path):
            raise ConfigError(f"listen.unix: {path}: another daemon listens there")
        _remove(path)
        listener.bind(path)
        os.chmod(path, _MODE)
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise ConfigError(f"listen.unix: {path}: {error.strerror or error}") from None
    except ConfigError:
        listener.close()
        raise
    return listener


def _is_answered(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
        return True


def _remove(path: str) -> None:
    """Remove a socket's file that a daemon left behind; any other file stays, and bind fails."""
    try:
        if stat.S_ISSOCK(os.stat(path).st_mode):
            os.unlink(path)
    except FileNotFoundError:
        pass


def _is_local(listener: socket.socket) -> bool:
    if listener.family == socket.AF_UNIX:
        return True
    return ipaddress.ip_address(listener.getsockname()[0]).is_loopback


def _name(listener: socket.socket) -> str:
    name = listener.getsockname()
    if isinstance(name, str):
        return name
    return f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}"
