from __future__ import annotations

import pytest

from grafherald_plugin.errors import HandshakeError
from grafherald_plugin.handshake import Terms, line, read_terms

COOKIE = {"grafana_plugin_type": "datasource"}
TERMS = Terms(2, "", range(0, 1))


@pytest.mark.parametrize("environ", [{}, {"grafana_plugin_type": "renderer"}])
def test_without_the_cookie_it_says_who_starts_it(environ):
    with pytest.raises(HandshakeError, match="Grafana starts it"):
        read_terms(environ)


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        ("2", 2),
        ("1", 1),
        ("1,2", 2),
        ("2,1", 2),
        (" 2 ,3", 2),
        ("", 1),  # a host from before versions were offered: Grafana before 8
        ("7", 1),  # nothing in common: the lowest, so that the host reports it
        ("two", 1),
    ],
)
def test_the_best_common_protocol_is_agreed_on(offered, agreed):
    assert read_terms(COOKIE | {"PLUGIN_PROTOCOL_VERSIONS": offered}).protocol == agreed


@pytest.mark.parametrize(
    ("low", "high", "ports"),
    [("", "", [0]), ("0", "0", [0]), ("5000", "5002", [5000, 5001, 5002])],
)
def test_ports_are_tried_in_the_hosts_order(low, high, ports):
    environ = COOKIE | {"PLUGIN_MIN_PORT": low, "PLUGIN_MAX_PORT": high}
    assert list(read_terms(environ).ports) == ports


@pytest.mark.parametrize(
    ("low", "high", "named"),
    [
        ("x", "1", "PLUGIN_MIN_PORT"),
        ("1", "-1", "PLUGIN_MAX_PORT"),
        ("1", "65536", "PLUGIN_MAX_PORT"),
        ("2", "1", "PLUGIN_MIN_PORT is above"),
    ],
)
def test_wrong_ports_are_named(low, high, named):
    with pytest.raises(HandshakeError, match=named):
        read_terms(COOKIE | {"PLUGIN_MIN_PORT": low, "PLUGIN_MAX_PORT": high})


@pytest.mark.parametrize(
    ("terms", "arguments", "expected"),
    [
        (TERMS, ("tcp", "127.0.0.1:42271"), "1|2|tcp|127.0.0.1:42271|grpc|"),
        (TERMS, ("unix", "/run/p"), "1|2|unix|/run/p|grpc|"),
        (TERMS, ("unix", "/run/p", "MIIB"), "1|2|unix|/run/p|grpc|MIIB"),
        (Terms(1, "", range(1)), ("unix", "/run/p"), "1|1|unix|/run/p|grpc|"),
        (Terms(2, "", range(1), multiplex=True), ("unix", "/p"), "1|2|unix|/p|grpc||true"),
    ],
)
def test_the_line_has_six_fields_and_a_seventh_for_who_multiplexes(terms, arguments, expected):
    assert line(terms, *arguments) == expected


def test_the_line_is_as_plugins_in_go_write_it(shared):
    samples = (shared / "samples/datasource/handshake-lines.txt").read_text()
    assert line(TERMS, "tcp", "127.0.0.1:42271") in samples.splitlines()
    assert line(TERMS, "unix", "/run/grafana/plugin0td2t1fr") in samples.splitlines()
