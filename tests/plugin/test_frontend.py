from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

FRONTEND = Path(__file__).parent / "frontend"


@pytest.mark.real
@pytest.mark.skipif(
    shutil.which("npm") is None, reason="needs npm and, the first time, the network"
)
def test_module_js_works_with_grafanas_own_packages():
    if not (FRONTEND / "node_modules").is_dir():
        install = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund"], cwd=FRONTEND, check=False
        )
        if install.returncode:
            pytest.skip("Grafana's npm packages cannot be installed")
    run = subprocess.run(
        ["npm", "test"], cwd=FRONTEND, check=False, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stdout[-5000:]
