"""The role of each name, in programs of many styles."""

import pytest

from viz.catalog import DEFAULT_PROGRAM
from viz.editing import Roles, roles

SETUP = """
import torch
from torch import nn, optim
import torch.nn.functional as F
x = torch.tensor([1.0, 2.0, 3.0])
y = torch.tensor([2.0, 4.0, 6.0])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.0], requires_grad=True)
criterion = nn.MSELoss()
scale = 2.0
"""
FIT = Roles(loss="loss", prediction="y_hat", target="y", input="x", parameters=("W", "b"))


def training(*lines: str, optimizer: str = "optimizer = optim.SGD([W, b], lr=0.1)") -> str:
    return SETUP + optimizer + "\nfor i in range(10):\n" + "".join(f"    {line}\n" for line in lines)


def test_the_default_program_fits_y_hat_to_y_over_x() -> None:
    assert roles(DEFAULT_PROGRAM.read_text(encoding="utf-8")) == FIT


@pytest.mark.parametrize(
    "lines",
    [
        ["y_hat = W * x + b", "loss = criterion(y_hat, y)"],
        ["y_hat = W * x + b", "loss = criterion(y, y_hat)"],
        ["y_hat = W * x + b", "loss = criterion(input=y_hat, target=y)"],
        ["y_hat = W * x + b", "loss = F.mse_loss(y_hat, y)"],
        ["y_hat = W * x + b", "loss = nn.MSELoss()(y_hat, y)"],
        ["y_hat = W * x + b", "loss = ((y_hat - y) ** 2).mean()"],
        ["y_hat = W * x + b", "loss = torch.mean((y - y_hat).square())"],
        ["y_hat = W * x + b", "error = y_hat - y", "loss = (error * error).sum()"],
        ["y_hat = W * x + b", "fit = criterion(y_hat, y)", "loss = fit + scale * W ** 2"],
        ["product = W * x", "y_hat = product + b", "loss = criterion(y_hat, y)"],
        ["y_hat = scale * W * x + b", "loss = criterion(y_hat, y)"],
    ],
)
def test_the_roles_are_found_however_the_step_is_written(lines: list[str]) -> None:
    assert roles(training(*lines, "loss.backward()", "optimizer.step()")) == FIT


def test_a_loss_without_a_name_still_has_a_prediction_and_a_target() -> None:
    found = roles(training("y_hat = W * x + b", "criterion(y_hat, y).backward()"))
    assert found == Roles(None, "y_hat", "y", "x", ("W", "b"))


def test_a_prediction_without_a_name_still_has_an_input() -> None:
    assert roles(training("loss = criterion(W * x + b, y)", "loss.backward()")) == Roles(
        "loss", None, "y", "x", ("W", "b")
    )


def test_only_the_tensors_that_the_optimizer_gets_are_parameters() -> None:
    source = training(
        "y_hat = W * x + b",
        "loss = criterion(y_hat, y)",
        "loss.backward()",
        optimizer="optimizer = optim.SGD([b], lr=0.1)",
    )
    assert roles(source).parameters == ("b",)


def test_without_an_optimizer_every_leaf_that_requires_grad_is_a_parameter() -> None:
    source = training("y_hat = W * x + b", "loss = criterion(y_hat, y)", "loss.backward()", optimizer="")
    assert roles(source).parameters == ("W", "b")


def test_a_program_without_a_loop_has_its_roles_too() -> None:
    assert roles(SETUP + "y_hat = W * x + b\nloss = criterion(y_hat, y)\nloss.backward()\n") == FIT


@pytest.mark.parametrize(("data", "found"), [("[[1.0], [2.0]]", "x"), ("[[1.0, 2.0], [3.0, 4.0]]", None)])
def test_data_of_one_column_can_be_the_input_of_a_line_and_of_two_not(data: str, found: str | None) -> None:
    source = SETUP.replace("[1.0, 2.0, 3.0]", data)
    assert roles(source + "y_hat = W * x + b\nloss = criterion(y_hat, y)\nloss.backward()\n").input == found


@pytest.mark.parametrize("parameters", ["model.parameters()", "list(model.parameters()) + [W]"])
def test_a_model_whose_parameters_the_optimizer_gets_makes_the_prediction(parameters: str) -> None:
    source = training(
        "y_hat = model(x)",
        "loss = criterion(y_hat, y)",
        "loss.backward()",
        optimizer=f"model = nn.Linear(1, 1)\noptimizer = optim.SGD({parameters}, lr=0.1)",
    )
    found = roles(source)
    assert (found.prediction, found.target, found.input) == ("y_hat", "y", "x")
    assert "model" not in found.parameters


def test_data_that_torch_makes_can_be_the_input() -> None:
    made = ("linspace(0, 1, 3)", "arange(3)", "linspace(0, 1, 3).unsqueeze(1)", "unsqueeze(torch.arange(3.0), 1)")
    for data in made:
        source = SETUP.replace("torch.tensor([1.0, 2.0, 3.0])", f"torch.{data}")
        assert roles(source + "y_hat = W * x + b\nloss = criterion(y_hat, y)\nloss.backward()\n").input == "x"


def test_a_program_that_only_squares_a_leaf_has_a_loss_and_no_target() -> None:
    source = "import torch\nW = torch.tensor([3.0], requires_grad=True)\nloss = W ** 2\nloss.backward()\n"
    assert roles(source) == Roles(loss="loss", parameters=("W",))


@pytest.mark.parametrize("source", ["", "x = ", "loss = loss", "y = 3.0"])
def test_programs_without_a_backward_have_no_roles(source: str) -> None:
    assert roles(source) == Roles()


def test_a_name_that_is_computed_from_itself_is_not_followed_forever() -> None:
    assert roles("loss = loss - other\nother = loss\nloss.backward()\n") == Roles(loss="loss")


def test_two_names_that_both_depend_on_a_parameter_are_not_compared() -> None:
    found = roles(training("loss = (W * x - b).square().sum()", "loss.backward()"))
    assert (found.prediction, found.target) == (None, None)
    found = roles(
        training("y_hat = W * x + b", "again = W * x", "loss = criterion(y_hat, again)", "loss.backward()")
    )
    assert (found.prediction, found.target) == (None, None)
