"""The command `autograd-explainer` of an installation opens the page, in any folder."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.harness import free_port, start_command
from tests.browser.stage import open_stage, press
from tests.installation import environment, install


def test_the_installed_command_opens_a_page_that_steps(page: Page, tmp_path: Path) -> None:
    target, elsewhere = install(tmp_path), tmp_path / "elsewhere"
    elsewhere.mkdir()
    command = [sys.executable, str(target / "bin" / "autograd-explainer")]
    server = start_command(command, free_port(), environment(target), elsewhere)
    try:
        open_stage(page, server.url)
        assert press(page, "ArrowRight") == (0, 0)
    finally:
        server.stop()
