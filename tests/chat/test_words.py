import pytest

from grafherald.chat.words import Word, words
from grafherald.errors import Refusal


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("db web:cpu  now-6h ", ["db", "web:cpu", "now-6h"]),
        ('db "Web frontend:CPU load"', ["db", "Web frontend:CPU load"]),
        ('server="web 01"', ["server=web 01"]),
        ("server=“web 01”", ["server=web 01"]),
        ('a""b ""', ["ab", ""]),
        ("it's", ["it's"]),
        ("", []),
    ],
)
def test_blanks_part_words_and_quotes_keep_them(line: str, expected: list[str]) -> None:
    assert [word.text for word in words(line)] == expected


def test_an_open_quote_is_refused_with_an_example() -> None:
    with pytest.raises(Refusal, match="open") as refused:
        words('db "web')

    assert "graf db" in refused.value.hint


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("web:cpu", ("web", "cpu")),
        ("web:cpu:2", ("web", "cpu:2")),
        ('"Disk: all":reads', ("Disk: all", "reads")),
        ('"web:CPU load"', ("web", "CPU load")),
        ('web:"CPU: load"', ("web", "CPU: load")),
        ('"a b"c:d', ("a bc", "d")),
    ],
)
def test_a_mark_outside_the_quotes_parts_first(raw: str, expected: tuple[str, str]) -> None:
    pair = Word(raw).split(":")

    assert pair is not None
    assert (pair[0].text, pair[1].text) == expected


def test_no_mark_no_parts() -> None:
    assert Word('"web"').split(":") is None
