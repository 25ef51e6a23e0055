"""Few renders at once, whoever asks for them, and none before the time that Grafana asks for."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from grafherald.errors import GraphError
from grafherald.net.deadline import Deadline
from grafherald.threads import begin

_T = TypeVar("_T")
_ASK_AGAIN = 5.0  # seconds
_LEAST_REST = 1.0  # seconds; "Retry-After: 0" would have Grafana asked without end
_MOST_RESTING = 1000  # of what Grafana's wishes to wait are about


def in_a_thread(work: Callable[[], object]) -> Callable[[], bool]:
    """Begin *work* at once: as `Limiter.begin`, for what needs no turn."""
    begin(work)
    return lambda: False


class NoTurnError(GraphError):
    """Its turn did not come in time."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__(
            f"the renders before this one took longer than {deadline.seconds:.3g} s",
            status=503,
            hint="Grafana renders slowly; ask again later.",
            retry_after=_ASK_AGAIN,
        )


class _Wish(NamedTuple):
    """That Grafana is not asked *until* then, in ``time.monotonic()`` seconds, and why."""

    until: float
    text: str
    hint: str


class Limiter:
    """The renders in flight of one process.

    Args:
        at_once: how many Grafana is asked for at the same time.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._free = at_once
        self._line: deque[threading.Lock] = deque()  # who waits for a turn, the first first
        self._lock = threading.Lock()
        self._waiting = 0
        self._threads = 0
        self._begun: set[Hashable] = set()
        self._to_begin: deque[tuple[Hashable, Callable[[], object]]] = deque()
        self._quiet: OrderedDict[Hashable, _Wish] = OrderedDict()

    @property
    def waiting(self) -> int:
        """How many renders run or wait for their turn."""
        return self._waiting + len(self._to_begin)

    def begin(self, key: Hashable, work: Callable[[], object]) -> Callable[[], bool]:
        """Have *work*, which is a `run` and raises nothing, done in a thread, as soon as it may.

        What waits has no thread meanwhile: sixteen that wake each other for their turns cost a
        fifth of what a machine can do. A second work of one *key* has a thread at once: it has no
        turn, for it waits for what comes of the first.

        Returns:
            what gives the work up, and tells whether it was not begun yet.

        Raises:
            RuntimeError: the system gives no thread.
        """
        with self._lock:
            is_first = key not in self._begun
            self._begun.add(key)
            if is_first and self._threads == self._at_once:
                self._to_begin.append((key, work))
                return lambda: self._give_up(key, work)
            self._threads += is_first
        if not is_first:
            return in_a_thread(work)
        try:
            return in_a_thread(lambda: self._work(key, work))
        except RuntimeError:
            with self._lock:
                self._threads -= 1
                self._begun.discard(key)
            raise

    def _give_up(self, key: Hashable, work: Callable[[], object]) -> bool:
        with self._lock:
            try:
                self._to_begin.remove((key, work))
            except ValueError:
                return False
            self._begun.discard(key)
            return True

    def _work(self, key: Hashable, work: Callable[[], object]) -> None:
        while True:
            work()
            with self._lock:
                self._begun.discard(key)
                if not self._to_begin:
                    self._threads -= 1
                    return
                key, work = self._to_begin.popleft()

    def run(
        self, key: Hashable, deadline: Deadline, render: Callable[[], _T], patience: Deadline
    ) -> _T:
        """Run *render* in its turn; again, when Grafana asks to wait and there is time for that.

        Args:
            key: what Grafana's wish to wait is about.
            patience: until when such a wait is of use to whoever asks.

        Raises:
            GraphError: what *render* raised; 503 when Grafana wants a longer pause.
            NoTurnError: the renders before took too long.
        """
        with self._counted():
            while True:
                self._rest(key, patience)
                with self._turn(deadline):
                    try:
                        return render()
                    except GraphError as error:
                        if error.retry_after is None:
                            raise
                        self._keep_quiet(key, error, error.retry_after)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1

    def _rest(self, key: Hashable, patience: Deadline) -> None:
        """Wait as long as Grafana asked us to, or say that this is too long."""
        with self._lock:
            wish = self._quiet.get(key)
        pause = wish.until - time.monotonic() if wish else 0.0
        if wish is None or pause <= 0:
            return
        if not patience.allows(pause):
            raise GraphError(wish.text, status=503, hint=wish.hint, retry_after=pause)
        time.sleep(pause)

    @contextmanager
    def _turn(self, deadline: Deadline) -> Iterator[None]:
        self._take_turn(deadline)
        try:
            yield
        finally:
            self._pass_turn_on()

    def _take_turn(self, deadline: Deadline) -> None:
        """Wait for a turn behind those who came before, so that nobody is overtaken for ever.

        Raises:
            NoTurnError: it did not come in time.
        """
        if deadline.passed:
            raise NoTurnError(deadline)
        with self._lock:
            if self._free:
                self._free -= 1
                return
            ours = threading.Lock()
            ours.acquire()
            self._line.append(ours)
        if ours.acquire(timeout=deadline.remaining):
            return
        with self._lock:
            if ours in self._line:
                self._line.remove(ours)
                raise NoTurnError(deadline)

    def _pass_turn_on(self) -> None:
        with self._lock:
            if self._line:
                self._line.popleft().release()
            else:
                self._free += 1

    def _keep_quiet(self, key: Hashable, error: GraphError, seconds: float) -> None:
        now = time.monotonic()
        until = now + max(seconds, _LEAST_REST)
        with self._lock:
            self._quiet[key] = _Wish(until, f"{error} and asks us to wait", error.hint)
            self._quiet.move_to_end(key)
            while len(self._quiet) > _MOST_RESTING or next(iter(self._quiet.values())).until <= now:
                self._quiet.popitem(last=False)
