from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.errors import QueryError
from grafherald.history.conditions import condition, severities
from grafherald.history.grammar import parse


def kept(words: str, key: str, *values: str) -> list[str]:
    """Return which of *values* meet the conditions on *key*."""
    matchers = [(c.matcher(), c.is_negated) for c in parse(words) if c.key == key]
    return [v for v in values if all(match(v) is not negated for match, negated in matchers)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("x=web1", ["web1"]),
        ("x!=web1", ["web2", "db1", ""]),
        ("x=web*", ["web1", "web2"]),
        ("x=WEB?", ["web1", "web2"]),
        ("x!=web*", ["db1", ""]),
        ("x=web1|db1", ["web1", "db1"]),
        ("x={web1,db1}", ["web1", "db1"]),
        ("x=(web1|db1)", ["web1", "db1"]),
        (r"x=web\1", ["web1"]),
        ("x=~web", []),
        ("x=~web.", ["web1", "web2"]),
        ("x!~web.", ["db1", ""]),
        ("x=~(web1|db1)", ["web1", "db1"]),
        ('x=""', [""]),
        ('x!=""', ["web1", "web2", "db1"]),
        ('x="web1"', ["web1"]),
        ('x="web*"', []),
        ("x>=web1", ["web1", "web2"]),
        ("x<web", ["db1", ""]),
        ("x=web* x!=web2", ["web1"]),
    ],
)
def test_words_mean_what_they_say(words: str, expected: list[str]) -> None:
    assert kept(words, "x", "web1", "web2", "db1", "") == expected


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("=", ["a"], {"a"}),
        ("!=", ["a"], {"b", "ab", ""}),
        ("=~", ["a.*"], {"a", "ab"}),
        ("!~", ["a.*"], {"b", ""}),
        ("<", ["ab"], {"a", ""}),
        ("<=", ["ab"], {"a", "ab", ""}),
        (">", ["ab"], {"b"}),
        (">=", ["ab"], {"b", "ab"}),
        ("=|", ["a", "b"], {"a", "b"}),
        ("!=|", ["a", "b"], {"ab", ""}),
    ],
)
def test_all_ten_operators_of_grafana(operator: str, values: list[str], expected: set[str]) -> None:
    wanted = condition("x", operator, values)
    matches = wanted.matcher()
    found = {v for v in ("a", "b", "ab", "") if matches(v) is not wanted.is_negated}
    assert found == expected


def test_numbers_are_compared_as_numbers() -> None:
    assert kept("port>=90", "port", "8", "90", "443", "none") == ["90", "443"]


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("", {1, 2, 3}),
        ("severity>=warning", {1, 2, 3}),
        ("severity>warning", {2, 3}),
        ("severity>=critical", {2}),
        ("severity<=unknown", {1, 3}),
        ("severity!=warning", {2, 3}),
        ("severity=critical|warning", {1, 2}),
        ("severity=CRITICAL", {2}),
        ('severity!="Warning"', {2, 3}),
        ("severity>=Unknown", {2, 3}),
        ("severity=crit*", {2}),
        ("severity=~CRITICAL|unknown", {2, 3}),
        ("severity=(critical|warning)", {1, 2}),
        ("severity=.*", {1, 2, 3}),
    ],
)
def test_severities_are_ordered_by_how_bad_they_are(words: str, codes: set[int]) -> None:
    assert severities(parse(words)) == codes


def test_a_word_alone_is_a_part_of_the_name() -> None:
    (found,) = parse("WEB[1]*")
    matches = found.matcher()
    assert found.key == "name"
    assert matches("my-web[1]*/cpu")
    assert not matches("web1x/cpu")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("severity>=bad", "severity >= 'bad': use one of warning, critical, unknown"),
        ("severity=crit", "severity = 'crit': use one of warning, critical, unknown"),
        ("severity!=crit", "severity != 'crit': use one of"),
        ("severity=2", "severity = '2': use one of"),
        ("severity=ok", "severity = 'ok': use one of"),
        ("severity=critical|web1", "severity = 'web1': use one of"),
        ("severity=web*", "severity = 'web*': use one of"),
        ("severity=~web1", "severity =~ 'web1': use one of"),
        ("x=~(", "x =~: is no regular expression: missing )"),
        ("x=~" + "(a{99}){99}" * 9, "x =~: is no regular expression"),
        ("entity=", "entity= has no value"),
        ("x=" + "a" * 3000, "longer than 2000"),
        ("a" * 3000, "longer than 2000"),
        ("x=" + "a|" * 1001, "takes 1000 values"),
    ],
)
def test_what_is_wrong_is_said(words: str, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        severities(parse(words))
        [each.matcher() for each in parse(words)]
    assert said in str(caught.value)


@pytest.mark.parametrize("operator", ["==", "", "~", "IN", "=*"])
def test_another_operator_is_refused(operator: str) -> None:
    with pytest.raises(QueryError, match="is no operator"):
        condition("x", operator, ["a"])


@pytest.mark.parametrize("words", ["x=~(a|aa)+", "x=~(a*)*b", "x=" + "*a" * 40 + "b"])
def test_no_pattern_takes_long(words: str) -> None:
    (found,) = parse(words)
    matches = found.matcher()
    began = time.monotonic()
    assert matches("a" * 300) is (words == "x=~(a|aa)+")
    assert time.monotonic() - began < 10  # years otherwise


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_sentence(words: str) -> None:
    said = "a sentence"
    try:
        found = parse(words)
        [(each.matcher()("web1/cpu"), severities(found)) for each in found]
    except QueryError as error:
        said = str(error)
    assert said
    assert "\n" not in said
