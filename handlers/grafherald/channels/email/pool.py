"""At most a few sessions with a mail server at once, each for several mails in a row.

Office 365 refuses a mailbox's fourth connection (432 4.3.2), others the eleventh. A session that is
done goes to a mail that waits for one; when none does, it ends: nothing is kept open for later.
"""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress

from grafherald.net.deadline import Deadline


class Slot:
    """The right to one session, and what is left of the last one."""

    def __init__(self, session: smtplib.SMTP | None) -> None:
        self._session = session

    def take(self) -> smtplib.SMTP | None:
        """Take the session that a mail before left, if there is one."""
        session, self._session = self._session, None
        return session

    def keep(self, session: smtplib.SMTP | None) -> None:
        """Leave *session* for the next mail."""
        self._session = session


class _Pool:
    """The sessions with one server."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open = 0
        self._waiting = 0
        self._left: list[smtplib.SMTP | None] = []

    def enter(self, most: int, deadline: Deadline) -> Slot:
        with self._changed:
            self._waiting += 1
            try:
                while not self._left and self._open >= most:
                    self._changed.wait(deadline.left())
            finally:
                self._waiting -= 1
            if self._left:
                return Slot(self._left.pop())
            self._open += 1
            return Slot(None)

    def leave(self, slot: Slot) -> None:
        session = slot.take()
        with self._changed:
            if self._waiting > len(self._left):
                self._left.append(session)
                session = None
            else:
                self._open -= 1
            # One that waited may have given up since: what was left for it ends.
            idle = [self._left.pop() for _ in range(len(self._left) - self._waiting)]
            self._open -= len(idle)
            self._changed.notify_all()
        for each in (session, *idle):
            if each is not None:
                end(each)


_pools: dict[Hashable, _Pool] = {}
_lock = threading.Lock()


@contextmanager
def slot(server: Hashable, most: int, deadline: Deadline) -> Iterator[Slot]:
    """Give one of *most* slots of the *server*; the process has no more.

    Raises:
        TimeoutError: none was free before the *deadline*.
    """
    with _lock:
        pool = _pools.setdefault(server, _Pool())
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
