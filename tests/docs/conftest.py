"""The documentation's own code, which is no package of ours."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from ..conftest import ROOT


@pytest.fixture(scope="session")
def reference() -> ModuleType:
    """What makes the reference."""
    sys.path.insert(0, str(ROOT / "docs" / "site"))
    try:
        import reference
    finally:
        sys.path.pop(0)
    found: ModuleType = reference
    return found


@pytest.fixture(scope="session")
def pages(reference: ModuleType) -> dict[str, str]:
    """The reference's pages by name."""
    found: dict[str, str] = reference.pages()
    return found
