"""A check's command, fit for a notification."""

from __future__ import annotations

import json
import re

_LENGTH = 1000
_NAME = r"[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api[-_]?key|access[-_]?key)[\w-]*"
_VALUE = r"""(?:"[^"]*"?|'[^']*'?|[^\s&;|]+)"""
_COMMAND = re.compile(r'("command"\s*:\s*)("(?:[^"\\]|\\.)*")')
# a program by a part of its name, at the start or behind a path, and what follows up to an option
_PROGRAM = r"((?:^|[/;|&]|\bsudo)\s*[\w.-]*{}[\w.-]*\s(?:[^;|&]*?\s)?{}\s*)(?!-)[^\s;|&]+"
_NAMES = ("passw", "passphrase", "secret", "token", "key")
_PATTERNS = (  # each with words, in small letters, one of which is in all that it matches
    (_NAMES, rf"(?i)((?<!\S)--?{_NAME}\s+)(?!-){_VALUE}"),  # --password hunter2
    (_NAMES, rf"""(?i)((?<![\w-]){_NAME}["']?\s*[=:]\s*){_VALUE}"""),  # PGPASSWORD=..., ?token=...
    (("://",), r"(://[^\s/:@]*:)[^\s/@]+(?=@)"),  # https://user:password@host
    # curl -u user:password
    (("-u",), r"""((?<!\S)(?:-u|--user)[\s=]+["']?[^\s:"']+:)(?!//)[^\s"']+"""),
    (("mysql",), _PROGRAM.format("mysql", "-p")),  # its port is -P
    (("snmp",), _PROGRAM.format("snmp", "-C")),  # the community
    (("check_http", "check_curl"), r"""(check_\w+\s(?:[^;|&]*?\s)?-a\s*["']?[^\s:]+:)[^\s"']+"""),
    (("authorization",), r"(?i)(\bauthorization:\s*(?:\w+\s+)?)[^\s\"']+"),
)


def masked(command: str) -> str:
    """Put ``***`` where a password or token plainly stands in *command*; cut it if long."""
    if len(command) > _LENGTH:
        command = command[:_LENGTH].rpartition(" ")[0] + " …"
    words = command.casefold()
    for signs, pattern in _PATTERNS:  # to compile them all takes longer than a whole event
        if any(sign in words for sign in signs):
            command = re.sub(pattern, r"\1***", command)
    return command


def masked_input(raw: str) -> str:
    """Mask the commands of an event *raw* as it came; all else stays as it is."""

    def mask(found: re.Match[str]) -> str:
        try:
            command = str(json.loads(found[2], strict=False))
        except ValueError:
            return found[1] + '"***"'
        shown = masked(command)
        return found[0] if shown == command else found[1] + json.dumps(shown, ensure_ascii=False)

    return _COMMAND.sub(mask, raw)
