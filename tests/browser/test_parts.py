"""Before the loop, in it and after it: each part of a run fills the boxes of its own graph."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import viz
from tests.browser.reading import read
from tests.browser.stage import READY, press, seek
from tests.browser.test_graph import put_on
from viz.export.offline_page import html_of
from viz.worker.explain import describe_node

#: `before` is drawn before the loop, d and loss in it, and `end` after it.
SOURCE = """import torch
w = torch.tensor(5.0, requires_grad=True)
before = w * 10
for i in range(3):
    d = w - 1
    loss = d ** 2
    loss.backward()
print(w)
end = w * 2 + 1
"""
NOTE = f"{READY} .viz-differs"


def boxes(page: Page) -> dict[str, tuple[str, str, str]]:
    """The Node, the value and the state of each box, by its title."""
    return {title: (box.kind, box.value, box.state) for title, box in read(page).boxes.items()}


def goes_through_the_parts(page: Page) -> None:
    """The boxes from the start to the end, as torch has them."""
    assert boxes(page) == {
        "w": ("AccumulateGrad", "5.000", "built"),
        "before": ("MulBackward0", "50.00", "built now"),
    }
    expect(page.locator(NOTE)).to_be_hidden()
    press(page, "ArrowRight")
    assert boxes(page) == {
        "w": ("AccumulateGrad", "5.000", "built"),
        "d": ("SubBackward0", "4.000", "built now"),
        "loss": ("PowBackward0", "", "waiting"),
    }
    expect(page.locator(NOTE)).to_contain_text(
        "This graph differs from the one before the loop: 2 operations here, 1 operation there."
    )
    seek(page, 2, 2)
    # d loss / d w = 2 * 4 in each of three iterations
    assert boxes(page)["w"] == ("AccumulateGrad", "5.000", "built done now")
    assert read(page).boxes["w"].grad == "24.00"
    press(page, "ArrowRight")
    assert boxes(page) == {
        "w": ("AccumulateGrad", "5.000", "held"),
        "w * 2": ("MulBackward0", "", "waiting"),
        "end": ("AddBackward0", "", "waiting"),
    }
    press(page, "ArrowRight")
    assert boxes(page)["end"] == ("AddBackward0", "11.00", "built now")
    expect(page.locator(NOTE)).to_contain_text(
        "This graph differs from the one in iteration 2: 2 operations here, 2 operations there."
    )
    page.locator(NOTE).get_by_role("button").click()
    there = page.locator(f"{READY} .viz-before .viz-node.operation")
    expect(there.locator(".viz-title")).to_have_text(["d", "loss"])
    expect(there.locator(".viz-number.value")).to_have_text(["4.000", "16.00"])
    page.locator(NOTE).get_by_role("button").click()


@pytest.mark.usefixtures("without_charts")
def test_each_part_of_a_run_shows_the_boxes_of_its_own_graph(server: str, page: Page) -> None:
    put_on(page, server, SOURCE)
    goes_through_the_parts(page)


def test_the_offline_page_does_so_too_and_explains_each_node_in_its_part(page: Page, tmp_path: Path) -> None:
    tape = viz.run(SOURCE)
    file = tmp_path / "autograd.html"
    file.write_text(
        html_of(tape, 3, explain=lambda frames, node: describe_node(frames, node, only_value=False)),
        encoding="utf-8",
    )
    page.goto(file.as_uri())
    page.locator(READY).wait_for()
    page.locator(".viz-node", has_text="before").click()
    expect(page.locator(".viz-inspector")).to_contain_text("before: MulBackward0")
    expect(page.locator(".viz-inspector")).to_contain_text("w * 10 in line 3")
    page.locator(".viz-inspector").get_by_text("Close", exact=True).click()
    goes_through_the_parts(page)
    page.locator(".viz-node", has_text="end").click()
    expect(page.locator(".viz-inspector")).to_contain_text("w * 2 + 1 in line 9")


@pytest.mark.usefixtures("without_charts")
def test_after_a_loop_with_no_further_graph_the_last_graph_stays_and_the_page_says_so(
    server: str, page: Page
) -> None:
    put_on(page, server, SOURCE.replace("end = w * 2 + 1", "w.grad = None"))
    seek(page, 2, 2)
    left = read(page).boxes
    for _ in range(2):
        press(page, "ArrowRight")
        now = read(page).boxes
        assert {title: (box.value, box.grad) for title, box in now.items()} == {
            title: (box.value, box.grad) for title, box in left.items()
        }
        assert not any("now" in box.state for box in now.values())
        expect(page.locator(NOTE)).to_contain_text(
            "No line after the loop builds a graph: this is the one built in iteration 2, as it was then."
        )
    page.locator(f"{READY} .viz-node", has_text="loss").click()
    expect(page.locator(f"{READY} .viz-inspector")).to_contain_text("d ** 2 in line 6")
