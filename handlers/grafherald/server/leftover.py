"""What could not be written before the daemon had to end: a file, for the next start.

One JSON object a line, beside the store where that is a file.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial

from grafherald.server.intake import FAILED, Input, Outcome

_log = logging.getLogger(__name__)


def place(store: str, environment: Mapping[str, str]) -> str | None:
    """How the files' names begin; None where there is no folder that outlives the process."""
    if store.startswith("sqlite:///"):
        return store[len("sqlite:///") :] + ".waiting-"
    folder = environment.get("STATE_DIRECTORY", "").partition(":")[0]
    return os.path.join(folder, "events.waiting-") if folder else None


def write(begin: str, inputs: Sequence[Input]) -> str:
    """Put *inputs* into a new file and return its name; it is on disk then, or OSError."""
    name = f"{begin}{time.time_ns()}"
    unfinished = f"{name}.new"
    with open(unfinished, "x", encoding="ascii", opener=partial(os.open, mode=0o600)) as file:
        for given in inputs:
            raw = base64.b64encode(given.raw).decode()
            line = {"source": given.source, "problem": given.problem, "raw": raw}
            file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.rename(unfinished, name)
    folder = os.open(os.path.dirname(name) or ".", os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return name


def take_back(begin: str, put: Callable[[Input], Future[Outcome]]) -> None:
    """Take the inputs of all such files; a file goes when its inputs are on disk in the store."""
    folder, start = os.path.split(begin)
    for name in sorted(os.listdir(folder or ".")):
        if name.startswith(start) and not name.endswith(".new"):
            path = os.path.join(folder, name)
            try:
                inputs = _read(path)
            except (OSError, ValueError, KeyError) as error:
                _log.error("%s: what the daemon could not write can't be read: %s", path, error)
                continue
            _log.info("%s: %d inputs of the last run are taken", path, len(inputs))
            _put_all(path, inputs, put)


def _read(path: str) -> list[Input]:
    with open(path, encoding="ascii") as file:
        lines = [json.loads(line) for line in file]
    return [
        Input(line["source"], base64.b64decode(line["raw"]), insist=True, problem=line["problem"])
        for line in lines
    ]


def _put_all(path: str, inputs: Sequence[Input], put: Callable[[Input], Future[Outcome]]) -> None:
    left = [len(inputs)]
    lock = threading.Lock()

    def one_less(answer: Future[Outcome]) -> None:
        with lock:
            left[0] -= answer.result().outcome != FAILED
            if left[0] == 0:
                os.unlink(path)

    for given in inputs:
        put(given).add_done_callback(one_less)
