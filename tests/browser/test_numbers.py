"""The numbers on the graph, in the ledger and beside the code are plain PyTorch's, at every moment."""

from __future__ import annotations

import pytest
import torch
from playwright.sync_api import Page

from tests.browser.plain import line_of, names_at, shown, signed
from tests.browser.reading import read
from tests.browser.settings import open_group, put_on_stage
from tests.browser.stage import click, open_stage, press, seek
from viz.catalog import DEFAULT_PROGRAM

SOURCE = DEFAULT_PROGRAM.read_text(encoding="utf-8")
ZERO_GRAD, Y_HAT, LOSS, BACKWARD, STEP = range(5)
PARAMETERS = ("W", "b")


def assert_graph_is_plain(page: Page, source: str = SOURCE) -> None:
    """Every named tensor's box holds what plain PyTorch holds after the same statement."""
    now = read(page)
    names = names_at(source, *now.moment)
    for name in PARAMETERS:
        assert (now.boxes[name].value, now.boxes[name].grad) == (shown(names[name]), shown(names[name].grad))
    for name, made_by in (("y_hat", Y_HAT), ("loss", LOSS)):
        assert now.boxes[name].value == (shown(names[name]) if now.statement >= made_by else "")
    for name in ("x", "y"):
        assert now.boxes[name].value == shown(names[name])


def test_every_statement_of_two_iterations_shows_plain_pytorchs_values_and_grads(stage: Page) -> None:
    for _ in range(10):
        press(stage, "ArrowRight")
        assert_graph_is_plain(stage)


def test_buttons_go_back_to_the_same_numbers(stage: Page) -> None:
    for command in ("iterationNext", "iterationNext", "next", "back", "back", "iterationBack", "next"):
        click(stage, command)
        assert_graph_is_plain(stage)
    assert read(stage).moment == (0, STEP)


def test_the_gradient_that_flows_is_the_one_autograd_computes(stage: Page) -> None:
    seek(stage, 3, BACKWARD)
    now = read(stage)
    names = names_at(SOURCE, 3, LOSS)
    product = names["W"] * names["x"]
    y_hat = product + names["b"]
    to_product, to_y_hat = torch.autograd.grad(names["criterion"](y_hat, names["y"]), (product, y_hat))
    assert now.boxes["y_hat"].grad == shown(to_y_hat)
    assert now.boxes["W * x"].grad == shown(to_product)
    assert now.boxes["loss"].grad == "1.000"


def test_the_ledger_adds_up_as_torch_did(stage: Page) -> None:
    seek(stage, 2, STEP)
    ledger = read(stage).ledger
    before, after = names_at(SOURCE, 2, BACKWARD), names_at(SOURCE, 2, STEP)
    for name in PARAMETERS:
        assert ledger[name] == {
            "value": shown(before[name]),
            ".grad before": "None",
            "contribution": shown(before[name].grad),
            ".grad after": shown(before[name].grad),
            "optimizer state": "none",
            "update": signed(after[name].detach() - before[name].detach()),
            "new value": shown(after[name]),
        }


def test_each_line_has_its_values_beside_it(stage: Page) -> None:
    seek(stage, 1, STEP)
    now = read(stage)
    names = names_at(SOURCE, 1, STEP)
    weight, bias = names["W"], names["b"]

    def beside(text: str) -> str:
        return now.beside[line_of(SOURCE, text)]

    assert beside("x = (distance") == shown(names["x"])
    assert beside("zero_grad") == "W None  b None"
    assert beside("y_hat = ") == shown(names["y_hat"])
    assert beside("loss = ") == shown(names["loss"])
    assert beside("backward") == f"W {shown(weight.grad)}  b {shown(bias.grad)}"
    assert beside("step()") == f"W {shown(weight)}  b {shown(bias)}"
    assert now.line == line_of(SOURCE, "step()")


def test_the_sentence_says_what_backward_added(stage: Page) -> None:
    seek(stage, 0, BACKWARD)
    names = names_at(SOURCE, 0, BACKWARD)
    added = [f"{shown(names[name].grad)} to {name}.grad" for name in PARAMETERS]
    assert read(stage).sentence == f"loss.backward() added {' and '.join(added)}; both were None."


@pytest.mark.usefixtures("without_charts")
def test_without_zero_grad_the_contributions_pile_up_in_grad(server: str, page: Page) -> None:
    source = SOURCE.replace("    optimizer.zero_grad()\n", "")
    backward, step = 2, 3
    open_stage(page, server)
    open_group(page, "Program")
    put_on_stage(page, source)
    seek(page, 2, step)
    ledger = read(page).ledger
    names = names_at(source, 2, backward - 1)
    contributions = torch.autograd.grad(names["loss"], [names[name] for name in PARAMETERS])
    after = names_at(source, 2, backward)
    for name, contribution in zip(PARAMETERS, contributions, strict=True):
        cells = [ledger[name][column] for column in (".grad before", "contribution", ".grad after")]
        assert cells == [shown(names[name].grad), shown(contribution), shown(after[name].grad)]
