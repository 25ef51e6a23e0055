"""What waits, what failed and why: list, show, retry, drop or drain deliveries.

list    what is due, in hand or failed; --state sent or dropped for what is over
show    one delivery, with its event's input
retry   make failed or dropped ones due at once: ids, or --all-failed
drop    give up what waits or failed
drain   send what is due, now

Examples:
  grafherald outbox list                       what is due, in hand or failed, and why
  grafherald outbox show 17                    with every attempt, and the event
  grafherald outbox retry --all-failed
  grafherald outbox list --rejected            input that was no event
  grafherald outbox drain --seconds 50         what grafherald-drain.timer does
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import time
from collections.abc import Iterable
from datetime import datetime, timezone
from functools import partial
from typing import Any

from grafherald.commands import settings
from grafherald.delivery.backlog import Backlog
from grafherald.delivery.outbox import CLAIMED, DROPPED, DUE, FAILED, SENT, Delivery, Outbox
from grafherald.delivery.rejected import Rejected, rejected, rejected_input
from grafherald.errors import ConfigError
from grafherald.settings import Settings
from grafherald.store import Database, open_database

_STALE = "left: a later message about the same has arrived; --stale sends it all the same"
_ACTIONS = ("list", "show", "retry", "drop", "drain")
_STATES = (DUE, CLAIMED, FAILED, SENT, DROPPED)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this command."""
    parser.add_argument("action", choices=_ACTIONS, help="what to do with them")
    parser.add_argument("ids", nargs="*", type=int, metavar="ID", help="deliveries, as list shows")
    parser.add_argument("--state", action="append", choices=_STATES, help="only these; repeatable")
    parser.add_argument(
        "--rejected", action="store_true", help="list or show input that was no event"
    )
    parser.add_argument("--all-failed", action="store_true", help="retry or drop all that failed")
    parser.add_argument(
        "--stale", action="store_true", help="retry also what a later message has overtaken"
    )
    parser.add_argument("--limit", type=int, default=100, help="list so many, newest first")
    parser.add_argument("--seconds", type=float, default=60, help="drain for so long at most")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")


def run(args: argparse.Namespace) -> int:
    """Do the action; 0 done, 1 a wrong id, 2 something that was to be sent was not."""
    config = settings(args)
    database = open_database(config.kept_at)
    try:
        if args.action == "drain":
            return _drain(database, config, args)
        if args.action == "list":
            return _list(database, args)
        if args.action == "show":
            return (
                _show_rejected(database, args) if args.rejected else _show(Backlog(database), args)
            )
        return _change(Backlog(database), args)
    finally:
        database.close()


def _list(database: Database, args: argparse.Namespace) -> int:
    if args.rejected:
        for refused in rejected(database, args.limit):
            _print(_rejected_fields(refused) if args.json else _rejected_line(refused))
        return 0
    states = args.state or [DUE, CLAIMED, FAILED]
    for delivery in Backlog(database).deliveries(states, args.limit):
        _print(_fields(delivery) if args.json else _line(delivery))
    return 0


def _show(backlog: Backlog, args: argparse.Namespace) -> int:
    for delivery in _found(backlog, args.ids):
        raw = backlog.raw(delivery.event_id)
        failures = backlog.failures(delivery.id)
        if args.json:
            tried = [{"attempt": f.attempt, "at": _time(f.at), "error": f.error} for f in failures]
            _print({**_fields(delivery), "failures": tried, "input": _text(raw)})
            continue
        for name, value in _fields(delivery).items():
            _print(f"{name}: {_clean(value)}")
        for failure in failures:
            _print(_clean(f"attempt {failure.attempt}: {_time(failure.at)} {failure.error}"))
        _print(f"input: {_clean(_text(raw))}")
    return 0


def _show_rejected(database: Database, args: argparse.Namespace) -> int:
    for number in args.ids:
        refused = rejected_input(database, number)
        if refused is None:
            raise ConfigError(f"outbox: there is no rejected input {number}")
        fields = _rejected_fields(refused)
        if args.json:
            _print(fields)
            continue
        for name, value in fields.items():
            _print(f"{name}: {_clean(value)}")
    return 0


