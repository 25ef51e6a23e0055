"""Sensu's own pages about an event. Pure.

Sensu Go's web interface has ``/c/~/n/NAMESPACE/events/ENTITY/CHECK``, Uchiwa (Sensu Core)
``/#/client/DATACENTER/CLIENT?check=CHECK``: https://github.com/sensu/web and
https://github.com/sensu/uchiwa-web.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from grafherald.event import Event


def page(event: Event, settings: Mapping[str, str]) -> str:
    """Build the URL of *event*'s page, "" where *settings* do not say where Sensu shows events."""
    entity, check = quote(event.entity, safe=""), quote(event.check, safe="")
    is_go = event.source == "sensu-go"
    base = settings.get("url" if is_go else "uchiwa", "").rstrip("/")
    if not base:
        return ""
    if is_go:
        return f"{base}/c/~/n/{quote(event.namespace, safe='')}/events/{entity}/{check}"
    return f"{base}/{entity}?check={check}"
