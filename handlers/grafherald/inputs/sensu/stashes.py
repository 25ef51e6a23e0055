"""Silence stashes of Sensu Core before 0.26: its handlers looked them up, events do not hold them.

https://docs.sensu.io/sensu-core/0.25/api/stashes-api/
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from grafherald.errors import DeliveryError, TransportError
from grafherald.event import Event, Kind

_log = logging.getLogger(__name__)
_SECONDS = 2.0  # for all of it: an alert does not wait for the API


def silence(event: Event, settings: Mapping[str, Any]) -> str:
    """Find the stash that silences *event*; "" for none, or for no API in the *settings*.

    An API that does not answer silences nothing.
    """
    api = settings.get("core_api") or {}
    if event.source != "sensu-core" or event.kind is Kind.OK or not api.get("url"):
        return ""
    from base64 import b64encode

    from grafherald.net.client import Client

    login = f"{api.get('user', '')}:{api.get('password', '')}"
    basic = b64encode(login.encode()).decode()
    headers = {"Authorization": f"Basic {basic}"} if login != ":" else {}
    entity, check = quote(event.entity, safe=""), quote(event.check, safe="")
    ca_file, secrets = str(api.get("ca_file", "")), (str(api.get("password", "")), basic)
    try:
        with Client(timeout=_SECONDS, ca_file=ca_file, secrets=filter(None, secrets)) as client:
            for path in (entity, f"{entity}/{check}", f"all/{check}"):
                url = f"{str(api['url']).rstrip('/')}/stashes/silence/{path}"
                answer = client.get(url, headers=headers)
                if answer.status == 200:
                    return f"stash silence/{path}"
                if answer.status != 404:
                    answer.check()
    except (DeliveryError, TransportError) as error:
        _log.warning("sensu.core_api: no stash was looked up: %s", error)
    return ""
