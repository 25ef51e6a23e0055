"""What every input owes, whoever wrote it: its descriptor holds what it says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from grafherald import inputs
from grafherald.errors import ConfigError, InvalidEvent
from grafherald.inputs import InputType

NOW = datetime(2026, 11, 21, 3, 12, 5, tzinfo=timezone.utc)
every = pytest.mark.parametrize(
    "kind", [pytest.param(inputs.find(name), id=name) for name in inputs.names()]
)


@every
def test_the_sample_is_an_event(kind: InputType) -> None:
    (event,) = kind.parse(kind.sample, now=NOW)
    assert event.entity
    assert event.check
    assert event.source
    assert event.occurred_at.tzinfo is not None


@every
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b"{}",
        b'"x"',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"environment": {"A": 1}, "macros": []}',
        b'{"environment": {}, "macros": [1]}',
        b'{"environment": {}, "macros": [], "contact": "fax"}',
        b'{"client": 1, "check": 2}',
        b"1" * 10_000,
    ],
    ids=lambda raw: f"{raw[:20]!r}",
)
def test_what_is_no_event_is_refused_in_one_line(kind: InputType, raw: bytes) -> None:
    with pytest.raises(InvalidEvent) as caught:
        kind.parse(raw, now=NOW)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def _cut(raw: bytes) -> Iterator[bytes]:
    return (raw[:end] for end in range(0, len(raw), 7))


@every
def test_a_sample_that_is_cut_short_is_refused(kind: InputType) -> None:
    for raw in _cut(kind.sample):
        with pytest.raises(InvalidEvent):
            kind.parse(raw, now=NOW)


@every
def test_without_settings_there_are_no_links_of_its(kind: InputType) -> None:
    (event,) = kind.parse(kind.sample, now=NOW)
    assert kind.linked(event, {}) == event


@every
def test_what_is_captured_is_bytes(kind: InputType) -> None:
    assert isinstance(kind.capture({}, {"NAGIOS_HOSTNAME": "db01"}, lambda: b"piped"), bytes)


@every
def test_it_has_a_limit_and_says_what_it_takes(kind: InputType) -> None:
    assert 0 < kind.limit <= inputs.LIMIT
    assert all("/" in each for each in kind.content_types)
    assert kind.summary.strip().splitlines()[0].endswith(".")


@every
def test_to_know_it_costs_no_slow_import(kind: InputType) -> None:
    slow = "{'typing', 'dataclasses', 'json', 'functools', 'importlib.metadata'}"
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from grafherald import inputs;"
        f"inputs.find(sys.argv[2]); print(*({slow} & set(sys.modules)))"
    )
    package = str(Path(inputs.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, package, kind.name],
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"\n"


def test_an_unknown_input_is_an_error_that_lists_the_known() -> None:
    with pytest.raises(
        ConfigError,
        match="there is no input 'pigeon'; there are alertmanager, grafana, healthchecks, nagios, ",
    ):
        inputs.find("pigeon")
