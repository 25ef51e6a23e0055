"""The body of ``POST /grafana-images``, read as the Go original's `encoding/json` reads it. Pure.

Keys count in any case, the last of them wins, null is no value, and bytes behind the JSON are
nobody's business: https://pkg.go.dev/encoding/json#Unmarshal, ``NewDecoder(body).Decode(&v)``.
"""

from __future__ import annotations

import json

from grafherald.errors import GraphError

HINT = 'Send {"imageUrl": "https://<grafana>/render/..."}.'
_KEY = "imageurl"


class _Fields(list[tuple[str, object]]):
    """An object's keys with their values, in order: a list tells them apart from arrays."""


# Numbers are nobody's business either, and Python refuses whole ones of thousands of digits.
_DECODER = json.JSONDecoder(object_pairs_hook=_Fields, parse_int=float)


def image_url(body: bytes) -> str:
    """Read ``imageUrl``, whatever the request's content type says.

    Raises:
        GraphError: 400: it is no JSON, or has no such text.
    """
    text = body.decode("utf-8", "surrogateescape").lstrip("\ufeff \t\r\n")
    try:
        document, _ = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        raise GraphError("the request is not JSON", status=400, hint=HINT) from None
    fields = document if isinstance(document, _Fields) else ()
    urls = [value for key, value in fields if key.lower() == _KEY and value is not None]
    if not urls or not all(isinstance(url, str) for url in urls) or not urls[-1]:
        raise GraphError("the request has no imageUrl", status=400, hint=HINT)
    return str(urls[-1])
