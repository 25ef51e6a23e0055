"""The documentation's own code, which is no package of ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
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


def build_wheel(folder: Path) -> Path:
    """Build the package below *folder*, from a copy of what git tracks."""
    source, out = folder / "source", folder / "dist"
    source.mkdir()
    listed = ("git", "ls-files", "-co", "--exclude-standard", "-z")
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout
    pack = ("tar", "--null", "-T", "-", "-cf", str(source / "all.tar"))
    subprocess.run(pack, cwd=ROOT, input=names, check=True)
    subprocess.run(["tar", "-xf", "all.tar"], cwd=source, check=True)
    build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), ".")
    subprocess.run(build, cwd=source, check=True, stdout=subprocess.DEVNULL)
    (found,) = out.glob("*.whl")
    return found
