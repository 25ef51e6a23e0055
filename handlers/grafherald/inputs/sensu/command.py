"""A check's command, fit for a notification."""

from __future__ import annotations

import re

_LENGTH = 1000
_NAME = r"[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api[-_]?key|access[-_]?key)[\w-]*"
_VALUE = r"""(?:"[^"]*"?|'[^']*'?|[^\s&;|]+)"""
_PATTERNS = (
    rf"(?i)((?<!\S)--?{_NAME}\s+)(?!-){_VALUE}",  # --password hunter2
    rf"""(?i)((?<![\w-]){_NAME}["']?\s*[=:]\s*){_VALUE}""",  # PGPASSWORD=..., ?token=...
    r"(://[^\s/:@]*:)[^\s/@]+(?=@)",  # https://user:password@host
    r"""((?<!\S)(?:-u|--user)[\s=]+["']?[^\s:"']+:)(?!//)[^\s"']+""",  # curl -u user:password
    r"(?i)(\bauthorization:\s*(?:\w+\s+)?)[^\s\"']+",
)


def masked(command: str) -> str:
    """Return *command* with ``***`` where a password or token plainly stands; cut if long."""
    if len(command) > _LENGTH:
        command = command[:_LENGTH].rpartition(" ")[0] + " …"
    for pattern in _PATTERNS:
        command = re.sub(pattern, r"\1***", command)
    return command
