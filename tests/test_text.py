"""Text from outside does nothing, and is cut between code points."""

from __future__ import annotations

import re
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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;never closed\nCRITICAL", "␛]0;never closed\nCRITICAL"),
        ("\x1b]0;closed on\nanother line\x07", "␛]0;closed on\nanother line␇"),
        ("u\x9divatel: pametn\x9d\nCRITICAL", "u�ivatel: pametn�\nCRITICAL"),
        ("\x90\x98\x9e\x9fall of it", "����all of it"),
        ("\x9bquoted\x9b", "�quoted�"),
        ("\x1b[31", "␛[31"),
        ("\x9d0;title\x9cshown", "shown"),
    ],
)
def test_what_never_ends_hides_nothing(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_what_fits_is_left_alone() -> None:
    assert cut("x" * 100, 100) == "x" * 100


def test_a_cut_says_how_much_is_missing() -> None:
    shown = cut("x" * 1000, 100)
    assert 95 <= len(shown) <= 100
    head, note, tail = shown.split("\n")
    assert note == f"… {1000 - len(head) - len(tail)} characters left out …"


def test_a_cut_prefers_the_ends_of_lines() -> None:
    text = "\n".join(f"line {number} is here" for number in range(100))
    head, tail = re.split(r"\n… \d+ characters left out …\n", cut(text, 500))
    assert text.startswith(head + "\nline")
    assert text.endswith("here\n" + tail)


def test_a_cut_keeps_the_last_line_of_a_traceback() -> None:
    frames = "".join(f'  File "/opt/{n}.py", line {n}, in run\n    go({n})\n' for n in range(99))
    shown = cut(f"Traceback (most recent call last):\n{frames}QueueFull: 10000 jobs wait", 1000)
    assert shown.startswith("Traceback (most recent call last):\n")
    assert shown.endswith("\nQueueFull: 10000 jobs wait")


def test_a_cut_is_between_words_where_one_is_near() -> None:
    shown = cut("see https://example.com/a/rather/long/address for more. " * 20, 300)
    head, _, tail = shown.split("\n")
    assert {head.rsplit(" ", 1)[-1], tail.split(" ")[0]} <= {
        "see",
        "https://example.com/a/rather/long/address",
        "for",
        "more.",
    }


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
