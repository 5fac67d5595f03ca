"""The page opens by itself, without the internet, at the same place in every window."""

from __future__ import annotations

from playwright.sync_api import Page

import viz
from tests.browser.stage import moment, open_stage, press, seek
from viz.catalog import DEFAULT_PROGRAM
from viz.frames.frame import SETUP


def test_the_page_opens_before_the_loop_and_a_key_enters_it(server: str, page: Page) -> None:
    set_up = viz.run(DEFAULT_PROGRAM.read_text(encoding="utf-8"), iterations=1).setup
    open_stage(page, server)
    assert moment(page) == (SETUP, len(set_up) - 1)
    assert press(page, "ArrowRight") == (0, 0)


def test_back_and_home_undo_what_the_arrows_did(server: str, page: Page) -> None:
    open_stage(page, server)
    start = moment(page)
    seek(page, 2, 3)
    assert press(page, "ArrowLeft") == (2, 2)
    assert press(page, "Shift+ArrowLeft") == (1, 2)
    assert press(page, "Home") == start
