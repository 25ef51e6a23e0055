"""Panels without axes, recorded from a real Grafana 7.5.5, look like its own pictures.

The score reads no text: values, units, orders and colours are said below.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from grafherald.draw import Frame, Look, TimeRange, draw, png
from grafherald.draw.frames.decode import frames_of

from .drawn import GREEN, ORANGE, RED, SEVEN, TEN, Picture

SHARED = Path(__file__).parents[3].parent / "shared"
if not SHARED.exists():
    SHARED = Path(__file__).parents[2].parent / "shared"
RECORDED = SHARED / "samples" / "panels"
pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason="no recorded panels beside us")

SPAN = TimeRange(1_795_610_400_000, 1_795_632_000_000)
MINE = (14, 15, 16, 17, 18, 24)
ANSWERS = (("answer-7.5", SEVEN), ("answer-frames", TEN))


@cache
def scorer() -> ModuleType:
    loader = SourceFileLoader("score_panel", str(SHARED / "tools" / "score-panel"))
    spec = spec_from_loader("score_panel", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@cache
def real(theme: str) -> dict[int, Any]:
    """The features of all real pictures of a theme, by panel."""
    return {
        int(path.parent.name.partition("-")[0]): scorer().features(scorer().load(str(path)))
        for path in RECORDED.glob(f"panels/*/real-{theme}.png")
    }


@cache
def panels() -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    todo = list(json.loads((RECORDED / "dashboard.json").read_text())["dashboard"]["panels"])
    while todo:
        panel = todo.pop()
        found[panel["id"]] = panel
        todo += panel.get("panels") or []
    return found


def data(number: int, answer: str) -> list[Frame]:
    (folder,) = RECORDED.glob(f"panels/{number}-*")
    return frames_of(json.loads((folder / f"{answer}.json").read_text()))


def look(number: int, **more: Any) -> Look:
    return Look(title=panels()[number]["title"], **more)


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("answer", "version"), ANSWERS)
@pytest.mark.parametrize("number", MINE)
def test_it_scores_like_its_own_picture_and_no_other(
    number: int, answer: str, version: tuple[int, int, int], theme: str
) -> None:
    from PIL import Image

    how = look(number, theme=theme, version=version)
    drawing = draw(panels()[number], data(number, answer), SPAN, how)
    with Image.open(BytesIO(png(drawing.svg, 1000, 500))) as image:
        features = scorer().features(scorer().load(image))
    own = scorer().compare(features, real(theme)[number])[0]
    others = [
        scorer().compare(features, each)[0] for at, each in real(theme).items() if at != number
    ]
    assert own >= 0.9
    assert own >= max(others) + 0.15


@pytest.mark.parametrize(("answer", "version"), ANSWERS)
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (
            14,
            ["web01:9100", "8.90K req/s", "web03:9100", "9.13K req/s", "db02:9100", "2.90K req/s"],
        ),
        (15, ["UP"]),
        (16, ["44.2%", "web01:9100", "75.0%", "web02:9100", "62.0%", "web03:9100"]),
        (
            17,
            [
                *("web01:9100", "1.96 GiB", "web02:9100", "1.55 GiB", "web03:9100", "1.24 GiB"),
                *("db01:9100", "1.53 GiB", "db02:9100", "450 MiB"),
            ],
        ),
        (
            18,
            [
                *("Role", "Host", "Used", "node", "web01:9100", "1.35 GiB"),
                *("db", "web02:9100", "1.25 GiB", "node", "web03:9100", "838 MiB"),
                *("db", "db01:9100", "1.69 GiB", "node", "db02:9100", "1.51 GiB"),
                *("db", "cache01:9100", "1.46 GiB"),
            ],
        ),
    ],
)
def test_it_says_what_the_real_picture_says(
    number: int, words: list[str], answer: str, version: tuple[int, int, int]
) -> None:
    how = look(number, version=version, foot="")
    picture = Picture(draw(panels()[number], data(number, answer), SPAN, how))
    assert picture.words[1:] == words


@pytest.mark.parametrize(
    ("number", "words", "color"),
    [
        (14, "9.13K req/s", RED),
        (14, "2.90K req/s", GREEN),
        (16, "44.2%", ORANGE),
        (16, "75.0%", RED),
        (17, "1.96 GiB", RED),
        (17, "1.53 GiB", ORANGE),
        (17, "450 MiB", GREEN),
    ],
)
def test_values_have_the_colors_of_the_real_picture(number: int, words: str, color: str) -> None:
    how = look(number, version=SEVEN)
    picture = Picture(draw(panels()[number], data(number, "answer-7.5"), SPAN, how))
    assert picture.text(words).colors[0] == color
