"""Text from outside does nothing, and is cut between code points."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.text import cut, one_line, plain, redacted, shorten, without_login

ANY = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n\ttext – ünïcode 🔥 שלום", "plain\n\ttext – ünïcode 🔥 שלום"),
        ("\x1b[1;31mCRITICAL\x1b[0m - down", "CRITICAL - down"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x9b31mred", "red"),
        ("\x1b(Bx\x1bcy", "xy"),
        ("a\x00b\x07c\x7f", "a␀b␇c␡"),
        ("\x1b", "␛"),
        ("user\u202egnp.exe\u2066", "user�gnp.exe�"),
        ("lone \ud83d half", "lone � half"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("\ufeffbom", "bom"),
        ("family 👨‍👩‍👧", "family 👨‍👩‍👧"),
    ],
)
def test_plain_shows_text_and_nothing_else(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(ANY)
def test_plain_text_can_be_sent_and_stays_plain(text: str) -> None:
    shown = plain(text)
    shown.encode()
    assert plain(shown) == shown
    assert not {"\x1b", "\r", "\x00", "\u202e"} & set(shown)


def test_an_unfinished_terminal_sequence_swallows_little() -> None:
    assert plain("\x1b]0;never closed " + "x" * 10_000).endswith("x" * 5000)


def test_what_fits_is_left_alone() -> None:
    assert cut("x" * 100, 100) == "x" * 100


def test_a_cut_says_how_much_is_missing() -> None:
    shown = cut("x" * 1000, 100)
    assert len(shown) == 100
    head, note = shown.split("\n")
    assert note == f"… cut, {1000 - len(head)} more characters"


def test_a_cut_prefers_the_end_of_a_line() -> None:
    text = "\n".join(f"line {number} is here" for number in range(100))
    head = cut(text, 500).rpartition("\n")[0]
    assert text.startswith(head + "\nline")


@given(ANY, st.integers(40, 300))
def test_a_cut_text_is_never_too_large_once_escaped(text: str, limit: int) -> None:
    def size(part: str) -> int:
        return len(escape(part))

    assert size(cut(plain(text) * 20, limit, size)) <= limit
    assert size(shorten(plain(text), limit, size)) <= limit


def test_ten_megabytes_are_cut_at_once() -> None:
    assert len(cut(plain("ü&<\x1b[0m" * 1_500_000), 3000, lambda t: len(escape(t)))) <= 3000


def test_one_line_is_one_line() -> None:
    assert one_line(" a\n\n b\t c\u2028d ") == "a b c d"


def test_the_longer_secret_goes_first() -> None:
    assert redacted("token-abc and abc, not", ("abc", "token-abc", "")) == "*** and ***, not"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://u:p@h:1/path?token=x", "https://h:1/path"),
        ("postgresql://u:p/w@h/db", "postgresql://h/db"),
        ("u:p@proxy:3128", "***@proxy:3128"),
        ("ops", "ops"),
    ],
)
def test_an_address_is_shown_without_what_opens_it(text: str, shown: str) -> None:
    assert without_login(text) == shown
