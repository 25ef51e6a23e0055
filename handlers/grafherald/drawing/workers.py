"""Processes that draw, so that a server's threads go on meanwhile.

A picture holds the interpreter's lock for 20 to 200 ms. A worker starts when it is needed first,
ends when it was not for a while or the server is gone, has a limit on its memory, and is killed
when it does not answer in time: then the next picture starts another.
"""

from __future__ import annotations

import json
import os
import pickle
import queue
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from grafherald.drawing.paint import Drawn, Task
from grafherald.errors import GraphError
from grafherald.net.deadline import Deadline

_HEAD = struct.Struct("!BII")  # is it a picture, bytes of JSON, bytes behind that
_LENGTH = struct.Struct("!I")
_LONGEST = 10.0  # seconds; a picture takes two at most, on an idle machine
_LARGEST = 32 << 20  # bytes of one answer
_IDLE = 120.0  # seconds without work after which a worker ends
_MEMORY = 768 << 20  # bytes of address space
_PACKAGES = str(Path(__file__).resolve().parents[2])


class DrawWorkers:
    """Draws in processes of its own. See `artist.Engine`.

    Args:
        number: how many draw side by side.
    """

    def __init__(self, number: int = 2) -> None:
        self._free: queue.LifoQueue[_Worker] = queue.LifoQueue()  # so that the others may end
        for _ in range(number):
            self._free.put(_Worker())

    def __call__(self, task: Task, deadline: Deadline) -> Drawn:
        """Draw *task* by the *deadline*.

        Raises:
            GraphError: it can't be drawn, or not in time.
        """
        job = pickle.dumps(task, pickle.HIGHEST_PROTOCOL)
        try:
            worker = self._free.get(timeout=deadline.remaining)
        except queue.Empty:
            text = f"the pictures before this one took longer than {deadline.seconds:.3g} s"
            raise GraphError(text, status=503) from None
        try:
            return worker.draw(job, Deadline(min(_LONGEST, deadline.remaining)))
        finally:
            self._free.put(worker)


class _Worker:
    """One process, or the next one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def draw(self, job: bytes, deadline: Deadline) -> Drawn:
        """Draw; where the process ended meanwhile, by another one."""
        was_there = self._socket is not None
        try:
            return self._exchange(job, deadline)
        except TimeoutError:
            self._end()
            text = f"the picture was not drawn within {deadline.seconds:.3g} s"
            raise GraphError(text, status=504) from None
        except OSError:
            self._end()
            if was_there:
                return self.draw(job, deadline)
            raise GraphError("the process that draws died of this panel", status=500) from None

    def _exchange(self, job: bytes, deadline: Deadline) -> Drawn:
        connection = self._connected()
        connection.settimeout(deadline.left())
        connection.sendall(_LENGTH.pack(len(job)) + job)
        is_picture, about, rest = _HEAD.unpack(_received(connection, _HEAD.size, deadline))
        if about + rest > _LARGEST:
            raise OSError("too much")
        words = json.loads(_received(connection, about, deadline))
        picture = _received(connection, rest, deadline)
        if not is_picture:
            raise GraphError(words["error"], hint=words["hint"])
        return Drawn(picture, words["last"], tuple(words["notes"]))

    def _connected(self) -> socket.socket:
        if self._socket is None:
            ours, theirs = socket.socketpair()
            paths = [_PACKAGES, *(path for path in sys.path if path)]
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "grafherald.drawing.workers"],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={**_environment(), "PYTHONPATH": os.pathsep.join(paths)},
                )
            self._socket = ours
        return self._socket

    def _end(self) -> None:
        if self._socket is not None:
            self._socket.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._socket = self._process = None


def _environment() -> dict[str, str]:
    """What a worker needs to know of ours: no secret."""
    return {k: v for k, v in os.environ.items() if not k.startswith("GRAFHERALD_")}


def _received(connection: socket.socket, size: int, deadline: Deadline) -> bytes:
    parts = []
    while size:
        connection.settimeout(deadline.left())
        part = connection.recv(min(size, 1 << 20))
        if not part:
            raise OSError("it ended")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _serve(connection: socket.socket) -> None:
    """Draw what comes, until nothing more does."""
    from grafherald.drawing.paint import paint

    while True:
        connection.settimeout(_IDLE)
        deadline = Deadline(_IDLE)
        (size,) = _LENGTH.unpack(_received(connection, _LENGTH.size, deadline))
        task = pickle.loads(_received(connection, size, deadline))  # noqa: S301 - of our own server
        picture = b""
        try:
            drawn = paint(task)
            words: dict[str, object] = {"last": drawn.last, "notes": drawn.notes}
            picture = drawn.picture
        except GraphError as error:
            words = {"error": str(error), "hint": error.hint}
        except Exception as error:  # noqa: BLE001 - our mistake costs this picture alone
            words = {"error": f"internal error ({type(error).__name__})", "hint": ""}
        about = json.dumps(words).encode()
        connection.settimeout(_LONGEST)
        head = _HEAD.pack(bool(picture), len(about), len(picture))
        connection.sendall(head + about + picture)


def _bound() -> None:
    """Take little of the machine: others than us have alerts to deliver."""
    import resource

    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    with suppress(OSError):
        os.nice(5)


if __name__ == "__main__":
    _bound()
    with suppress(OSError):
        _serve(socket.socket(fileno=os.dup(0)))
