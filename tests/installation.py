"""Installs the project into a separate folder, without the network: the wheel that `pip install .` makes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

#: Files and folders of a checkout that are not part of the project.
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".*_cache", ".hypothesis", "build", "*.egg-info", "__pycache__"
)


def install(folder: Path) -> Path:
    """Build and install a copy of the project, without its requirements; return the folder of its packages.

    setuptools comes from the environment of the tests, where torch needs it, so nothing is downloaded.
    """
    source, target = folder / "source", folder / "target"
    shutil.copytree(ROOT, source, ignore=_LEFT_OUT)  # a build writes into its source folder
    left = source / "build" / "lib" / "viz" / "removed.py"  # an earlier build leaves files that were renamed since
    left.parent.mkdir(parents=True)
    left.touch()
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--no-compile", "--target", str(target)]
    subprocess.run([*pip, *offline, str(source)], check=True)
    return target


def environment(target: Path) -> dict[str, str]:
    """Return the environment in which Python finds the packages in `target` first."""
    return os.environ | {"PYTHONPATH": str(target), "PYTHONDONTWRITEBYTECODE": "1"}
