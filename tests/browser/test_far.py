"""A far iteration of a long run is reached at once, and so is one between, which was skipped on the way."""

from __future__ import annotations

import pytest
import torch
from playwright.sync_api import Page, expect

from tests.browser.stage import READY, at, open_stage, press
from viz.frames.tape import Cursor
from viz.linking import Moment, query_of
from viz.writing.numbers import brief

SOURCE = """\
import torch
w = torch.tensor(1.0, requires_grad=True)
for epoch in range(500):
    total = 0.0
    for x in [1.0, 2.0, 3.0]:
        loss = (w * x - 1.0) ** 2
        loss.backward()
        w.data -= 0.001 * w.grad
        w.grad = None
        total += loss.item()
    print(epoch, total)
"""
#: The statement of an iteration that changes `w`.
STEP = 2


def plain(iterations: int) -> tuple[float, str]:
    """Return `w` after this number of iterations, and the line printed by the last epoch that was finished."""
    w, total, printed = torch.tensor(1.0, requires_grad=True), 0.0, ""
    for number in range(iterations):
        x = [1.0, 2.0, 3.0][number % 3]
        if number % 3 == 0:
            printed, total = f"{number // 3 - 1} {total}", 0.0
        loss = (w * x - 1.0) ** 2
        loss.backward()  # type: ignore[no-untyped-call]
        assert w.grad is not None
        w.data -= 0.001 * w.grad
        w.grad = None
        total += loss.item()
    return w.item(), printed


def shows(page: Page, iteration: int) -> None:
    """Wait until the page shows plain PyTorch's numbers at the step of an iteration."""
    value, printed = plain(iteration + 1)
    expect(page.locator(f"{READY} [data-slot='c8']")).to_have_text(f"w {brief(value)}")
    expect(page.locator(f"{READY} [data-slot='c11']")).to_have_attribute("title", printed)


@pytest.mark.usefixtures("without_charts")
def test_going_far_and_back_shows_plain_pytorchs_numbers(server: str, page: Page) -> None:
    open_stage(page, f"{server}/?{query_of(Moment(SOURCE, Cursor(1200, STEP)))}")
    at(page, 1200, STEP)
    shows(page, 1200)
    press(page, "Shift+ArrowLeft")
    shows(page, 1199)
    page.locator(f"{READY} .viz-slider").fill("700")
    at(page, 700, STEP)
    shows(page, 700)
