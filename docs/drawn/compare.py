#!/usr/bin/env python3
"""Make docs/drawn.md: panels as a real Grafana shows them, and as grafherald draws them.

It needs a Grafana that may be written to (7.5 is what the page shows), its admin's password in
GRAFANA_PASSWORD, and Chromium:

    GRAFANA_PASSWORD=admin .venv/bin/python docs/drawn/compare.py http://127.0.0.1:3000

It makes a datasource and a dashboard of its own there, "Drawn by grafherald", takes a picture of
each panel in Chromium, and draws each from Grafana's API alone, as an alert would.
"""

from __future__ import annotations

import io
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests
from PIL import Image
from playwright.sync_api import BrowserContext, sync_playwright

from grafherald.draw import Look, Marks, draw, png
from grafherald.panels.reader import Reader

FOLDER = Path(__file__).parent
UID = "grafheralddrawn"
SOURCE = "TestData for grafherald"
START, END = 1_795_610_400_000, 1_795_632_000_000  # 25 November 2026, 12:40 to 18:40
WIDTH, HEIGHT = 640, 320
HOSTS = ("web01", "web02", "web03", "db01", "db02")
STEPS = [
    {"color": "green", "value": None},
    {"color": "orange", "value": 60},
    {"color": "red", "value": 85},
]


def wave(number: int, count: int = 120) -> str:
    """The samples of one host: a daily hill with some noise, the same in every run."""
    values = [
        35
        + number * 9
        + 18 * math.sin(at / 19 + number)
        + 3 * math.sin(at * (1.7 + number / 5) + number * number)
        for at in range(count)
    ]
    return ",".join(f"{value:.2f}" for value in values)


def targets(count: int = len(HOSTS), samples: int = 120) -> list[dict[str, Any]]:
    """One query for each host."""
    return [
        {
            "refId": "ABCDE"[at],
            "scenarioId": "csv_metric_values",
            "stringInput": wave(at, samples),
            "alias": HOSTS[at],
        }
        for at in range(count)
    ]


def panel(kind: str, title: str, **more: Any) -> dict[str, Any]:
    """A panel of the dashboard: percent, with thresholds at 60 and 85."""
    defaults = {
        "unit": "percent",
        "min": 0,
        "max": 100,
        "color": {"mode": "thresholds"},
        "thresholds": {"mode": "absolute", "steps": STEPS},
        "custom": more.pop("custom", {}),
    }
    defaults.update(more.pop("defaults", {}))
    return {
        "type": kind,
        "title": title,
        "datasource": SOURCE,
        "targets": targets(),
        "fieldConfig": {"defaults": defaults, "overrides": []},
        **more,
    }


def reduced(**options: Any) -> dict[str, Any]:
    """Options of panels that show the last value of each series."""
    return {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, **options}


def legend(placement: str, *calcs: str) -> dict[str, Any]:
    """A legend's options: a table where it has values."""
    mode = "table" if calcs else "list"
    return {"legend": {"displayMode": mode, "placement": placement, "calcs": list(calcs)}}


CLASSIC = {"color": {"mode": "palette-classic"}}
PANELS = [
    panel(
        "timeseries",
        "Time series, smooth, with a legend of values",
        defaults=CLASSIC,
        custom={"lineInterpolation": "smooth", "fillOpacity": 10, "lineWidth": 1},
        options={**legend("bottom", "mean", "max"), "tooltipOptions": {"mode": "single"}},
        targets=targets(3),
    ),
    panel(
        "graph",
        "The graph of old, stacked",
        defaults={"min": None, "max": None, "unit": None},
        stack=True,
        fill=6,
        linewidth=1,
        lines=True,
        nullPointMode="null",
        legend={"show": True, "values": False},
        yaxes=[{"format": "percent", "logBase": 1, "show": True}] * 2,
        xaxis={"show": True, "mode": "time"},
    ),
    panel(
        "timeseries",
        "Bars, the list at the right",
        defaults=CLASSIC,
        custom={"drawStyle": "bars", "fillOpacity": 60, "lineWidth": 1},
        options={**legend("right"), "tooltipOptions": {"mode": "single"}},
        targets=targets(1, 24),
    ),
    panel(
        "stat",
        "Stats with small graphs",
        options=reduced(colorMode="value", graphMode="area", textMode="auto", orientation="auto"),
        targets=targets(3),
    ),
    panel(
        "stat",
        "A stat with a background",
        options=reduced(colorMode="background", graphMode="none", textMode="auto"),
        targets=targets(1),
    ),
    panel(
        "gauge",
        "Gauges with thresholds",
        options=reduced(showThresholdLabels=False, showThresholdMarkers=True),
        targets=targets(3),
    ),
    panel(
        "bargauge",
        "A bar gauge, gradient",
        options=reduced(displayMode="gradient", orientation="horizontal", showUnfilled=True),
    ),
    panel(
        "bargauge",
        "A bar gauge, retro, standing",
        options=reduced(displayMode="lcd", orientation="vertical", showUnfilled=True),
    ),
    panel(
        "table",
        "A table with coloured cells",
        custom={"displayMode": "color-background"},
        options={"showHeader": True},
        transformations=[{"id": "reduce", "options": {"reducers": ["min", "mean", "max"]}}],
    ),
    panel(
        "piechart",
        "A pie",
        defaults=CLASSIC,
        options=reduced(
            pieType="donut",
            displayLabels=["percent"],
            legend={
                "displayMode": "table",
                "placement": "right",
                "values": ["value"],
                "calcs": [],
            },
        ),
    ),
    panel(
        "heatmap",
        "A heatmap of series",
        dataFormat="timeseries",
        cards={},
        color={"mode": "spectrum", "colorScheme": "interpolateOranges"},
        yAxis={"format": "short", "logBase": 1, "show": True},
        xAxis={"show": True},
        legend={"show": False},
    ),
]


