"""The side bar changes the program, and the stage shows at once what would have happened."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.plain import names_at, shown
from tests.browser.reading import read
from tests.browser.settings import (
    another_program,
    choose,
    number_field,
    open_group,
    press_button,
    text_of_program,
    type_number,
)
from tests.browser.stage import click, moment, open_stage, seek
from tests.browser.test_numbers import BACKWARD, SOURCE, STEP, assert_graph_is_plain

pytestmark = pytest.mark.usefixtures("without_charts")


def test_another_learning_rate_keeps_the_place_and_shows_the_other_run(server: str, page: Page) -> None:
    open_stage(page, server)
    seek(page, 30, STEP)
    before = read(page)
    type_number(page, "lr", "0.03")
    after = read(page)
    assert after.moment == (30, STEP) == before.moment
    assert_graph_is_plain(page, SOURCE.replace("lr=0.1", "lr=0.03"))
    names = names_at(SOURCE.replace("lr=0.1", "lr=0.03"), 30, STEP)
    assert after.ledger["W"]["new value"] == shown(names["W"]) != before.ledger["W"]["new value"]
    assert "with lr 0.03" in after.sentence
    type_number(page, "lr", "0.1")
    assert read(page) == before
    expect(page.get_by_test_id("stSliderThumbValue").first).to_have_text("0.1")  # keys move it from where it is
    with another_program(page):
        page.get_by_role("slider", name="Learning rate").focus()
        page.keyboard.press("ArrowRight")
    expect(number_field(page, "lr")).to_have_value("0.12")
    assert_graph_is_plain(page, SOURCE.replace("lr=0.1", "lr=0.12"))
    assert moment(page) == (30, STEP)


def test_another_optimizer_with_its_own_arguments_and_state(server: str, page: Page) -> None:
    open_stage(page, server)
    seek(page, 3, STEP)
    open_group(page, "Optimizer")
    choose(page, "Optimizer", "Adam")
    source = SOURCE.replace("optim.SGD([W, b], lr=0.1)", "optim.Adam([W, b], lr=0.1)")
    assert_adam_is_plain(page, source)
    type_number(page, "betas[0]", "0.5")
    source = source.replace("lr=0.1)", "lr=0.1, betas=(0.5, 0.999))")
    assert_adam_is_plain(page, source)


def assert_adam_is_plain(page: Page, source: str) -> None:
    """The ledger after a step holds the state that plain PyTorch's Adam holds."""
    assert_graph_is_plain(page, source)
    ledger = read(page).ledger
    names = names_at(source, *moment(page))
    for name in ("W", "b"):
        state = names["optimizer"].state[names[name]]
        moments = [f"{key} {shown(state[key])}" for key in ("exp_avg", "exp_avg_sq")]
        assert ledger[name]["optimizer state"] == "  ".join([f"step {state['step']:.0f}", *moments])


def test_another_loss_draws_and_computes_another_graph(server: str, page: Page) -> None:
    open_stage(page, server)
    seek(page, 1, BACKWARD)
    open_group(page, "Loss")
    choose(page, "Loss", "L1Loss")
    assert_graph_is_plain(page, SOURCE.replace("nn.MSELoss()", "nn.L1Loss()"))
    assert names_at(SOURCE.replace("nn.MSELoss()", "nn.L1Loss()"), 1, BACKWARD)["loss"].grad_fn.name() in {
        box.kind for box in read(page).boxes.values()
    }


def test_another_initial_w_starts_the_run_elsewhere_and_undo_takes_it_back(server: str, page: Page) -> None:
    open_stage(page, server)
    seek(page, 0, 1)
    before = read(page)
    open_group(page, "Program")
    type_number(page, "W", "2.25")
    assert moment(page) == (0, 1)
    source = SOURCE.replace("W = torch.tensor([-0.5]", "W = torch.tensor([2.25]")
    assert read(page).boxes["W"].value == "2.250"
    assert_graph_is_plain(page, source)
    expect(text_of_program(page)).to_have_value(source)
    type_number(page, "b", "-1")
    source = source.replace("b = torch.tensor([0.5]", "b = torch.tensor([-1.0]")
    click(page, "next")
    assert_graph_is_plain(page, source)
    click(page, "back")
    for _ in range(2):
        with another_program(page):
            press_button(page, "Undo")
    expect(number_field(page, "W")).to_have_value("-0.5")
    expect(text_of_program(page)).to_have_value(SOURCE)
    assert read(page) == before
