"""Finds a Chromium that starts: the named one, one on the PATH, an installed Chrome, or Playwright's own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

MISSING = (
    "No Chromium was found, and the browser tests need one: install chromium or Google Chrome, "
    "or name the program with CHROMIUM=/path/to/chromium."
)

_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)


def find_browser() -> Path | None:
    """The first Chromium that answers `--version`, or None.

    If $CHROMIUM is set, no other browser is tried.
    """
    return next((path for path in _candidates() if _starts(path)), None)


def _candidates() -> Iterator[Path]:
    """The paths where a Chromium may be, likeliest first."""
    if named := os.environ.get("CHROMIUM"):
        yield Path(named)
        return
    yield from (Path(found) for command in _COMMANDS if (found := shutil.which(command)))
    yield from (Path(place) for place in _PLACES)
    with sync_playwright() as playwright:
        yield Path(playwright.chromium.executable_path)


def _starts(path: Path) -> bool:
    """Whether the program exists and runs, unlike, for example, a distribution's placeholder for a snap."""
    if not path.is_file():
        return False
    if path.suffix == ".exe":  # Chrome on Windows opens a window instead of answering
        return True
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0
