"""What wakes the server's loop for threads that have answered, once for all who want that.

waitress writes a byte into a pipe for each answer. At a thousand a second each write lets other
threads take the interpreter away, and a loop that is awake is only told so again.
"""

from __future__ import annotations

from typing import Any

from waitress.trigger import trigger


class Trigger(trigger):
    """The one of all listeners."""

    _is_pulled = False

    def pull_trigger(self, thunk: Any = None) -> None:
        """Have the loop look at all connections, and do *thunk* if there is one."""
        if thunk or not self._is_pulled:
            self._is_pulled = True
            super().pull_trigger(thunk)

    def handle_read(self) -> None:
        """Take the byte; the loop, which calls this, then looks at all connections."""
        super().handle_read()
        self._is_pulled = False  # not before: a second byte would be taken with the first

    def close(self) -> None:
        """End; whoever answers later writes to no number that is another file's by then."""
        self._is_pulled = True
        super().close()
