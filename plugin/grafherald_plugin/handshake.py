"""go-plugin's handshake: what the host says in the environment, what we say on stdout.

https://github.com/hashicorp/go-plugin/blob/v1.8.0/docs/internals.md
https://github.com/hashicorp/go-plugin/blob/v1.8.0/server.go
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grafherald_plugin.errors import HandshakeError

_COOKIE = ("grafana_plugin_type", "datasource")
_PROTOCOLS = (2, 1)  # ours, the best first: Grafana 8 and later, Grafana before


@dataclass(frozen=True)
class Terms:
    """What the host asked for.

    Attributes:
        protocol: Grafana's plugin protocol, 2 or 1.
        socket_directory: where to make a Unix socket; "" means TCP on loopback.
        ports: the TCP ports to try, in this order; 0 is any.
        client_certificate: the host's PEM certificate when it wants TLS, else "".
        multiplex: the host knows the seventh field.
    """

    protocol: int
    socket_directory: str
    ports: range
    client_certificate: str = ""
    multiplex: bool = False


def read_terms(environ: Mapping[str, str]) -> Terms:
    """Read from *environ* how the host wants to speak to us.

    Raises:
        HandshakeError: there is no host, or it asks for what there is not.
    """
    key, value = _COOKIE
    if environ.get(key) != value:
        raise HandshakeError(
            "This is a Grafana plugin: Grafana starts it from its plugins folder, you need not. "
            f"By hand: {key}={value} PLUGIN_PROTOCOL_VERSIONS=2 python3 -m grafherald_plugin"
        )
    return Terms(
        _protocol(environ.get("PLUGIN_PROTOCOL_VERSIONS", "")),
        environ.get("PLUGIN_UNIX_SOCKET_DIR", ""),
        _ports(environ),
        environ.get("PLUGIN_CLIENT_CERT", ""),
        bool(environ.get("PLUGIN_MULTIPLEX_GRPC")),
    )


def _protocol(versions: str) -> int:
    """Choose the best protocol that both sides speak out of *versions*, as ``1,2``.

    A host too old to send a list, or one without a common protocol, gets the lowest: it reports
    what does not fit.
    """
    offered = {version.strip() for version in versions.split(",")}
    return next((own for own in _PROTOCOLS if str(own) in offered), min(_PROTOCOLS))


def _ports(environ: Mapping[str, str]) -> range:
    low, high = (_port(environ, name) for name in ("PLUGIN_MIN_PORT", "PLUGIN_MAX_PORT"))
    if low > high:
        raise HandshakeError("PLUGIN_MIN_PORT is above PLUGIN_MAX_PORT; swap them")
    return range(low, high + 1)


def _port(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name) or "0"
    if not text.isdecimal() or int(text) > 65535:
        raise HandshakeError(f"{name}: expected a port number")
    return int(text)


def line(terms: Terms, network: str, address: str, certificate: str = "") -> str:
    """Our side of the handshake, the first line of stdout.

    ``CORE|PROTOCOL|NETWORK|ADDRESS|grpc|CERTIFICATE``, and ``|true`` for a host that multiplexes.
    """
    fields = ["1", str(terms.protocol), network, address, "grpc", certificate]
    return "|".join([*fields, "true"] if terms.multiplex else fields)
