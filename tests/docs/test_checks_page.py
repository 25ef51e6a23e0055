"""The page on what a check may say knows all that the inputs look for."""

from __future__ import annotations

import pytest

from grafherald import channels, prometheus
from grafherald.inputs.nagios import attributes as nagios
from grafherald.inputs.sensu import attributes as sensu

from ..conftest import ROOT

PAGE = (ROOT / "docs" / "checks.md").read_text()
ATTRIBUTES = [channels.find(name).attribute for name in channels.names()]
NAMES = {
    *sensu.TEXTS,
    *sensu.OVERRIDES,
    *(f"_{name.upper()}" for name in nagios._TEXTS),
    *(f"_{name}" for name in nagios._OVERRIDES),
    *(keys[0] for keys in prometheus._TEXTS.values()),
    *(name.partition(".")[2].replace("_", "-") for name in sensu._SETTINGS_OF.values()),
}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_what_an_input_looks_for_is_named(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_whom_a_check_may_name_is_in_the_table_that_the_page_links() -> None:
    table = (ROOT / "docs" / "channels.md").read_text()
    assert "](channels.md)" in PAGE
    assert all(f"`{name}`" in table for name in ATTRIBUTES if name)
