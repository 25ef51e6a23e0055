"""A JSON API on a free port of loopback, quick enough to be measured against.

``python json_api.py`` prints its port. The target says what ``POST /query`` answers:
``points:N`` (one series of N points), ``series:K:N``, ``gaps``, ``table``, ``numbers``, ``long``,
``down`` (503), ``slow`` (never), ``drip`` (a byte now and then), ``wrong`` (no JSON), ``huge``
(100 MB), ``deep`` (nested 100,000 times), ``text`` (texts for numbers).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

START = 1_700_000_000_000


def main() -> None:
    asyncio.run(serve())


async def serve() -> None:
    server = await asyncio.start_server(_connection, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
            body = json.loads(await reader.readexactly(int(length or 0)) or b"{}")
            await _answer(writer, head.split()[1].decode(), body)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _answer(writer: asyncio.StreamWriter, path: str, body: Any) -> None:
    target = body["targets"][0]["target"] if path.endswith("/query") else path
    if target == "slow":
        await asyncio.sleep(3600)
    if target == "drip":
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-More: 1\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)
    if target == "huge":
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(100):
            writer.write(b"100000\r\n" + b"[" * 0x100000 + b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        return
    status, content = _content(target)
    writer.write(
        b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        % (status, len(content))
        + content
    )
    await writer.drain()


@cache
def _content(target: str) -> tuple[int, bytes]:
    name, *numbers = target.split(":")
    plain = {
        "down": (503, b"out for lunch"),
        "wrong": (200, b"<html>a login page</html>"),
        "deep": (200, b"[" * 100_000),
        "/": (200, b"{}"),
    }
    if name in plain:
        return plain[name]
    return 200, json.dumps(_document(name, [int(n) for n in numbers])).encode()


def _document(name: str, numbers: list[int]) -> Any:
    documents: dict[str, Any] = {
        "/search": ["cpu", "memory"],
        "/tag-keys": [{"type": "string", "text": "host"}],
        "/tag-values": [{"text": "web01"}],
        "text": [{"target": "state", "datapoints": [["up", START], ["down", START + 1000]]}],
        "gaps": [
            {"target": "a", "datapoints": [[1, START], [2.5, START + 1000], [None, START + 2000]]},
            {"target": "b", "tags": {"host": "web02"}, "datapoints": [[7, START + 1000]]},
        ],
        "table": _table(("Time", "time"), ("Country", "string"), ("Up", "boolean"), ("N", "number"))
        | {"rows": [[START, "SE", True, 1.5], [None, None, None, None]]},
        "numbers": _table(("Country", "string"), ("N", "number"))
        | {"rows": [["SE", 123.5], ["DE", None]]},
        "long": _table(("Time", "time"), ("host", "string"), ("N", "number"))
        | {"rows": [[START, "a", 1], [START, "b", 2], [START + 1000, "a", 3]]},
    }
    if name == "points":
        return [_series("a", *numbers)]
    if name == "series":
        return [_series(f"s{index}", numbers[1]) for index in range(numbers[0])]
    found = documents[name]
    return [found] if isinstance(found, dict) else found


def _table(*columns: tuple[str, str]) -> dict[str, Any]:
    return {"type": "table", "columns": [{"text": text, "type": kind} for text, kind in columns]}


def _series(name: str, count: int) -> dict[str, Any]:
    return {"target": name, "datapoints": list(_points(count))}


def _points(count: int) -> Iterator[list[float]]:
    for index in range(count):
        yield [round(index * 0.3717 % 97, 3), START + index * 1000]


if __name__ == "__main__":
    main()
