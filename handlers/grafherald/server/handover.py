"""Hand an event over to the daemon through its Unix socket, and learn that it was kept.

The request is one line, ``grafherald 1 <source> <length>``, then that many bytes of input. The
answer is one line: ``kept``, ``nothing``, ``refused`` or ``failed``, a blank, and a text for
people. It comes when the event is on disk.

This runs once per event, in a process of its own, before anything else is imported, so it imports
next to nothing. It is a script too: ``python3 -I -S handover.py SOCKET SOURCE < input``.
"""

from __future__ import annotations

import _socket
import os
import sys
import time

STATUS = {"kept": 0, "nothing": 0, "refused": 1}
_PATIENCE = 1.0  # seconds without an answer after which the caller does it on its own
_MOST = 64 << 20  # bytes of an input
_LONGEST = 65536  # bytes of an answer


def offer(path: str, source: str, raw: bytes) -> tuple[int, str] | None:
    """Hand an event over: the daemon's exit status and text for a person, or None: do it yourself.

    None means that nobody listens at *path*, that the daemon could not keep the event, or that it
    did not say so within a second. It may have kept it all the same; an event that is kept twice
    is known by its fingerprint and notifies once.
    """
    deadline = time.monotonic() + _PATIENCE
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.settimeout(_PATIENCE)
        connection.connect(path)
        connection.sendall(b"grafherald 1 %s %d\n" % (source.encode(), len(raw)) + raw)
        answer = b""
        while not answer.endswith(b"\n") and len(answer) < _LONGEST:
            connection.settimeout(max(0.001, deadline - time.monotonic()))
            received = connection.recv(_LONGEST)
            if not received:
                return None
            answer += received
    except (OSError, ValueError):
        return None
    finally:
        connection.close()
    word, _, text = answer.decode("utf-8", "replace").strip().partition(" ")
    return (STATUS[word], text) if word in STATUS else None


def hand_over(path: str, source: str, raw: bytes) -> int | None:
    """Hand over, and print the daemon's response; the exit status, or None: do it yourself."""
    answer = offer(path, source, raw)
    if answer is None:
        return None
    status, text = answer
    os.write(2 if status else 1, f"{'grafherald: ' if status else ''}{text}\n".encode())
    return status


def read_input() -> bytes:
    """Take standard input, whole, or more of it than any input may have."""
    parts, size = [], 0
    while size <= _MOST and (part := os.read(0, 1 << 20)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def main() -> int:
    """Hand over standard input; 2 when the daemon did not take it."""
    if len(sys.argv) != 3:
        os.write(2, b"usage: handover.py SOCKET sensu < event.json\n")
        return 2
    status = hand_over(sys.argv[1], sys.argv[2], read_input())
    if status is None:
        os.write(2, b"grafherald: the daemon at %s did not keep the event\n" % sys.argv[1].encode())
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
