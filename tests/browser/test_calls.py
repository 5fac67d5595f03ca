"""Alt and an arrow step over calls of functions; the calls that the cursor is in are named above the code."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import READY, moment, press
from tests.browser.test_graph import put_on

CALLS = f"{READY} .viz-calls"
SOURCE = """import torch
from torch import nn
torch.manual_seed(0)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.line = nn.Linear(1, 1)

    def forward(self, x):
        h = self.line(x)
        return torch.relu(h)

def train(model, xs):
    for x in xs:
        y = model(x)
        y.sum().backward()

model = Net()
for epoch in range(2):
    train(model, [torch.ones(2, 1), torch.ones(3, 1)])
"""


@pytest.mark.usefixtures("without_charts")
def test_calls_are_named_and_stepped_over(server: str, page: Page) -> None:
    put_on(page, server, SOURCE)
    place = page.locator(CALLS).bounding_box()
    expect(page.locator(CALLS)).to_have_text("")
    assert press(page, "ArrowRight") == (0, 0)
    expect(page.locator(CALLS)).to_have_text("train › Net.forward")
    assert press(page, "ArrowRight") == (0, 1)
    assert press(page, "ArrowRight") == (0, 2)
    expect(page.locator(CALLS)).to_have_text("train")
    assert press(page, "Alt+ArrowRight") == (0, 3)
    assert press(page, "Alt+ArrowRight") == (1, 2)
    assert press(page, "Alt+ArrowLeft") == (0, 3)
    assert press(page, "Alt+ArrowLeft") == (0, 2)
    assert press(page, "ArrowLeft") == (0, 1)
    assert press(page, "Alt+ArrowRight") == (0, 2)
    assert page.locator(CALLS).bounding_box() == place
    press(page, "Home")
    expect(page.locator(CALLS)).to_have_text("")
    # Over the whole call of train: the statement that made it is in the last iteration of the epoch.
    press(page, "Alt+ArrowRight")
    assert moment(page)[0] == 1
    expect(page.locator(f"{READY} .viz-line-row[aria-current]")).to_have_attribute("data-line", "21")
