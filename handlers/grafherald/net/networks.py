"""Addresses and networks that the settings list, and whether a peer is of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from grafherald.errors import ConfigError

Network = IPv4Network | IPv6Network


def networks(listed: Iterable[str], key: str) -> tuple[Network, ...]:
    """Read what the setting *key* lists.

    Raises:
        ConfigError: one is no address and no network.
    """
    found = []
    for one in listed:
        try:
            found.append(ip_network(one, strict=False))
        except ValueError:
            raise ConfigError(
                f"{key}: {one!r} is no address or network, such as 10.0.0.5 or 10.1.0.0/16"
            ) from None
    return tuple(found)


def peer(address: str) -> IPv4Address | IPv6Address | None:
    """Read a peer's address as a socket gives it; None when it has none, as on a Unix socket.

    A socket for both kinds shows IPv4 as ``::ffff:192.0.2.1``; a local one carries its interface.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def contain(listed: Iterable[Network], address: str) -> bool:
    """Tell whether a peer's *address* is in one of the networks."""
    found = peer(address)
    return found is not None and any(found in network for network in listed)
