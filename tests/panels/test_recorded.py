"""The recorded panels of a real Grafana: our queries are word for word the browser's."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from grafherald.draw.frames.decode import CannotRead
from grafherald.draw.frames.frame import Frame
from grafherald.draw.graph.series import series_of
from grafherald.panels.interval import milliseconds
from grafherald.panels.reader import PanelData, Reader

SHARED = Path(__file__).parents[3] / "shared"
SAMPLES = SHARED / "samples" / "panels"
if not SAMPLES.exists():
    pytest.skip("../shared is not here", allow_module_level=True)

FOLDERS = {int(path.name.split("-")[0]): path for path in (SAMPLES / "panels").iterdir()}
ASKED = sorted(number for number, path in FOLDERS.items() if (path / "query.json").exists())
NOW = 1_795_632_000_000
# Their variable is "All", whose values only a browser, or Grafana 9, can ask for.
WIDENED = (1, 2)


class Replay:
    """replay-panels, and what it was asked."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.bodies: list[Any] = []
        self.reader = Reader(self.ask)

    def ask(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if body is not None:
            self.bodies.append(body)
        token = {"Authorization": "Bearer glsa_replay"}
        answer = requests.request(method, self.base + path, json=body, headers=token, timeout=10)
        return answer.status_code, answer.json()

    def read(self, number: int) -> PanelData:
        self.bodies.clear()
        asked = json.loads((FOLDERS[number] / "render.json").read_text(encoding="utf-8"))
        return self.reader.read(asked["render"], NOW)


@pytest.fixture(scope="module", params=["7.5", "frames"])
def replay(request: pytest.FixtureRequest) -> Iterator[Replay]:
    command = [sys.executable, str(SHARED / "tools" / "replay-panels"), str(SAMPLES)]
    command += ["--frames"] if request.param == "frames" else []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield Replay(process.stdout.readline().strip())
        finally:
            process.terminate()


def asked(body: Any) -> list[tuple[Any, ...]]:
    return [
        (
            *(body["from"], body["to"], query["refId"], query["expr"], query["legendFormat"]),
            *(query["datasource"]["uid"], query["datasourceId"], milliseconds(query["interval"])),
        )
        for query in body["queries"]
    ]


@pytest.mark.parametrize("number", [number for number in ASKED if number not in WIDENED])
def test_queries_are_the_browsers(replay: Replay, number: int) -> None:
    replay.read(number)
    recorded = json.loads((FOLDERS[number] / "query.json").read_text(encoding="utf-8"))
    assert [each for body in replay.bodies for each in asked(body)] == asked(recorded)


@pytest.mark.parametrize("number", WIDENED)
def test_all_is_asked_for_or_said(replay: Replay, number: int) -> None:
    data = replay.read(number)
    if data.version < (9, 0, 0):
        assert data.notes == ("all hosts",)
        assert 'instance=~".*"' in replay.bodies[0]["queries"][0]["expr"]
    else:
        assert data.notes == ()
        assert "web01:9100|web02:9100" in replay.bodies[0]["queries"][0]["expr"]


def points(frame: Frame) -> list[tuple[Any, Any]]:
    time, value = frame.fields
    return list(zip(time.values, value.values, strict=True))


@pytest.mark.parametrize("number", ASKED)
def test_both_kinds_of_answers_hold_the_recorded_points(replay: Replay, number: int) -> None:
    answer = json.loads((FOLDERS[number] / "answer-7.5.json").read_text(encoding="utf-8"))
    recorded = [
        (series["name"], [(at, value) for value, at in series["points"]])
        for ref in sorted(answer["results"])
        for series in answer["results"][ref].get("series") or ()
    ]
    frames = replay.read(number).frames
    assert [(frame.name, points(frame)) for frame in frames] == recorded


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (22, 'the datasource "Prom of old" of this panel does not exist'),
        (23, "a text panel cannot be put beside data"),
    ],
)
def test_refusals(replay: Replay, number: int, words: str) -> None:
    with pytest.raises(CannotRead, match=words):
        replay.read(number)
    assert replay.bodies == []


def test_titles_and_time_zones(replay: Replay) -> None:
    assert replay.read(5).title == "Network of web01:9100 + db01:9100"
    assert replay.read(19).title == "Load of db02:9100"
    assert replay.read(25).timezone == "Europe/Warsaw"


def test_gaps_are_gaps_from_both_kinds_of_answers(replay: Replay) -> None:
    data = replay.read(8)
    for series in series_of(data.panel, data.frames, data.theme, data.version):
        assert series.step == 20_000
        assert len(series.times) == 1081
        assert None in series.values
