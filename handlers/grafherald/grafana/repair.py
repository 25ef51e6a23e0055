"""Render URLs as people write them, several in a text, and those that lost their ``&``. Pure.

Nagios strips it from custom variables: ``?orgId=1panelId=2from=now-6h`` comes out of
``_GRAPH_IMAGE ...?orgId=1&panelId=2&from=now-6h``, as ``&`` is one of Nagios'
``illegal_macro_output_chars``. What people write in its place, ``;``, a blank or ``%26``, comes
through.
https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/configmain.html
"""

from __future__ import annotations

import re

# https://grafana.com/docs/grafana/latest/dashboards/share-dashboards-panels/
_KNOWN = (
    r"(?:var-[\w.-]{1,80}?|orgId|panelId|viewPanel|width|height|scale|tz|timezone|theme|refresh|kiosk"
    r"|fullscreen|(?:from|to)(?==now|=\d{9}))="
)
# Not compiled before the first use: most events have none of this.
_SEPARATOR = rf" ?(?:amp;|;| ) ?(?=[\w.-]{{1,80}}=)|%26(?={_KNOWN})"
_AMPERSAND = "&(?:amp;)+"
_COMMA = r",(?=[\"'<]?https?://)"  # between two URLs
_AROUND = "\"'<>"
_BEGINNINGS = ("http://", "https://", "/render/")


def urls_in(text: str) -> list[str]:
    """Split *text* into URLs; one with blank space inside, as Chef writes them, stays whole.

    What stands around them where they are pasted into JSON, YAML or a mail goes, and so does the
    form that ``&`` has in HTML.
    """
    found: list[str] = []
    for word in (re.sub(_COMMA, " ", text) if "," in text else text).split():
        if not found or word.lstrip(_AROUND).startswith(_BEGINNINGS):
            found.append(word)
        else:
            found[-1] += "%20" + word
    urls = (_unescaped(url.rstrip(",").strip(_AROUND)) for url in found)
    return [url for url in urls if url]


def repaired(url: str) -> str:
    """Put the ``&`` between *url*'s parameters back; one that has any ``&`` lost none.

    Where nothing stands in its place, it is put back before the names that Grafana knows.
    """
    address, mark, query = " ".join(url.split()).partition("?")
    query = _unescaped(query)
    if "&" not in query:
        parts = re.sub(_SEPARATOR, "&", query).split("&")
        query = "&".join(_unglued(part) for part in parts)
    return (address + mark + query).replace(" ", "%20")


def _unescaped(text: str) -> str:
    return re.sub(_AMPERSAND, "&", text) if "&amp;" in text else text


def _unglued(parameter: str) -> str:
    """Split ``orgId=1panelId=2``; a name is never looked for in the name that it starts with."""
    name, equals, value = parameter.partition("=")
    return name + equals + re.sub(_KNOWN, r"&\g<0>", value)
