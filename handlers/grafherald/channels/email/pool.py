"""At most a few sessions with a mail server at once, each for several mails in a row.

Office 365 refuses a mailbox's fourth connection (432 4.3.2), others the eleventh. A session that is
done goes to a mail that waits for one; when none does, it ends: nothing is kept open for later.
"""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress

from grafherald.channels.email import seats
from grafherald.net.deadline import Deadline


class Slot:
    """The right to one session, and what is left of the last one.

    Args:
        seat: the machine's, see `seats`.
    """

    def __init__(self, seat: int) -> None:
        self._seat = seat
        self._session: smtplib.SMTP | None = None

    def take(self) -> smtplib.SMTP | None:
        """Take the session that a mail before left, if there is one."""
        session, self._session = self._session, None
        return session

    def keep(self, session: smtplib.SMTP | None) -> None:
        """Leave *session* for the next mail."""
        self._session = session

    def close(self) -> None:
        """End its session, and let another process have one."""
        session = self.take()
        if session is not None:
            end(session)
        seats.leave(self._seat)


class _Pool:
    """The sessions of this process with one server."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._changed = threading.Condition()
        self._open = 0
        self._waiting = 0
        self._left: list[Slot] = []

    def enter(self, most: int, deadline: Deadline) -> Slot:
        with self._changed:
            self._waiting += 1
            try:
                while not self._left and self._open >= most:
                    self._changed.wait(deadline.left())
            finally:
                self._waiting -= 1
            if self._left:
                return self._left.pop()
            self._open += 1
        try:
            return Slot(seats.take(self._server, most, deadline))
        except BaseException:
            with self._changed:
                self._open -= 1
                self._changed.notify_all()
            raise

    def leave(self, slot: Slot) -> None:
        with self._changed:
            self._left.append(slot)
            # Those that nobody waits for end, also what was left for one that has given up since.
            idle = [self._left.pop() for _ in range(len(self._left) - self._waiting)]
            self._open -= len(idle)
            self._changed.notify_all()
        for each in idle:
            each.close()


_pools: dict[Hashable, _Pool] = {}
_lock = threading.Lock()


@contextmanager
def slot(server: Hashable, name: str, most: int, deadline: Deadline) -> Iterator[Slot]:
    """Give one of *most* slots of the *server*; this user's processes have no more together.

    Args:
        server: it and how it is spoken to: sessions of one kind serve no mail of another.
        name: what its sessions count under on this machine; no secret.

    Raises:
        TimeoutError: none was free before the *deadline*.
    """
    with _lock:
        pool = _pools.setdefault(server, _Pool(name))
    entered = pool.enter(most, deadline)
    try:
        yield entered
    finally:
        pool.leave(entered)


def end(session: smtplib.SMTP) -> None:
    """End a session politely, without waiting for the answer."""
    with suppress(smtplib.SMTPException, OSError):
        session.putcmd("QUIT")
    session.close()
