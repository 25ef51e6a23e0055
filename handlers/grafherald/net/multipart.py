"""Forms with files in them, as HTTP carries them: multipart/form-data. Pure.

https://www.rfc-editor.org/rfc/rfc7578
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import NamedTuple


class File(NamedTuple):
    """A file of a form; its *name* is ours, and plain ASCII."""

    name: str
    content: bytes
    kind: str = "image/png"


def encode(fields: Mapping[str, str], files: Mapping[str, File]) -> tuple[dict[str, str], bytes]:
    """Encode a form: the header that names its type, and its body."""
    boundary = secrets.token_hex(16)
    parts = [
        _part(f'form-data; name="{name}"', "text/plain; charset=utf-8", text.encode())
        for name, text in fields.items()
    ]
    parts += [
        _part(f'form-data; name="{name}"; filename="{file.name}"', file.kind, file.content)
        for name, file in files.items()
    ]
    body = b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), part) for part in parts)
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return kind, body + b"--%s--\r\n" % boundary.encode()


def _part(disposition: str, kind: str, content: bytes) -> bytes:
    return f"Content-Disposition: {disposition}\r\nContent-Type: {kind}\r\n\r\n".encode() + content
