"""Each page of "a first alert in five minutes", word for word, from the package to the alert."""

from __future__ import annotations

from pathlib import Path

import pytest

from .. import debian
from . import machine

START = machine.ROOT / "docs" / "start"
MONITORED = (
    *("nagios4-core", "monitoring-plugins-basic", "icinga2-bin", "icinga2-common"),
    *("prometheus-alertmanager", "curl", "python3-venv"),
)
SUBJECTS = {
    "alertmanager": ["web01/HighLoad"],
    "grafana": ["Grafana/TestAlert", "web01/HighLoad"],
    "icinga": ["/cpu"],
    "nagios": ["localhost/cpu"],
    "sensu-go": ["backend01/cpu"],
}
NO_GRAPH = ("Grafana/TestAlert",)  # is of no rule, so of no panel


@pytest.fixture(scope="module")
def monitoring(bare_debian: Path) -> Path:
    """A Debian that has the monitored programs, and nothing of this machine."""
    machine.need()
    return debian.machine(bare_debian, "monitoring", *MONITORED)


def test_there_is_a_test_for_each_page() -> None:
    assert {path.stem for path in START.glob("*.md")} == set(SUBJECTS)


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("name", SUBJECTS)
def test_the_page_leads_to_an_alert_with_its_graph(
    name: str, wheel: Path, tmp_path: Path, monitoring: Path
) -> None:
    script = "\n".join(machine.blocks((START / f"{name}.md").read_text()))
    subjects = SUBJECTS[name]
    report = machine.run(
        script,
        wheel,
        tmp_path,
        root=monitoring,
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
