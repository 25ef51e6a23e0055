"""What is drawn in one process, when many want it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from grafherald.demo.standins import grafana as standin
from grafherald.demo.standins import panel_data
from grafherald.drawing.options import DrawOptions
from grafherald.drawing.paint import Drawn, Task
from grafherald.drawing.scene import Scene
from grafherald.images import Picture
from grafherald.images.cache import Key, RenderCache
from grafherald.images.drawing import PanelDrawing
from grafherald.images.fetch import Grafanas
from grafherald.net.deadline import Deadline


@pytest.fixture
def grafana() -> Iterator[standin.GrafanaStandIn]:
    with standin.running("t") as found:
        found.api.data = True
        yield found


def test_in_a_storm_alerts_share_a_drawing_of_their_panel_and_variables(
    grafana: standin.GrafanaStandIn,
) -> None:
    drawing = PanelDrawing(DrawOptions(policy="only"), RenderCache(30))
    at_work, go, tasks = threading.Semaphore(0), threading.Event(), list[Task]()

    def engine(task: Task, deadline: Deadline) -> Drawn:
        tasks.append(task)
        at_work.release()
        go.wait(20)
        return Drawn(b"picture")

    drawing.artist.engine = engine
    grafanas, pictures = Grafanas([grafana.url]), list[Picture]()

    def draw(number: int, host: str) -> None:
        url = f"{grafana.url}/render/d-solo/node/x?panelId=2"
        scene = Scene({"host": host, "check": f"check{number}"}, alert=number, label="CRITICAL")
        panel = drawing.panel(Key("Bearer t", url), grafanas, scene)
        found = drawing.get(panel, Deadline(20), lambda _: Picture(""), lambda _: "")
        pictures.append(found)

    def start(numbers: range, host: str) -> list[threading.Thread]:
        threads = [threading.Thread(target=draw, args=(number, host)) for number in numbers]
        for thread in threads:
            thread.start()
        return threads

    threads = start(range(4), "web01")
    assert all(at_work.acquire(timeout=20) for _ in range(4))
    threads += start(range(4, 20), "web01") + start(range(20, 30), "web02")
    assert all(at_work.acquire(timeout=20) for _ in range(2))
    go.set()
    for thread in threads:
        thread.join(20)
    assert len(pictures) == 30
    assert [bool(task.scene.label) for task in tasks] == [True] * 4 + [False] * 2
    assert {task.data.title for task in tasks[4:]} == {"CPU of web01", "CPU of web02"}
    assert len(grafana.bodies) == 2
    assert panel_data.PANEL["title"] == "CPU of $host"
