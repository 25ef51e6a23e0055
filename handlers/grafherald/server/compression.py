"""Answers made small: gzip for what is worth it, 304 for what the other side has."""

from __future__ import annotations

import gzip

from flask import Request, Response

_WORTH_IT = 1000  # bytes


def packed(response: Response, request: Request) -> Response:
    """Compress *response* where the other side takes that and it pays."""
    if response.direct_passthrough or response.status_code != 200:
        return response
    response.headers.add("Vary", "Accept-Encoding")
    body = response.get_data()
    if len(body) >= _WORTH_IT and request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(body, compresslevel=1, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def tagged(response: Response, request: Request) -> Response:
    """Give *response* an ETag, or make it a 304 where the other side has it already."""
    if response.status_code == 200 and request.method in ("GET", "HEAD"):
        response.add_etag(weak=True)  # weak, since gzip makes other bytes of it: RFC 9110, 8.8.1
        response.make_conditional(request)
    return response
