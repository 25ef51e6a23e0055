"""Each page of "a first alert in five minutes", word for word, from the package to the alert."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import machine
from .conftest import build_wheel

START = machine.ROOT / "docs" / "start"
NEEDED = {
    "alertmanager": ("prometheus-alertmanager", "amtool", "curl"),
    "grafana": (),
    "icinga": ("icinga2",),
    "nagios": ("nagios4",),
    "sensu-go": ("curl",),
}
SUBJECTS = {
    "alertmanager": ["web01/HighLoad"],
    "grafana": ["Grafana/TestAlert", "web01/HighLoad"],
    "icinga": ["/cpu"],
    "nagios": ["localhost/cpu"],
    "sensu-go": ["backend01/cpu"],
}
NO_GRAPH = ("Grafana/TestAlert",)  # is of no rule, so of no panel


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, as an index would have it."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def debian() -> Iterator[Path]:
    """A Debian 12 that has the monitored programs, and nothing of this machine."""
    folder = Path(tempfile.mkdtemp())
    yield machine.bare(folder)
    shutil.rmtree(folder)


def test_there_is_a_test_for_each_page() -> None:
    assert {path.stem for path in START.glob("*.md")} == set(NEEDED)


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("name", NEEDED)
def test_the_page_leads_to_an_alert_with_its_graph(name: str, wheel: Path, tmp_path: Path) -> None:
    for program in NEEDED[name]:
        if not shutil.which(program, path="/usr/sbin:/usr/bin"):
            pytest.skip(f"needs {program}")
    _follow(name, wheel, tmp_path)


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("name", NEEDED)
def test_it_does_on_a_bare_debian_too(name: str, wheel: Path, tmp_path: Path, debian: Path) -> None:
    _follow(name, wheel, tmp_path, root=debian)


def _follow(name: str, wheel: Path, folder: Path, root: Path = Path("/")) -> None:
    script = "\n".join(machine.blocks((START / f"{name}.md").read_text()))
    subjects = SUBJECTS[name]
    report = machine.run(
        script,
        wheel,
        folder,
        root=root,
        page=name,
        messages=1 + len(subjects),  # the first is that of grafherald check --send
        pictures=1 + len(set(subjects) - set(NO_GRAPH)),
    )
    assert report.status == 0, report.output
    first, *others = report.messages
    assert len(others) >= len(subjects), report.output
    assert "grafherald" in first["text"]
    for subject, message in zip(subjects, others, strict=False):
        assert subject in message["text"]
        assert message["pictures"] == (subject not in NO_GRAPH), report.output
        assert message["channel"] == first["channel"]