class Grafana:
    """The API of the Grafana that the page is made with."""

    def __init__(self, url: str, password: str) -> None:
        self.url = url.rstrip("/")
        self._http = requests.Session()
        self._http.auth = ("admin", password)

    @property
    def authorization(self) -> str:
        """The header with which a browser needs no login."""
        return str(
            requests.Request("GET", self.url, auth=self._http.auth)
            .prepare()
            .headers["Authorization"]
        )

    def ask(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Ask for JSON; the status and the answer, also of a refusal."""
        answer = self._http.request(method, self.url + path, json=body, timeout=30)
        return answer.status_code, answer.json()

    def prepare(self) -> None:
        """Make the datasource and the dashboard."""
        self.ask(
            "POST", "/api/datasources", {"name": SOURCE, "type": "testdata", "access": "proxy"}
        )
        panels = [
            {**each, "id": at, "gridPos": {"x": 0, "y": at * 8, "w": 12, "h": 8}}
            for at, each in enumerate(PANELS, 1)
        ]
        dashboard = {"uid": UID, "title": "Drawn by grafherald", "panels": panels}
        status, answer = self.ask(
            "POST", "/api/dashboards/db", {"dashboard": dashboard, "overwrite": True}
        )
        if status != 200:
            raise SystemExit(f"Grafana takes no dashboard: HTTP {status} {answer.get('message')}")


def address(number: int, theme: str) -> str:
    """The path of a panel's page."""
    query = f"panelId={number}&from={START}&to={END}&theme={theme}&tz=UTC"
    return f"/d-solo/{UID}/drawn?orgId=1&{query}&width={WIDTH}&height={HEIGHT}"


def real(context: BrowserContext, grafana: Grafana, number: int, theme: str) -> bytes:
    """What Grafana's own page shows, when it has come to rest."""
    page = context.new_page()
    page.goto(grafana.url + address(number, theme), wait_until="networkidle", timeout=60_000)
    page.wait_for_selector(".panel-container", timeout=30_000)
    page.wait_for_timeout(2500)  # bars and gauges move into place
    picture = page.screenshot()
    page.close()
    return picture


def ours(grafana: Grafana, number: int, theme: str) -> bytes:
    """The same panel as an alert would bring it."""
    found = Reader(grafana.ask).read(address(number, theme), END)
    look = Look(
        theme=found.theme,
        width=found.width,
        height=found.height,
        timezone=found.timezone,
        version=found.version,
        title=found.title,
        notes=found.notes,
    )
    drawing = draw(found.panel, found.frames, found.span, look, Marks())
    return png(drawing.svg, found.width, found.height)


def store(name: str, picture: bytes) -> None:
    """Keep a picture small: 256 colours are enough to compare."""
    with Image.open(io.BytesIO(picture)) as image:
        small = image.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT)
        small.save(FOLDER / f"{name}.png", optimize=True)


def page(titles: Sequence[str], version: str) -> str:
    """The page's text."""
    rows = "\n".join(
        f"| ![{title}, by Grafana](drawn/{at}-grafana.png) "
        f"| ![{title}, by grafherald](drawn/{at}-grafherald.png) |"
        for at, title in enumerate(titles, 1)
    )
    written = (FOLDER.parent / "drawn.md").read_text("utf-8")
    settings = written[written.index("## Settings") :]  # is written by hand
    return f"""# Drawn without a browser

Left: what Grafana {version} shows in a browser. Right: what grafherald draws from the dashboard's
JSON and the panel's data, in a fraction of a second, without a renderer.
The dashboard and this page are made by [docs/drawn/compare.py](drawn/compare.py).

| Grafana | grafherald |
|---|---|
{rows}

{settings}"""


def main(arguments: Sequence[str]) -> int:
    """Make the pictures and the page."""
    password = os.environ.get("GRAFANA_PASSWORD")
    if len(arguments) != 1 or not password:
        sys.stderr.write(str(__doc__))
        return 2
    grafana = Grafana(arguments[0], password)
    grafana.prepare()
    _, health = grafana.ask("GET", "/api/health", None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM"), args=["--no-sandbox"]
        )
        context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT},
            extra_http_headers={"Authorization": grafana.authorization},
        )
        for at, each in enumerate(PANELS, 1):
            theme = "dark" if at % 2 else "light"
            sys.stdout.write(f"{at} {each['title']}\n")
            store(f"{at}-grafherald", ours(grafana, at, theme))
            store(f"{at}-grafana", real(context, grafana, at, theme))
        browser.close()
    titles = [str(each["title"]) for each in PANELS]
    (FOLDER.parent / "drawn.md").write_text(page(titles, str(health.get("version"))), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
