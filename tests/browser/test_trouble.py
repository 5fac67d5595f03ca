"""Trouble is a lesson: divergence is named where it began, and torch's own errors appear at their line."""

from __future__ import annotations

import re

import pytest
import torch
from playwright.sync_api import Page, expect

from tests.browser.plain import each_iteration, line_of, names_at, shown
from tests.browser.reading import read
from tests.browser.settings import open_group, put_on_stage, type_number
from tests.browser.stage import READY, at, click, hold, moment, open_stage, press
from tests.browser.test_numbers import BACKWARD, LOSS, SOURCE, STEP, assert_graph_is_plain
from tests.programs import BACKWARD_TWICE

TWICE = SOURCE.replace("    loss.backward()\n", "    loss.backward()\n    loss.backward()\n")


def test_at_the_first_infinite_number_play_stops_and_the_page_says_where(server: str, page: Page) -> None:
    source = SOURCE.replace("lr=0.1", "lr=10.0")
    # Everything before the loss is finite in that iteration, so the loss is the first that is not.
    first = next(number for number, end in enumerate(each_iteration(source, 60)) if not end["loss"].isfinite())
    assert torch.isfinite(names_at(source, first, LOSS - 1)["y_hat"]).all()
    open_stage(page, server)
    type_number(page, "lr", "10")
    page.evaluate("() => document.activeElement.blur()")
    hold(page, "Shift+ArrowRight", first)  # to the end of the iteration before
    at(page, first - 1, STEP)
    assert read(page).warning == ""
    page.locator(f"{READY} .viz-speed").select_option("20")
    click(page, "play")
    expect(page.locator(f"{READY} [data-command=play]")).to_have_attribute("aria-pressed", "false")
    assert moment(page) == (first, LOSS)
    warning = read(page).warning
    where = f"line {line_of(SOURCE, 'loss = ')} of iteration {first}"
    assert warning.startswith(f"loss (MseLossBackward0) became inf in {where}.")
    click(page, "run", 100)
    at(page, 99, LOSS)
    assert read(page).warning == warning
    assert_graph_is_plain(page, source)
    hold(page, "Shift+ArrowLeft", 99 - first + 1)
    at(page, first - 1, LOSS)
    assert read(page).warning == ""
    assert_graph_is_plain(page, source)


@pytest.mark.usefixtures("without_charts")
def test_backward_twice_shows_torchs_own_message_on_its_line(server: str, page: Page) -> None:
    with pytest.raises(RuntimeError) as raised:
        names_at(TWICE, 0, BACKWARD + 1)
    open_stage(page, server)
    open_group(page, "Program")
    put_on_stage(page, TWICE)
    page.evaluate("() => document.activeElement.blur()")
    hold(page, "ArrowRight", BACKWARD + 1)
    before = read(page)
    assert_graph_is_plain(page, TWICE)
    assert press(page, "ArrowRight") == (0, BACKWARD + 1)
    failed = read(page)
    line = line_of(SOURCE, "backward") + 1
    assert _words(failed.sentence) == _words(f"Line {line}: {raised.value}")
    assert failed.line == line and failed.beside[line] == "RuntimeError"
    page.keyboard.press("ArrowRight")
    assert moment(page) == (0, BACKWARD + 1)
    press(page, "ArrowLeft")
    assert read(page) == before
    press(page, "ArrowRight")
    mended = TWICE.replace("loss.backward()", "loss.backward(retain_graph=True)", 1)
    put_on_stage(page, mended)
    assert moment(page) == (0, BACKWARD + 1)
    assert read(page).sentence.startswith("loss.backward() added")
    assert_graph_is_plain(page, mended)


@pytest.mark.usefixtures("without_charts")
def test_an_error_without_a_loop_keeps_what_ran_before_it(server: str, page: Page) -> None:
    open_stage(page, server)
    open_group(page, "Program")
    put_on_stage(page, BACKWARD_TWICE)
    page.evaluate("() => document.activeElement.blur()")
    click(page, "start")
    hold(page, "ArrowRight", 10)
    assert "second time" in read(page).sentence
    press(page, "ArrowLeft")
    assert read(page).boxes["w"].grad == shown(torch.tensor([6.0]))  # d w² / dw at 3


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
