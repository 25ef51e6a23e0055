from __future__ import annotations

import io
import json
import logging
from datetime import datetime

import pytest

from grafherald_plugin.hclog import HclogFormatter, log_to


def line(level=logging.INFO, message="started", **more):
    record = logging.LogRecord("grafherald_plugin", level, "f.py", 1, message, (), None)
    vars(record).update(more)
    return json.loads(HclogFormatter().format(record))


@pytest.mark.parametrize(
    ("level", "name"),
    [
        (logging.DEBUG, "debug"),
        (logging.INFO, "info"),
        (logging.WARNING, "warn"),
        (logging.ERROR, "error"),
        (logging.CRITICAL, "error"),
    ],
)
def test_levels_are_hclogs(level, name):
    assert line(level)["@level"] == name


def test_the_time_has_the_form_that_go_plugin_parses():
    assert line(created=1700000000.25)["@timestamp"] == "2023-11-14T22:13:20.250000Z"
    assert datetime.fromisoformat(line()["@timestamp"].replace("Z", "+00:00")).tzinfo


def test_fields_stand_beside_the_message():
    entry = line(fields={"refId": "A"})
    assert (entry["@message"], entry["refId"]) == ("started", "A")


@pytest.mark.parametrize("message", ["two\nlines", 'quo"te', "ünï \x00"])
def test_a_record_is_one_line(message):
    record = logging.LogRecord("g", logging.INFO, "f.py", 1, message, (), None)
    assert "\n" not in HclogFormatter().format(record)


def test_the_command_lines_own_form_gives_way():
    root, own = logging.getLogger(), logging.getLogger("grafherald")
    before = root.handlers[:], root.level, own.handlers[:], own.propagate
    own.handlers, own.propagate = [logging.StreamHandler(io.StringIO())], False
    stream = io.StringIO()
    try:
        log_to(stream)
        logging.getLogger("grafherald_plugin.x").warning("hello")
    finally:
        root.handlers, _, own.handlers, own.propagate = before
        root.setLevel(before[1])
    assert json.loads(stream.getvalue())["@message"] == "hello"
