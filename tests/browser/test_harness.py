"""The tools of the browser tests fail loudly if there is no browser or no server."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.browser.find_browser import find_browser
from tests.browser.harness import serve


def test_a_named_browser_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", sys.executable)  # any program that answers --version
    assert find_browser() == Path(sys.executable)


def test_a_named_browser_that_is_not_there_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    assert find_browser() is None


@pytest.mark.skipif(os.name == "nt", reason="shell scripts replace the programs")
def test_a_placeholder_that_does_not_start_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write_program(tmp_path / "chromium", "echo 'install the snap' >&2; exit 10")
    _write_program(tmp_path / "google-chrome", "echo 'Google Chrome 150'")
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_browser() == tmp_path / "google-chrome"


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"does not exist"), serve(tmp_path / "missing.py"):
        pytest.fail("there is nothing to serve")


def _write_program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    path.chmod(0o755)
