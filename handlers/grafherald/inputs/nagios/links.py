"""The pages of Nagios and Icinga about a problem: where it is shown, and acknowledged. Pure.

Nagios and Icinga 1 have ``extinfo.cgi?type=2&host=H&service=S`` for a service, ``type=1`` for a
host, and ``cmd.cgi?cmd_typ=34`` and ``33`` to acknowledge their problems:
https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/cgiincludes.html
Icinga DB Web has ``icingadb/service?name=S&host.name=H``, and ``service/acknowledge`` likewise:
https://github.com/Icinga/icingadb-web/blob/main/library/Icingadb/Common/ServiceLinks.php
Checkmk's are the NOTIFY_HOSTURL and NOTIFY_SERVICEURL of cmk/base/events.py, below its site's URL.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from grafherald.event import Event


def pages(event: Event, settings: Mapping[str, str]) -> tuple[str, str]:
    """Build the URLs where *event* is shown and acknowledged, "" where *settings* have no base."""
    is_host = bool(event.state_text)
    if web := settings.get("icingaweb", "").rstrip("/"):
        names = f"name={quote(event.check)}&host.name={quote(event.entity)}"
        page, query = ("host", f"name={quote(event.entity)}") if is_host else ("service", names)
        return f"{web}/icingadb/{page}?{query}", f"{web}/icingadb/{page}/acknowledge?{query}"
    base = settings.get("url", "").rstrip("/")
    if not base:
        return "", ""
    if event.source == "checkmk":
        return _in_checkmk(base.removesuffix("/check_mk"), event, is_host=is_host), ""
    cgi = base if base.endswith("/cgi-bin") else f"{base}/cgi-bin"
    named = {"host": event.entity} | ({} if is_host else {"service": event.check})
    kind, command = ("1", "33") if is_host else ("2", "34")
    return (
        f"{cgi}/extinfo.cgi?{urlencode({'type': kind, **named})}",
        f"{cgi}/cmd.cgi?{urlencode({'cmd_typ': command, **named})}",
    )


def _in_checkmk(site: str, event: Event, *, is_host: bool) -> str:
    named = {"host": event.entity} | ({} if is_host else {"service": event.check})
    view = urlencode({"view_name": "hoststatus" if is_host else "service", **named})
    return f"{site}/check_mk/index.py?{urlencode({'start_url': f'view.py?{view}'})}"
