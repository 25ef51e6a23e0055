from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.errors import QueryError
from grafherald.history.conditions import Condition
from grafherald.history.grammar import equal, parse

HOSTS = ("web01.example.com", "web01xexample.com", "db 2", "load (5m)", "disk /var", "")


def kept(words: str, **options: bool) -> list[str]:
    """Return which of HOSTS meet the conditions."""
    found = [(one.matcher(), one.is_negated) for one in parse(words, **options)]
    return [host for host in HOSTS if all(m(host) is not negated for m, negated in found)]


# What Grafana's `regex` format makes of a variable: one value, two values, "All" with its usual
# allValue, each as people write a variable into a condition.
@pytest.mark.parametrize("form", ["x={}", 'x="{}"', "x=~{}", 'x=~"{}"', 'x={} y="z"', "x=~{} y=z"])
@pytest.mark.parametrize(
    ("filled_in", "expected"),
    [
        (r"web01\.example\.com", ["web01.example.com"]),
        (r"load \(5m\)", ["load (5m)"]),
        (r"disk \/var", ["disk /var"]),
        ("db 2", ["db 2"]),
        (r"(web01\.example\.com|db 2)", ["web01.example.com", "db 2"]),
        (r"(load \(5m\)|disk \/var|db 2)", ["db 2", "load (5m)", "disk /var"]),
        (r"disk (\/|\/var)", ["disk /var"]),
        (".*", list(HOSTS)),
    ],
)
def test_a_variable_is_the_values_that_were_chosen(
    form: str, filled_in: str, expected: list[str]
) -> None:
    words = form.format(filled_in)
    found = [c for c in parse(words, run_on=True) if c.key == "x"]
    assert len(found) == 1
    matches = found[0].matcher()
    assert [host for host in HOSTS if matches(host)] == expected


def escaped(value: str) -> str:
    """Return *value* as Grafana's ``regex`` format does."""
    return re.sub(r"[\\^$*+?.()|\[\]{}/]", r"\\\g<0>", value)


VALUES = st.text("ab \\\"'()|*?./{}[]$^+-", min_size=1, max_size=12).filter(
    lambda value: value == value.strip() and " " * 2 not in value
)


@given(st.lists(VALUES, min_size=1, max_size=3, unique=True), st.sampled_from(["=", "=~"]))
def test_whatever_a_value_holds_it_is_found_again(values: list[str], operator: str) -> None:
    each = [escaped(value) for value in values]
    filled_in = each[0] if len(each) == 1 else f"({'|'.join(each)})"
    forms = [f'x{operator}"{filled_in}"', f'x{operator}"{filled_in}" y="z"']
    if not filled_in.startswith('"'):
        forms.append(f"x{operator}{filled_in}")
    for words in forms:
        first = parse(words, run_on=True)[0]
        matches = first.matcher()
        assert [v for v in [*values, "other"] if matches(v)] == values, words


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (r"state web01\.example\.com/load \(5m\)", ["web01.example.com/load (5m)"]),
        (r"state (web01\.example\.com|db 2)/(cpu|x)", ["web01.example.com/cpu", "db 2/cpu"]),
        ("state .*/cpu", ["web01.example.com/cpu", "db 2/cpu"]),
        (r"state db 2/.*", ["db 2/cpu", "db 2/disk /var"]),
        ("state db 2/disk /var", ["db 2/disk /var"]),
        ("state web*/cpu entity=x", ["web01.example.com/cpu"]),
    ],
)
def test_a_name_may_have_blanks_and_variables(words: str, expected: list[str]) -> None:
    names = (
        "web01.example.com/load (5m)",
        "web01.example.com/cpu",
        "db 2/cpu",
        "db 2/disk /var",
    )
    found = parse(words.removeprefix("state "), whole_names=True)[0].matcher()
    assert [name for name in names if found(name)] == expected


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ('x="say "hi" now"', ('say "hi" now',)),
        ('x="say "hi" now" y=z', ('say "hi" now',)),
        ('x="load team=a" y=z', ("load team=a",)),
        (r'x="a \" b"', ('a " b',)),
        ('x="first" word', ("first",)),
        ("x=a b y=z", ("a b",)),
        ('x=say "hi"', ('say "hi"',)),
        ("severity=warning word", ("warning",)),
    ],
)
def test_a_value_ends_where_the_next_condition_begins(words: str, values: tuple[str, ...]) -> None:
    assert parse(words, run_on=True)[0].values == values


def test_in_a_search_box_a_blank_ends_a_value() -> None:
    assert parse("entity=web* front") == (
        Condition("entity", "=*", ("web*",)),
        Condition("name", "=*", ("*front*",)),
    )


@pytest.mark.parametrize(
    ("words", "patterns"),
    [
        (r"web01\.example", ("*web01.example*",)),
        ("(web01|db 2)", ("*web01*", "*db 2*")),
        (".*", ("***",)),
        ("a(b", ("*a(b*",)),
    ],
)
def test_a_word_alone_may_be_a_variable(words: str, patterns: tuple[str, ...]) -> None:
    assert [c.values for c in parse(words)] == [patterns]


def test_a_payloads_value_may_have_been_escaped_or_not() -> None:
    found = equal("check", "=", [r"C:\ Drive Space", r"load \(5m\)"], as_is=True).matcher()
    assert found(r"C:\ Drive Space")
    assert found("load (5m)")


def test_too_many_values_are_refused_before_they_are_made() -> None:
    with pytest.raises(QueryError, match="1000 values"):
        parse("x=" + "(a|b)" * 30)


@pytest.mark.parametrize(
    "words",
    ["(" * 100_000, 'x="' + '" ' * 50_000, "x=" + "a " * 100_000, "x=(" + "|" * 100_000, "x= " * 9],
)
def test_no_text_takes_long_to_read(words: str) -> None:
    began = time.monotonic()
    with pytest.raises(QueryError):
        parse(words, run_on=True)
    assert time.monotonic() - began < 10


@given(st.text("abc*?|\\\"'() ", min_size=1, max_size=20))
def test_a_quoted_value_is_itself(value: str) -> None:
    """But for what only a variable is: alternatives in parentheses."""
    quoted = re.sub(r'[\\"()|]', r"\\\g<0>", value)
    assert parse(f'x="{quoted}"') == (Condition("x", "=", (value,)),)
