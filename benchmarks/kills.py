"""kill -9 at random moments, again and again: what was kept, what was delivered, what twice.

    python benchmarks/kills.py [200] [--store postgresql://...] [--seed 5]

So many times a daemon that is handed events without a pause is killed, and so many times a pipe
handler that works on its own. Then a daemon delivers what is left; it takes over the leases of the
dead at once rather than after a minute. Kept is what a sender was told is kept, and what the store
has. Repeated is what the room saw more than once, marked is what it was told may be a repeat. The
exit status is 1 when something kept was not delivered, or repeated without its mark.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from grafherald.delivery.backlog import Backlog
from grafherald.delivery.outbox import CLAIMED, DUE, FAILED
from grafherald.demo.standins import chat as chat_standin
from grafherald.server import handover
from grafherald.store import open_database

TOLD = re.compile(r"event (\d+) of")


def event(number: int) -> bytes:
    name = f"web{number % 7}"
    check = {
        "name": "cpu",
        "status": 2,
        "output": f"event {number} of {name}",
        "history": ["0", "2"],
    }
    client = {"name": name, "address": "10.0.0.1"}
    whole = {"id": str(number), "client": client, "check": check, "occurrences": 1}
    return json.dumps({**whole, "action": "create", "timestamp": int(time.time())}).encode()


def command(folder: str, name: str) -> list[str]:
    return [sys.executable, "-m", "grafherald", name, "--config", f"{folder}/settings.json"]


def started(folder: str) -> subprocess.Popen[str]:
    """Start a daemon; return it when it listens."""
    daemon = subprocess.Popen(command(folder, "serve"), stderr=subprocess.PIPE, text=True)
    assert daemon.stderr
    while "listens on" not in (line := daemon.stderr.readline()):
        assert line, "the daemon did not start"
    threading.Thread(target=daemon.stderr.read, daemon=True).start()
    return daemon


def kill_daemon(folder: str, numbers: Iterator[int], kept: set[int], after: float) -> None:
    over = threading.Event()

    def load() -> None:
        while not over.wait(0.005):
            number = next(numbers)
            if handover.offer(f"{folder}/daemon.sock", "sensu", event(number)):
                kept.add(number)

    daemon = started(folder)
    loader = threading.Thread(target=load)
    loader.start()
    time.sleep(after)
    daemon.kill()
    over.set()
    loader.join()
    daemon.wait()


def kill_handler(folder: str, numbers: Iterator[int], kept: set[int], after: float) -> None:
    number = next(numbers)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    handler: subprocess.Popen[bytes] = subprocess.Popen(
        command(folder, "sensu"), stdin=subprocess.PIPE, **quiet
    )
    assert handler.stdin
    with handler.stdin:
        handler.stdin.write(event(number))
    try:
        if handler.wait(after) == 0:
            kept.add(number)
    except subprocess.TimeoutExpired:
        handler.kill()
        handler.wait()


def deliver_the_rest(folder: str, store: str) -> int:
    """Run a daemon until nothing waits; return how many deliveries failed."""
    database = open_database(store)
    database.run("UPDATE deliveries SET lease = 1 WHERE lease IS NOT NULL")
    daemon = started(folder)
    while Backlog(database).deliveries([DUE, CLAIMED], 1):
        time.sleep(0.1)
    daemon.terminate()
    daemon.wait()
    failed = Backlog(database).depth()[FAILED]
    database.close()
    return failed


def numbers_in(store: str) -> set[int]:
    database = open_database(store)
    found = {int(TOLD.findall(row[0])[0]) for row in database.rows("SELECT event FROM events")}
    database.close()
    return found


def report(kept: set[int], texts: list[str], failed: int) -> int:
    seen = Counter(int(number) for text in texts for number in TOLD.findall(text))
    plain = [text for text in texts if "(may be a repeat)" not in text]
    unmarked = Counter(int(number) for text in plain for number in TOLD.findall(text))
    lost = [number for number in kept if not seen[number]]
    silent = [number for number, times in unmarked.items() if times > 1]
    print(f"  {len(kept)} kept, {len(kept) - len(lost)} delivered, {len(lost)} lost")
    print(f"  {sum(seen.values()) - len(seen)} repeated, {len(texts) - len(plain)} marked")
    print(f"  {len(silent)} repeated without a mark, {failed} failed for good")
    return 1 if lost or silent or failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("times", type=int, nargs="?", default=200)
    parser.add_argument("--store", help="an empty one")
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    chance, numbers, kept = random.Random(args.seed), count(), set[int]()
    with tempfile.TemporaryDirectory() as folder, chat_standin.running("room-token") as chat:
        room: dict[str, Any] = {"type": "hipchat", "url": chat.url, "token": "room-token"}
        store = args.store or f"sqlite:///{folder}/store.db"
        settings = {
            "store": store,
            "channels": {"ops": {**room, "room": "ops", "per_minute": 0}},
            "listen": {"unix": f"{folder}/daemon.sock"},
        }
        Path(folder, "settings.json").write_text(json.dumps(settings))
        for _ in range(args.times):
            kill_daemon(folder, numbers, kept, chance.uniform(0.02, 0.6))
            kill_handler(folder, numbers, kept, chance.uniform(0.1, 0.6))
        failed = deliver_the_rest(folder, store)
        print(f"{args.times} daemons and {args.times} pipe handlers killed")
        return report(kept | numbers_in(store), [m.text for m in chat.hipchat.messages], failed)


if __name__ == "__main__":
    sys.exit(main())
