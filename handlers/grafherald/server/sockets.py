"""Sensu's TCP and UDP sockets, and the Unix socket of the hand-over; one thread serves all.

A connection that is slow, silent, endless or one of thousands costs itself alone: each has a limit
in bytes and in time, and all together one in bytes.
"""

from __future__ import annotations

import asyncio
import logging
import select
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass

from grafherald import inputs
from grafherald.errors import ConfigError, InvalidEvent
from grafherald.server.framing import Values
from grafherald.server.intake import Input, Outcome
from grafherald.server.listeners import Listeners

_log = logging.getLogger(__name__)
_PIECE = 1 << 16
_EXCERPT = 1 << 16  # bytes that are kept of an input that is too large to be read
_TOO_MANY = "too many unfinished inputs at once"
_SILENCE, _STRANGERS = 60.0, 100  # seconds until one is named again in the log, and how many are
_AT_ONCE = 1000  # inputs of connections that wait to be written
_LAST = 0.1  # seconds, before the sockets close


@dataclass(frozen=True)
class SocketLimits:
    """How much a sender may ask of us.

    Attributes:
        largest: bytes of one input.
        together: bytes of all inputs that are not complete yet.
        idle: seconds between two events of a connection, or until its first byte.
        whole: seconds that one input may take from its first byte to its last.
        connections: that are served at the same time; one more pushes out the one that has been
            idle longest, unless all are at work: then it waits in the kernel.
        rest: seconds that a connection may be idle for certain.
    """

    largest: int = 32 << 20
    together: int = 256 << 20
    idle: float = 60.0
    whole: float = 30.0
    connections: int = 2_000
    rest: float = 1.0


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Sockets:
    """Listens until it is stopped.

    Args:
        put: takes an input and answers when it is on disk, or failed to be.

    Attributes:
        may_send: whether a peer's address may; others are hung up on, and their datagrams dropped.
    """

    def __init__(self, put: Callable[[Input], object], limits: SocketLimits) -> None:
        self._put = put
        self.may_send: Callable[[str], bool] = lambda _: True
        self._limits = limits
        self._strangers: dict[str, float] = {}
        self._bytes = 0
        self._served = asyncio.Semaphore(limits.connections)
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._connections: set[asyncio.Task[None]] = set()
        self._idle: dict[asyncio.StreamWriter, float] = {}  # since when, longest first
        self._accepting: list[asyncio.Task[None]] = []
        self._datagrams: list[asyncio.DatagramTransport] = []

    def start(self, listeners: Listeners) -> None:
        """Serve sockets that are bound already."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sockets", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(listeners), self._loop).result()

    def stop(self, seconds: float) -> None:
        """Accept nothing more, and give what is under way *seconds* to end."""
        asyncio.run_coroutine_threadsafe(self._close(seconds), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self, listeners: Listeners) -> None:
        for listener in listeners.tcp:
            self._accepting.append(self._loop.create_task(self._accept(listener, self._events)))
        for listener in listeners.unix:
            self._accepting.append(self._loop.create_task(self._accept(listener, self._hand_over)))
        for listener in listeners.udp:
            transport, _ = await self._loop.create_datagram_endpoint(
                lambda: _Datagrams(self._put, self._is_welcome), sock=listener
            )
            self._datagrams.append(transport)

    async def _close(self, seconds: float) -> None:
        await asyncio.sleep(_LAST)  # what the kernel took for us already is ours to read
        for task in self._accepting:
            task.cancel()
        for transport in self._datagrams:
            transport.close()
        await asyncio.gather(*self._accepting, return_exceptions=True)
        if self._connections:
            _, late = await asyncio.wait(self._connections, timeout=seconds)
            for connection in late:
                connection.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _accept(self, listener: socket.socket, serve: Serve) -> None:
        """Accept as many connections as are served at once; the others wait in the kernel."""
        listener.setblocking(False)
        while True:
            while self._served.locked() and not self._push_out():
                await asyncio.sleep(_LAST)
            await self._served.acquire()
            try:
                connection, address = await self._loop.sock_accept(listener)
            except OSError as error:  # the sender is gone, or there are too many open files
                _log.warning("a connection could not be accepted: %s", error.strerror)
                self._served.release()
                await asyncio.sleep(_LAST)
                continue
            if isinstance(address, tuple) and not self._is_welcome(address[0]):
                connection.close()
                self._served.release()
                continue
            task = self._loop.create_task(self._connected(connection, serve))
            self._connections.add(task)
            task.add_done_callback(self._gone)

    def _is_welcome(self, address: str) -> bool:
        """Tell whether events are taken from there; say it in the log now and then if not."""
        if self.may_send(address):
            return True
        now = self._loop.time()
        if now - self._strangers.get(address, -_SILENCE) >= _SILENCE:
            if len(self._strangers) >= _STRANGERS:
                self._strangers.clear()
            self._strangers[address] = now
            _log.warning("events from %s are not taken: it is not in listen.allow_from", address)
        return False

    def _push_out(self) -> bool:
        """End the connection that has been idle longest; tell whether there was one.

        Only reading ends, so what the kernel took of it already is still read and kept.
        """
        for writer, since in self._idle.items():
            if self._loop.time() - since < self._limits.rest:
                return False
            del self._idle[writer]
            with suppress(OSError):  # the sender has gone by itself
                writer.get_extra_info("socket").shutdown(socket.SHUT_RD)
            return True
        return False

    @contextmanager
    def _resting(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        """Nothing is known of the sender within the block: it may be pushed out."""
        self._idle[writer] = self._loop.time()
        try:
            yield
        finally:
            self._idle.pop(writer, None)

    def _gone(self, task: asyncio.Task[None]) -> None:
        self._connections.discard(task)
        self._served.release()

    async def _connected(self, connection: socket.socket, serve: Serve) -> None:
        reader = asyncio.StreamReader(limit=_PIECE)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await self._loop.connect_accepted_socket(lambda: protocol, connection)
        writer = asyncio.StreamWriter(transport, protocol, reader, self._loop)
        try:
            await serve(reader, writer)
        except (OSError, ValueError, asyncio.TimeoutError, EOFError) as error:
            _log.debug("a connection ended early: %r", error)
        except asyncio.CancelledError:
            pass
        finally:
            writer.close()

    async def _events(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take events one after the other until the sender closes."""
        values = Values(self._limits.largest)
        limits = self._limits
        kept_until = 0.0
        try:
            while True:
                now = self._loop.time()
                patience = kept_until - now if len(values) else limits.idle
                with nullcontext() if len(values) else self._resting(writer):
                    piece = await asyncio.wait_for(reader.read(_PIECE), max(patience, 0.001))
                if not piece:
                    break
                if not len(values):
                    kept_until = now + limits.whole
                before = len(values)
                found = values.feed(piece)
                self._bytes += len(values) - before
                for value in found:
                    await self._take(Input(inputs.DEFAULT, value, insist=True))
                    kept_until = self._loop.time() + limits.whole
                if self._bytes > limits.together:
                    raise InvalidEvent(_TOO_MANY)
            rest = values.rest()
            if rest:
                await self._take(Input(inputs.DEFAULT, rest, insist=True))
        except asyncio.TimeoutError:
            if values.rest():
                await self._refuse(values, "the sender stopped before its end")
        except asyncio.CancelledError:
            if values.rest():  # nobody will send it again, and a person can see what it was
                self._put(self._half(values, "the daemon stopped before its end"))
            raise
        except InvalidEvent as error:
            await self._refuse(values, str(error))
        finally:
            self._bytes -= len(values)

    async def _refuse(self, values: Values, problem: str) -> None:
        await self._take(self._half(values, problem))

    @staticmethod
    def _half(values: Values, problem: str) -> Input:
        return Input(inputs.DEFAULT, values.rest()[:_EXCERPT], insist=True, problem=problem)

    async def _take(self, given: Input) -> Outcome:
        async with self._room:  # others wait in the kernel, and their senders with them
            self._put(given)
            # the end of a connection is none of the input's
            return await asyncio.shield(asyncio.wrap_future(given.answer, loop=self._loop))

    async def _hand_over(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one event of a pipe handler and say what became of it. See `handover`."""
        with self._resting(writer):
            line = await asyncio.wait_for(reader.readline(), self._limits.idle)
        words = line.split()
        known = len(words) == 4 and words[:2] == [b"grafherald", b"1"] and words[3].isdigit()
        source = words[2].decode("ascii", "replace") if known else ""
        length = int(words[3]) if known else 0
        if length > min(self._limits.largest, _limit(source)):
            answer = Outcome("failed", "this daemon does not take that")
        else:
            connection = writer.get_extra_info("socket")
            answer = await self._take_of(reader, source, length, connection)
        text = " ".join(answer.text.split())
        writer.write(f"{answer.outcome} {text}\n".encode("utf-8", "replace"))
        await writer.drain()

    async def _take_of(
        self, reader: asyncio.StreamReader, source: str, length: int, connection: socket.socket
    ) -> Outcome:
        """Read an input of *length* bytes, unless too much is unfinished, and keep it."""
        raw = bytearray()
        until = self._loop.time() + self._limits.whole
        try:
            while len(raw) < length:
                left = max(0.001, until - self._loop.time())
                wanted = min(_PIECE, length - len(raw))
                piece = await asyncio.wait_for(reader.read(wanted), left)
                if not piece:
                    raise EOFError
                raw += piece
                self._bytes += len(piece)
                if self._bytes > self._limits.together:
                    return Outcome("failed", _TOO_MANY)
        finally:
            self._bytes -= len(raw)
        given = Input(source, bytes(raw), is_awaited=lambda: not _is_closed(connection))
        return await self._take(given)


def _is_closed(connection: socket.socket) -> bool:
    """Tell whether the other side has gone; one that only has no more to say still listens."""
    watch = select.poll()
    try:
        watch.register(connection.fileno(), 0)  # POLLHUP comes unasked
        return any(found & select.POLLHUP for _, found in watch.poll(0))
    except (OSError, ValueError):  # our side has closed too
        return True


def _limit(source: str) -> int:
    """How many bytes an input of *source* may have; -1 for a source that there is not."""
    try:
        return inputs.find(source).limit
    except ConfigError:
        return -1


class _Datagrams(asyncio.DatagramProtocol):
    """One event per datagram."""

    def __init__(self, put: Callable[[Input], object], is_welcome: Callable[[str], bool]) -> None:
        self._put = put
        self._is_welcome = is_welcome

    def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
        if not data.isspace() and data and self._is_welcome(sender[0]):
            self._put(Input(inputs.DEFAULT, data, insist=True))
