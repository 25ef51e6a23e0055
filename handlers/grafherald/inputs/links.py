"""The monitoring system's own pages about an event: where it is shown, and acknowledged. Pure.

Sensu Go's web interface has ``/c/~/n/NAMESPACE/events/ENTITY/CHECK``, Uchiwa (Sensu Core)
``/#/client/DATACENTER/CLIENT?check=CHECK``: https://github.com/sensu/web and
https://github.com/sensu/uchiwa-web.
Nagios and Icinga 1 have ``extinfo.cgi?type=2&host=H&service=S`` for a service, ``type=1`` for a
host, and ``cmd.cgi?cmd_typ=34`` and ``33`` to acknowledge their problems:
https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/cgiincludes.html
Icinga DB Web has ``icingadb/service?name=S&host.name=H``, and ``service/acknowledge`` likewise:
https://github.com/Icinga/icingadb-web/blob/main/library/Icingadb/Common/ServiceLinks.php
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from grafherald.event import Event, Kind, State

_OPEN = (Kind.PROBLEM, Kind.FLAPPING, Kind.CUSTOM)


def linked(event: Event, settings: Mapping[str, Any]) -> Event:
    """Return *event* with links to acknowledge it, where it is a problem, and to see it.

    Args:
        settings: all of them; without an address under ``sensu`` or ``nagios`` there is no link.
    """
    if event.source.startswith("sensu"):
        shown, acknowledged = _sensu(event, settings.get("sensu", {})), ""
    else:
        shown, acknowledged = _nagios(event, settings.get("nagios", {}))
    is_problem = event.kind in _OPEN and event.state is not State.OK
    first = (("Acknowledge", acknowledged),) if acknowledged and is_problem else ()
    last = ((event.source.partition("-")[0].capitalize(), shown),) if shown else ()
    return replace(event, links=(*first, *event.links, *last)) if first or last else event


def _sensu(event: Event, settings: Mapping[str, str]) -> str:
    entity, check = quote(event.entity, safe=""), quote(event.check, safe="")
    if event.source == "sensu-go":
        base = _base(settings, "url")
        return base and f"{base}/c/~/n/{quote(event.namespace, safe='')}/events/{entity}/{check}"
    base = _base(settings, "uchiwa")
    return base and f"{base}/{entity}?check={check}"


def _nagios(event: Event, settings: Mapping[str, str]) -> tuple[str, str]:
    """Return where it is shown, and where it is acknowledged."""
    is_host = bool(event.state_text)
    if web := _base(settings, "icingaweb"):
        names = f"name={quote(event.check)}&host.name={quote(event.entity)}"
        page, query = ("host", f"name={quote(event.entity)}") if is_host else ("service", names)
        return f"{web}/icingadb/{page}?{query}", f"{web}/icingadb/{page}/acknowledge?{query}"
    base = _base(settings, "url")
    if not base:
        return "", ""
    cgi = base if base.endswith("/cgi-bin") else f"{base}/cgi-bin"
    named = {"host": event.entity} | ({} if is_host else {"service": event.check})
    kind, command = ("1", "33") if is_host else ("2", "34")
    return (
        f"{cgi}/extinfo.cgi?{urlencode({'type': kind, **named})}",
        f"{cgi}/cmd.cgi?{urlencode({'cmd_typ': command, **named})}",
    )


def _base(settings: Mapping[str, str], name: str) -> str:
    return settings.get(name, "").rstrip("/")
