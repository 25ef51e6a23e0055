"""Where templates that a user wrote run: nothing private is reached, and a loop without end ends.

The clock is looked at in each turn of a loop and in each call, so nothing has to be killed, and no
thread is left behind. What makes one huge text at once is refused.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

SECONDS = 0.5  # for one template
_LONGEST = 1_000_000  # characters or items that a multiplication makes
_LARGEST = 1000  # of an exponent
_now = threading.local()


class TookTooLong(Exception):
    """The time is up."""


@contextmanager
def limited() -> Iterator[None]:
    """Give the block, in this thread, `SECONDS`."""
    _now.until = time.monotonic() + SECONDS
    try:
        yield
    finally:
        _now.until = None


class Sandbox(SandboxedEnvironment):
    """Jinja's sandbox, with a clock. See `limited`."""

    intercepted_binops = frozenset(("*", "**"))

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.filters["_watched"] = _watched

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """See `SandboxedEnvironment.call_binop`."""
        sizes = [len(part) for part in (left, right) if hasattr(part, "__len__")]
        times = [part for part in (left, right) if isinstance(part, int)]
        if operator == "**" and any(abs(number) > _LARGEST for number in times):
            raise SecurityError("the exponent is too large")
        if sizes and times and sizes[0] * times[0] > _LONGEST:
            raise SecurityError("the result is too long")
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, obj: Any, /, *args: Any, **named: Any) -> Any:
        """See `SandboxedEnvironment.call`."""
        _look()
        return super().call(context, obj, *args, **named)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        for loop in template.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, "_watched", [], [], None, None, lineno=loop.lineno)
        return template


def _watched(items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        _look()
        yield item


def _look() -> None:
    until = getattr(_now, "until", None)
    if until is not None and time.monotonic() > until:
        raise TookTooLong
