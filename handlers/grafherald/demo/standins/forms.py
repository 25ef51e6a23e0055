"""What a request carries, as a form or as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email import message_from_bytes
from typing import Any

from grafherald.demo.standins.wire import WireRequest


def is_text(fields: Mapping[str, Any]) -> bool:
    """Tell whether what was sent is text in any encoding: JSON can hold half a character."""
    inner = json.loads(fields.get("payload_json", "0"))
    try:
        json.dumps([fields, inner], ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def form(request: WireRequest) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read a form, or a JSON object, into its fields and its files by their names."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return dict(request.fields), {}
    whole = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.body)
    fields: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    for part in whole.walk():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            continue
        if file := part.get_filename():
            files[file] = content
        else:
            fields[name] = content.decode()
    return fields, files
