"""The recorded panels of a real Grafana 7.5.5, drawn and compared with its own pictures."""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
import json
import statistics
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("resvg_py")
pytest.importorskip("PIL")

from grafherald.draw import Look, TimeRange, can_draw, draw, png
from grafherald.draw.frames.decode import frames_of

SHARED = Path(__file__).resolve().parents[3] / "shared"
RECORDED = SHARED / "samples/panels"
SPAN = TimeRange(1795610400000, 1795632000000)
VERSION = (7, 5, 5)
# Titles whose variables were filled in by the browser, and the zone that one URL asked for
TITLES = {
    1: "Memory used by node",
    5: "Network of web01:9100 + db01:9100",
    7: "Requests per 15m",
    19: "Load of db02:9100",
}
ZONES = {25: "Europe/Warsaw"}
ANSWERS = ("answer-7.5.json", "answer-frames.json")
THEMES = ("dark", "light")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not RECORDED.is_dir(), reason="../shared is not here"),
]


@functools.cache
def _score_panel() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("score_panel", str(SHARED / "tools/score-panel"))
    spec = importlib.util.spec_from_loader("score_panel", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@functools.cache
def _panels() -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}

    def walk(panels: list[dict[str, Any]]) -> None:
        for panel in panels:
            found[panel["id"]] = panel
            walk(panel.get("panels") or [])

    walk(json.loads((RECORDED / "dashboard.json").read_text())["dashboard"]["panels"])
    return found


def _folders() -> dict[int, Path]:
    """Those of panels that have data and a type that is drawn."""
    if not RECORDED.is_dir():
        return {}
    folders = {int(each.name.split("-")[0]): each for each in (RECORDED / "panels").iterdir()}
    return {
        number: folder
        for number, folder in sorted(folders.items())
        if (folder / ANSWERS[0]).exists() and can_draw(_panels()[number]) is None
    }


@functools.cache
def _real(number: int, theme: str) -> Any:
    score = _score_panel()
    return score.features(score.load(str(_folders()[number] / f"real-{theme}.png")))


@functools.cache
def _drawn(number: int, theme: str, answer: str, tmp: Path) -> Any:
    frames = frames_of(json.loads((_folders()[number] / answer).read_text()))
    panel = _panels()[number]
    look = Look(
        theme=theme,
        version=VERSION,
        title=TITLES.get(number, panel["title"]),
        timezone=ZONES.get(number, "utc"),
    )
    path = tmp / f"{number}-{theme}-{answer}.png"
    path.write_bytes(png(draw(panel, frames, SPAN, look).svg, 1000, 500))
    score = _score_panel()
    return score.features(score.load(str(path)))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drawn")


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("number", _folders())
def test_a_drawn_panel_is_the_real_one_and_no_other(
    number: int, theme: str, answer: str, pictures: Path
) -> None:
    compare = _score_panel().compare
    drawn = _drawn(number, theme, answer, pictures)
    own = compare(drawn, _real(number, theme))[0]
    others = {
        other: compare(drawn, _real(other, theme))[0] for other in _folders() if other != number
    }
    nearest = max(others, key=others.__getitem__)
    assert own >= 0.75
    assert own >= others[nearest] + 0.15, f"it looks like panel {nearest}"


@pytest.mark.parametrize("theme", THEMES)
def test_half_of_the_time_graphs_can_hardly_be_told_apart(theme: str, pictures: Path) -> None:
    compare = _score_panel().compare
    scores = [
        compare(_drawn(number, theme, answer, pictures), _real(number, theme))[0]
        for number in _folders()
        if _panels()[number]["type"] in ("graph", "timeseries")
        for answer in ANSWERS
    ]
    assert statistics.median(scores) >= 0.92
