"""Where batches are inside of epochs, the slider has a mark at each epoch, and keys go from one to the next."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reading import read
from tests.browser.settings import open_group
from tests.browser.stage import READY, moment, press
from tests.browser.test_graph import put_on

SOURCE = """import torch
w = torch.tensor(5.0, requires_grad=True)
for epoch in range(4):
    for x in [1.0, 2.0, 3.0]:
        loss = (w * x - 1) ** 2
        loss.backward()
        w.data -= 0.01 * w.grad
        w.grad = None
"""
MIDDLES = """marks => {
    const slider = document.querySelector(".viz-slider").getBoundingClientRect();
    return marks.map((mark) => {
        const { left, width } = mark.getBoundingClientRect();
        return (left + width / 2 - slider.left - 8) / (slider.width - 16);
    });
}"""


@pytest.mark.usefixtures("without_charts")
def test_epochs_have_marks_and_keys(server: str, page: Page) -> None:
    put_on(page, server, SOURCE)
    expect(page.locator(f"{READY} .viz-epochs i")).to_have_count(4)
    middles = page.locator(f"{READY} .viz-epochs i").evaluate_all(MIDDLES)
    # The slider goes from −1, the set-up, to iteration 11.
    assert middles == pytest.approx([(first + 1) / 12 for first in (0, 3, 6, 9)], abs=0.005)
    press(page, "ArrowRight")
    assert press(page, "ArrowRight") == (0, 1)
    assert press(page, "Control+Shift+ArrowRight") == (3, 1)
    assert read(page).where == "iteration 3: epoch 1, batch 0"
    assert press(page, "Shift+ArrowRight") == (4, 1)
    assert press(page, "Control+Shift+ArrowLeft") == (3, 1)
    assert press(page, "Control+Shift+ArrowLeft") == (0, 1)
    page.keyboard.press("Control+ArrowRight")
    assert moment(page) == (0, 1)
    open_group(page, "Program")
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("4")
