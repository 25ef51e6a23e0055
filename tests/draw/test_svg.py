"""Nothing hostile gets through the SVG writer, the text measure or the renderer."""

import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.draw import CannotDraw, png
from grafherald.draw.page import text
from grafherald.draw.page.svg import LONGEST_TEXT, Canvas, clean, number
from grafherald.draw.values.theme import theme_of

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def canvas() -> Canvas:
    return Canvas(100, 50, "Roboto")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1, "1"),
        (1.5, "1.5"),
        (1.256, "1.26"),
        (-0.001, "0"),
        (math.nan, "0"),
        (math.inf, "100000"),
        (-1e300, "-100000"),
    ],
)
def test_a_length_is_short_and_finite(value: float, written: str) -> None:
    assert number(value) == written


@given(st.text())
def test_any_text_comes_back_as_text(words: str) -> None:
    picture = canvas()
    picture.text(1, 2, words)
    root = ElementTree.fromstring(picture.svg())
    assert "".join(root.itertext()) == clean(words)


@given(st.text(max_size=50))
def test_any_text_can_be_drawn(words: str) -> None:
    picture = canvas()
    picture.text(1, 20, words, fill="#ff0000")
    assert png(picture.svg(), 100, 50).startswith(SIGNATURE)


def test_markup_stays_text() -> None:
    picture = canvas()
    picture.text(1, 2, '</text><image href="/etc/passwd"/>"&')
    picture.add("rect", x=1, fill='"/><image href="/etc/passwd"/>')
    root = ElementTree.fromstring(picture.svg())
    assert [each.tag.rpartition("}")[2] for each in root.iter()] == ["svg", "text", "rect"]


@pytest.mark.parametrize("name", ["image", "script", "foreignObject", "use", "a"])
def test_there_are_no_elements_that_load_anything(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        canvas().add(name, href="/etc/passwd")


@pytest.mark.parametrize("paint", ["url(http://example.org/x)", "red;", "url(file:///x)", 'x"'])
def test_a_paint_that_is_none_is_grey(paint: str) -> None:
    picture = canvas()
    picture.add("rect", fill=paint)
    assert 'fill="#808080"' in picture.svg()


def test_a_name_is_one_line_of_bounded_length() -> None:
    assert clean("a\nb\tc\x00\x1b[31m\u202e\ud800") == "a b c  [31m  "
    assert len(clean("x" * 10_000)) == LONGEST_TEXT


def test_widths_are_those_of_the_fonts() -> None:
    # Measured by Chromium with the same fonts
    assert text.width("web01:9100", 12, "Roboto") == pytest.approx(65.5, abs=0.3)
    assert text.width("", 12, "Inter") == 0
    assert text.width("東京", 12, "Roboto") == 24


def test_what_is_too_long_ends_with_an_ellipsis() -> None:
    cut = text.fit("a name that is much too long", 60, 12, "Roboto")
    assert cut.endswith("…")
    assert text.width(cut, 12, "Roboto") <= 60
    assert text.fit("short", 60, 12, "Roboto") == "short"
    assert text.fit("short", 0, 12, "Roboto") == ""
    assert text.fit("short", -9, 0, "Roboto") == ""


def test_characters_that_our_fonts_lack_stand_apart() -> None:
    picture = canvas()
    picture.text(50, 20, "naïve 東京!", text_anchor="middle", fill="#ff0000")
    root = ElementTree.fromstring(picture.svg())
    parts = [each for each in root.iter() if each.tag.endswith("}text")]
    assert [each.text for each in parts] == ["naïve ", "東京", "!"]
    assert [float(each.get("x", 0)) for each in parts] == sorted(
        float(each.get("x", 0)) for each in parts
    )


def test_a_document_that_is_none_is_one_sentence() -> None:
    with pytest.raises(CannotDraw, match="resvg cannot draw the picture"):
        png("<svg", 10, 10)


def test_without_resvg_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "resvg_py", None)
    with pytest.raises(CannotDraw, match=r"grafherald\[draw\]"):
        png(canvas().svg(), 10, 10)


@pytest.mark.parametrize(
    ("name", "dark", "light"),
    [
        ("green", "#73bf69", "#56a64b"),
        ("semi-dark-red", "#e02f44", "#c4162a"),
        ("super-light-blue", "#c0d8ff", "#8ab8ff"),
        ("#ABC", "#aabbcc", "#aabbcc"),
        ("rgba(237, 46, 24, 0.60)", "#ed2e1899", "#ed2e1899"),
        ("transparent", "#00000000", "#00000000"),
        ("no colour", "#808080", "#808080"),
    ],
)
def test_a_colour_by_name_goes_by_the_theme(name: str, dark: str, light: str) -> None:
    assert theme_of("dark", (10, 0, 0)).color(name) == dark
    assert theme_of("light", (10, 0, 0)).color(name) == light


@pytest.mark.parametrize(
    ("version", "first"),
    [
        ((7, 5, 5), ("#7EB26D", "#EAB839", "#6ED0E0")),
        ((10, 0, 0), ("#73BF69", "#F2CC0C", "#8AB8FF")),
        ((12, 0, 0), ("#73BF69", "#F2CC0C", "#5794F2")),
    ],
)
def test_the_palette_goes_by_the_version(
    version: tuple[int, int, int], first: tuple[str, ...]
) -> None:
    assert theme_of("dark", version).palette[:3] == first
