"""Which proxy stands between us and an address: a setting's, else the environment's.

``http_proxy``, ``https_proxy`` and ``no_proxy`` in either case, as Go's net/http reads them, and
curl's ``all_proxy`` (curl itself takes ``http_proxy`` in lower case alone). Loopback is asked
directly unless a setting says otherwise, as Go does, so that a Grafana beside us gets its token
and no proxy does.
https://pkg.go.dev/net/http#ProxyFromEnvironment
"""

from __future__ import annotations

import os
from base64 import b64encode
from urllib.parse import unquote, urlsplit

from grafherald.net.address import Address


class Proxy:
    """Where it is, and what it wants as ``Proxy-Authorization``, or ""."""

    def __init__(self, host: str, port: int, authorization: str = "") -> None:
        self.host = host
        self.port = port
        self._authorization = authorization

    @property
    def headers(self) -> dict[str, str]:
        """What a request to it carries."""
        return {"Proxy-Authorization": self._authorization} if self._authorization else {}


def proxy_for(address: Address, own: str = "") -> Proxy | None:
    """Choose the proxy for a request to *address*, None for none.

    Args:
        own: the setting's, which counts whatever the environment says.

    Raises:
        ValueError: its URL is none that is understood; a few words, without it.
    """
    url = own or _environments(address)
    return _proxy(url) if url else None


def _proxy(url: str) -> Proxy:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port or 80  # as Go has it; curl's is 1080
    except ValueError:
        host = None
    if not host or parts.scheme != "http":
        raise ValueError("the proxy's URL must be http://[user:pass@]host:port")
    if parts.username is None:
        return Proxy(host, port)
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return Proxy(host, port, f"Basic {b64encode(login).decode()}")


def _environments(address: Address) -> str:
    url = _variable(f"{address.scheme}_proxy") or _variable("all_proxy")
    return "" if not url or _is_direct(address) else url


def _variable(name: str) -> str:
    return os.environ.get(name) or os.environ.get(name.upper(), "")


def _is_direct(address: Address) -> bool:
    from ipaddress import ip_address, ip_network

    host = address.host.rstrip(".")
    try:
        number = ip_address(host)
    except ValueError:
        number = None
    if host == "localhost" or (number and number.is_loopback):
        return True
    for entry in _variable("no_proxy").lower().split(","):
        name, _, port = entry.strip().partition(":") if entry.count(":") == 1 else (entry, "", "")
        name = name.strip().strip("[]")
        if not name or (port and port != str(address.port)):
            continue
        if name == "*" or host == name.lstrip(".") or host.endswith(f".{name.lstrip('.')}"):
            return True
        try:
            if number and number in ip_network(name, strict=False):
                return True
        except ValueError:
            continue
    return False
