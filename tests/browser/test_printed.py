"""What a program prints is below its code: whole, up to the cursor, and nothing moves when nothing is printed."""

from __future__ import annotations

import contextlib
import io

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import READY, at, click, open_stage, press, seek
from tests.browser.test_graph import put_on

PRINTED = f"{READY} .viz-printed"
SOURCE = """import torch
torch.manual_seed(0)
w = torch.tensor(5.0, requires_grad=True)
print("begin")
for i in range(300):
    loss = (w - 1) ** 2
    loss.backward()
    w.data -= 0.01 * w.grad
    w.grad = None
    print(f"{i}: loss {loss.item():.4f}")
print("end")
"""


def lines(page: Page) -> list[str]:
    """The lines that are on the page, without the note above them."""
    return page.locator(f"{PRINTED} pre").text_content().splitlines()  # type: ignore[union-attr]


def printed_by_python(source: str) -> list[str]:
    """What Python prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(source, {})
    return out.getvalue().splitlines()


@pytest.mark.usefixtures("without_charts")
def test_what_was_printed_follows_the_cursor_and_is_whole(server: str, page: Page) -> None:
    wanted = printed_by_python(SOURCE)
    put_on(page, server, SOURCE)
    assert lines(page) == wanted[:1]
    before = page.locator(PRINTED).bounding_box()
    seek(page, 1, 3)
    assert lines(page) == wanted[:2]
    press(page, "ArrowRight")
    assert lines(page) == wanted[:3]
    assert page.locator(f"{PRINTED} mark").text_content() == f"{wanted[2]}\n"
    press(page, "ArrowLeft")
    assert lines(page) == wanted[:2]
    page.locator(f"{READY} .viz-slider").fill("299")
    at(page, 299, 3)
    page.evaluate("() => document.activeElement.blur()")
    while press(page, "ArrowRight")[0] == 299:
        pass
    assert lines(page)[-100:] == wanted[-100:]
    assert page.locator(PRINTED).bounding_box() == before
    place = page.locator(PRINTED)
    place.evaluate("place => { place.scrollTop = -place.scrollHeight; }")
    expect(page.locator(f"{PRINTED} pre")).to_contain_text("begin")
    assert lines(page) == wanted
    click(page, "start")
    assert lines(page) == wanted[:1]


@pytest.mark.usefixtures("without_charts")
def test_a_program_that_prints_nothing_has_no_place_for_it(server: str, page: Page) -> None:
    open_stage(page, server)
    expect(page.locator(PRINTED)).to_be_hidden()
    put_on(page, server, SOURCE.replace('print("begin")\n', ""))
    expect(page.locator(PRINTED)).to_have_text("Nothing is printed yet.")
