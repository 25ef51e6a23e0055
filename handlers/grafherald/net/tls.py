"""Whose certificates are trusted, the same for everything that is asked over HTTPS.

This machine's authorities, or those of ``REQUESTS_CA_BUNDLE`` or ``CURL_CA_BUNDLE`` in their
place; and besides them those of a setting's ``ca_file``.
"""

from __future__ import annotations

import os
import ssl
from functools import cache


@cache
def trust(ca_file: str = "") -> ssl.SSLContext:
    """Make the context for a client; reading all authorities takes 30 ms, so once.

    Raises:
        OSError: a file can't be read or holds no certificate.
    """
    bundles = (os.environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))
    bundle = next(filter(None, bundles), None)
    if bundle and os.path.isdir(bundle):
        context = ssl.create_default_context(capath=bundle)
    else:
        context = ssl.create_default_context(cafile=bundle)
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
