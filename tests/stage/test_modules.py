"""The logic of the stage's modules, tested in JavaScript by the Node.js that Playwright brings along."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable  # no public name says where its Node.js is

HERE = Path(__file__).parent


def node_js() -> str:
    """The path of Node.js."""
    return str(compute_driver_executable()[0])


@pytest.mark.parametrize("script", sorted(HERE.glob("*.test.mjs")), ids=lambda path: path.stem)
def test_a_module_does_what_its_test_says(script: Path) -> None:
    ran = subprocess.run(
        [node_js(), "--test", str(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "\n# pass 0\n" not in ran.stdout