def _change(backlog: Backlog, args: argparse.Namespace) -> int:
    ids = args.ids
    if args.all_failed:
        ids = [delivery.id for delivery in backlog.deliveries([FAILED], 10**6)]
    elif not ids:
        raise ConfigError(f"outbox {args.action}: which? Ids as list shows them, or --all-failed")
    now, status = datetime.now(timezone.utc), 0
    change, said = (
        (partial(backlog.retry_now, stale=args.stale), "due now")
        if args.action == "retry"
        else (backlog.drop, "dropped")
    )
    for number in ids:
        done = change(number, now)
        text = said if done else "not changed: it is sent, in hand or not there"
        if not done and args.action == "retry" and backlog.overtaken_by(number) is not None:
            text = _STALE
        _print({"id": number, "changed": done} if args.json else f"{number}: {text}")
        status = status if done else 1
    return status


def _drain(database: Database, config: Settings, args: argparse.Namespace) -> int:
    from grafherald.delivery.illustrate import Illustrator, TimeLimits, picture_source
    from grafherald.delivery.sender import Sender
    from grafherald.notification.templates import open_templates

    deadline, status = time.monotonic() + args.seconds, 0
    limits = TimeLimits.within(config, config.deadline)
    templates, illustrator = open_templates(config), Illustrator(config, picture_source(config))
    sender = Sender(database, config, templates, illustrator, lambda: limits)
    Outbox(database).forget_the_future(datetime.now(timezone.utc))
    sender.fallback.help_overdue()
    while time.monotonic() < deadline and (sent := sender.deliver()):
        for delivery in sent.deliveries:
            after = Backlog(database).delivery(delivery.id) or delivery
            _print(_fields(after) if args.json else _line(after))
        status = 2 if sent.error else status
    return status


def _found(backlog: Backlog, ids: Iterable[int]) -> Iterable[Delivery]:
    for number in ids:
        delivery = backlog.delivery(number)
        if delivery is None:
            raise ConfigError(f"outbox: there is no delivery {number}")
        yield delivery


def _fields(delivery: Delivery) -> dict[str, Any]:
    event = delivery.event
    return {
        "id": delivery.id,
        "state": delivery.state,
        "channel": delivery.channel,
        "recipient": delivery.recipient,
        "entity": event.entity,
        "check": event.check,
        "kind": event.kind.value,
        "severity": event.state.value,
        "received": _time(delivery.received),
        "attempts": delivery.attempts,
        "due": _time(delivery.due),
        "error": delivery.error,
        "receipt": delivery.receipt,
        "may_repeat": delivery.may_repeat,
        "event": delivery.event_id,
    }


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _line(delivery: Delivery) -> str:
    event = delivery.event
    to = f"{delivery.channel} {delivery.recipient}".strip()
    said = delivery.error or delivery.receipt
    tries = f"{delivery.attempts} attempt{'' if delivery.attempts == 1 else 's'}"
    what = f"{event.entity}/{event.check} {event.kind.value} for {to}"
    when = delivery.received.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    line = f"{delivery.id}  {delivery.state}  {when}  {what}, {tries}"
    return _clean(f"{line}: {said}" if said else line)


def _rejected_fields(refused: Rejected) -> dict[str, Any]:
    return {
        "id": refused.id,
        "received": refused.received.isoformat(timespec="seconds"),
        "source": refused.source,
        "reason": refused.reason,
        "bytes": refused.size,
        "input": _text(refused.raw),
    }


def _rejected_line(refused: Rejected) -> str:
    when = refused.received.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    start = _text(refused.raw[:60])
    return _clean(f"{refused.id}  {when}  {refused.source}: {refused.reason}: {start}")


def _text(raw: bytes) -> str:
    """Show bytes as text, or as base64 when they are none."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return "base64:" + base64.b64encode(raw).decode()


def _clean(value: object) -> str:
    """Put a value on one line for a terminal: what an event says must not steer it."""
    text = " ".join(str(value).split())
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _print(line: str | dict[str, Any]) -> None:
    text = line if isinstance(line, str) else json.dumps(line)
    sys.stdout.write(text.encode(errors="replace").decode() + "\n")
