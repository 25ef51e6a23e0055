"""Where a problem is acknowledged: the form of Nagios' CGIs, or of Icinga Web. Pure.

``cmd.cgi?cmd_typ=34&host=H&service=S`` for a service, ``33`` for a host, in Nagios and Icinga 1:
https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/cgiincludes.html
``icingadb/service/acknowledge?name=S&host.name=H`` in Icinga DB Web:
https://github.com/Icinga/icingadb-web/blob/main/library/Icingadb/Common/ServiceLinks.php
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote, urlencode

from grafherald.event import Event, Kind, State

_OPEN = (Kind.PROBLEM, Kind.FLAPPING, Kind.CUSTOM)


def linked(event: Event, settings: Mapping[str, str]) -> Event:
    """Return *event* with a link to acknowledge it before its others, where there is a problem.

    Args:
        settings: ``url`` of Nagios' or Icinga 1's web interface, ``icingaweb`` of Icinga Web 2;
            without either there is no link.
    """
    url = _icingaweb(event, settings) or _cgi(event, settings)
    if not url or event.kind not in _OPEN or event.state is State.OK:
        return event
    return replace(event, links=(("Acknowledge", url), *event.links))


def _is_host(event: Event) -> bool:
    return bool(event.state_text)


def _cgi(event: Event, settings: Mapping[str, str]) -> str:
    base = settings.get("url", "").rstrip("/")
    if not base:
        return ""
    query = {"cmd_typ": "33", "host": event.entity}
    if not _is_host(event):
        query = {"cmd_typ": "34", "host": event.entity, "service": event.check}
    cgi = base if base.endswith("/cgi-bin") else f"{base}/cgi-bin"
    return f"{cgi}/cmd.cgi?{urlencode(query)}"


def _icingaweb(event: Event, settings: Mapping[str, str]) -> str:
    base = settings.get("icingaweb", "").rstrip("/")
    if not base:
        return ""
    if _is_host(event):
        return f"{base}/icingadb/host/acknowledge?name={quote(event.entity)}"
    names = f"name={quote(event.check)}&host.name={quote(event.entity)}"
    return f"{base}/icingadb/service/acknowledge?{names}"
