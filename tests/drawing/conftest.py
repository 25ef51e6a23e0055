"""A Grafana that has a panel's data, and somebody who draws it."""

from collections.abc import Callable, Iterator

import pytest

from grafherald.demo.standins import grafana as standin
from grafherald.drawing.answers import Credentials
from grafherald.drawing.artist import Artist, Engine, at_once
from grafherald.drawing.options import DrawOptions
from grafherald.drawing.paint import Drawn
from grafherald.drawing.scene import Scene
from grafherald.net.address import base
from grafherald.net.client import Client
from grafherald.net.deadline import Deadline

TOKEN = "glsa_Dr4wS3cret"
_USUAL = DrawOptions()
Draw = Callable[..., Drawn]


@pytest.fixture
def grafana() -> Iterator[standin.GrafanaStandIn]:
    with standin.running(TOKEN) as found:
        found.api.data = True
        yield found


@pytest.fixture
def make_draw(grafana: standin.GrafanaStandIn) -> Callable[..., Draw]:
    """Make somebody who draws by some options with some engine."""

    def make(options: DrawOptions = _USUAL, engine: Engine = at_once) -> Draw:
        artist = Artist(options, engine)

        def draw(
            query: str = "&var-host=web01",
            scene: Scene | None = None,
            *,
            panel: int = 2,
            token: str = TOKEN,
            seconds: float = 10,
        ) -> Drawn:
            url = f"{grafana.url}/render/d-solo/node/x?panelId={panel}{query}&width=400&height=200"
            asker = Credentials(base(grafana.url), f"Bearer {token}")
            deadline = Deadline(seconds)
            return artist.draw(asker, url, lambda d: Client(timeout=d), deadline, scene)

        return draw

    return make


@pytest.fixture
def draw(make_draw: Callable[..., Draw]) -> Draw:
    return make_draw()
