"""Colours are read and mixed as tinycolor does it; the expected ones are its answers."""

import pytest

from grafherald.draw.values.tint import FALLBACK, readable_on, tint


@pytest.mark.parametrize(
    ("text", "css", "alpha"),
    [
        ("#abc", "#aabbcc", 1.0),
        ("#73BF69", "#73bf69", 1.0),
        ("#73BF6980", "#73bf69", 128 / 255),
        ("rgb(1, 2, 3)", "#010203", 1.0),
        ("rgba(237, 129, 40, 0.89)", "#ed8128", 0.89),
        ("rgb(300, 0, 0)", "#ff0000", 1.0),
        ("", FALLBACK, 1.0),
        (None, FALLBACK, 1.0),
        ("url(#x)", FALLBACK, 1.0),
        ("#12345", FALLBACK, 1.0),
        ("rgb(1.2.3, 4, 5)", FALLBACK, 1.0),
    ],
)
def test_what_can_be_read_is_that_color_and_the_rest_is_grey(
    text: str | None, css: str, alpha: float
) -> None:
    assert tint(text).css() == css
    assert tint(text).alpha == pytest.approx(alpha)


@pytest.mark.parametrize(
    ("base", "darker", "spun", "css"),
    [
        ("#73BF69", 15, 8, "#429a43"),
        ("#73BF69", 5, -8, "#6fb757"),
        ("#FF9830", 15, 8, "#e29000"),
        ("#FF9830", 5, -8, "#ff6c16"),
        ("#F2495C", 15, 8, "#df1410"),
        ("#F2495C", -10.5, 8, "#f67e7b"),
        ("#5794F2", 10, 5, "#2865ee"),
        ("#808080", 15, 8, "#5a5a5a"),
    ],
)
def test_darkening_and_spinning_are_tinycolors(
    base: str, darker: float, spun: float, css: str
) -> None:
    assert tint(base).darken(darker).spin(spun).css() == css


def test_brightening_never_leaves_the_range() -> None:
    assert tint("#f0f0f0").brighten(40).css() == "#ffffff"
    assert tint("#F2495C").brighten(40).css() == "#ffafc2"


@pytest.mark.parametrize(
    ("background", "text"),
    [("#ffffff", "#202226"), ("#73BF69", "#f7f8fa"), ("#FADE2A", "#202226"), ("#000", "#f7f8fa")],
)
def test_text_on_a_color_turns_black_where_it_is_bright(background: str, text: str) -> None:
    assert readable_on(background) == text
