"""Makes sure that the tests have a browser: an installed one, the distribution's, or Playwright's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.browser.find_browser import MISSING, find_browser

_SECONDS = 900  # a slow mirror is no error, a hanging one is


def main() -> int:
    """Print the browser that the tests will use; return 1 if there is none."""
    browser = find_browser()
    for install in (_from_distribution, _from_playwright):
        if browser is not None or "CHROMIUM" in os.environ:
            break
        install()
        browser = find_browser()
    if browser is None:
        print(MISSING, file=sys.stderr)
        return 1
    print(f"Browser: {browser}")
    return 0


def _from_distribution() -> None:
    """Install `chromium` with apt-get, if that exists and needs no password."""
    as_root = _apt_prefix()
    if as_root is None:
        return
    quietly = [*as_root, "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    if _run([*quietly, "update"]):
        _run([*quietly, "install", "--yes", "--no-install-recommends", "chromium", "fonts-liberation"])


def _from_playwright() -> None:
    """Download the Chromium that belongs to the installed Playwright, with the libraries it needs if we may."""
    libraries = [] if _apt_prefix() is None else ["--with-deps"]
    _run([sys.executable, "-m", "playwright", "install", *libraries, "chromium"])


def _apt_prefix() -> list[str] | None:
    """The prefix of an apt-get command; None if there is no apt-get, or no way to become root."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["env"]
    if shutil.which("sudo") and _run(["sudo", "-n", "true"]):
        return ["sudo", "-n", "env"]
    return None


def _run(command: list[str]) -> bool:
    """Run a command and show its output; return whether it succeeded in time."""
    print("$", " ".join(command), flush=True)
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)
        return False
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
