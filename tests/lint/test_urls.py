"""A graph's URL: each mistake is named, and no secret is repeated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grafherald.lint.urls import problems

SOLO = "https://grafana.example.com/render/d-solo/abc/cpu"


@pytest.mark.parametrize(
    "url",
    [
        f"{SOLO}?orgId=1&panelId=2&var-host=a&var-host=b&width=1000&height=500",
        f"{SOLO}?panelId=panel-2",
        f"{SOLO}?panelId={{{{ .labels.panel }}}}&width={{{{ .labels.width }}}}",
        f"{SOLO}?panelId=2&var-host=:::name|none:::#sensu.io.graphic",
        "/render/d-solo/abc/cpu?panelId=2",
        "{{ .labels.grafana }}/render/d-solo/abc/cpu?panelId=2",
        "https://grafana.example.com/render/d/abc/cpu",
        "https://g.example.com/grafana/render/dashboard-solo/db/cpu?panelId=2",
    ],
)
def test_a_good_one_is_left_alone(url: str) -> None:
    assert list(problems(url)) == []


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "is no http or https URL"),
        ("grafana.example.com/render/d-solo/abc?panelId=2", "is no http or https URL"),
        ("https://grafana.example.com/d/abc/cpu?viewPanel=2", "has to be /render/d-solo/"),
        ("https://g.example.com/dashboard/db/cpu?panelId=2", "has to be /render/dashboard-solo/"),
        ("https://g.example.com/cpu.png", "no /render/ in its path"),
        (f"{SOLO}?orgId=1panelId=2", "lost the &"),
        (f"{SOLO}?orgId=1&panelId=2&var-a=x y", "blanks"),
        (f"{SOLO}?orgId=1", "panelId is missing"),
        (f"{SOLO}?viewPanel=2", "viewPanel is for pages"),
        (f"{SOLO}?panelId=cpu", "panelId that is no number"),
        (f"{SOLO}?panelId=2&width=20", "width that is not between 100 and 4000"),
        (f"{SOLO}?panelId=2&height=500px", "height that is not between"),
        (f"{SOLO}?panelId=2&panelId=3", "names panelId 2 times"),
        (f"{SOLO}?panelId=2&from=1795249229000&to=1795249330000", "always shows the same time"),
        (f"{SOLO}?panelId=2&from=now-1h&to=now", "has from and to of its own"),
        (f"{SOLO}?panelId=2&from=now-1h", "has from of its own"),
    ],
)
def test_a_mistake_is_named(url: str, says: str) -> None:
    (problem,) = problems(url)
    assert says in problem


@pytest.mark.parametrize(
    "url",
    [
        f"{SOLO}?panelId=2&apiKey=s3cret",
        f"{SOLO}?panelId=2&auth_token=s3cret",
        "https://admin:s3cret@grafana.example.com/render/d-solo/abc?panelId=2",
    ],
)
def test_a_secret_is_found_and_not_repeated(url: str) -> None:
    (problem,) = problems(url)
    assert "holds a secret" in problem
    assert "s3cret" not in problem


@given(st.text(max_size=200))
def test_any_text_is_looked_at(text: str) -> None:
    for url in (text, f"https://g/render/d-solo/{text}", f"{SOLO}?panelId=2&{text}"):
        assert all(isinstance(problem, str) for problem in problems(url))
