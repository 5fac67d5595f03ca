"""Numbers outside tensors, losses, optimizers and loops are read, and changed where they are written."""

import pytest

from viz.editing import (
    NumberLiteral,
    read,
    set_data,
    set_dtype,
    set_iterations,
    set_leaf,
    set_learning_rate,
    set_number,
    set_optimizer,
)

HEAD = "import numpy as np\nimport torch\nfrom torch import nn, optim\n"

#: A program that writes out the update, with its own numbers.
OWN = f"""{HEAD}torch.manual_seed(3)
W = torch.tensor([0.5], requires_grad=True)
lr = 0.05  # how far
momentum, layers = 0.8, 4
epochs = 20
for epoch in range(epochs):
    loss = (W * W).sum()
    loss.backward()
    with torch.no_grad():
        W -= lr * W.grad
    W.grad = None
"""

SCHEDULED = f"""{HEAD}W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.0], requires_grad=True)
rate = 0.1
optimizer = optim.SGD([{{"params": [W]}}, {{"params": [b], "lr": 0.5, "nesterov": False}}], lr=rate, momentum=0.9)
scheduler = optim.lr_scheduler.StepLR(optimizer, 30, gamma=0.5)
for step in range(10):
    optimizer.step()
    scheduler.step()
"""


SEVERAL = """
import torch
from torch import nn, optim

W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.0], requires_grad=True)
near = nn.SmoothL1Loss(beta=0.5)
far = nn.MSELoss()
slow = optim.Adam([W], 0.01)
fast = optim.SGD([b], lr=0.1, momentum=0.9, nesterov=True)
"""


def numbers(source: str) -> list[tuple[str, float, str]]:
    return [(one.name, one.value, one.of) for one in read(source).numbers]


def test_names_of_numbers_are_found_except_those_that_other_settings_show() -> None:
    assert numbers(OWN) == [
        ("lr", 0.05, "name"),
        ("momentum", 0.8, "name"),
        ("layers", 4, "name"),
        ("seed", 3, "name"),
    ]
    assert read(OWN).iterations == 20


def test_a_schedulers_numbers_and_a_groups_own_options_are_found() -> None:
    assert numbers(SCHEDULED) == [
        ("scheduler.step_size", 30, "scheduler"),
        ("scheduler.gamma", 0.5, "scheduler"),
        ("lr of [b]", 0.5, "group"),
    ]


def test_several_optimizers_and_losses_each_have_fields_for_their_numbers() -> None:
    assert numbers(SEVERAL) == [
        ("near.beta", 0.5, "loss"),
        ("slow.lr", 0.01, "optimizer"),
        ("fast.lr", 0.1, "optimizer"),
        ("fast.momentum", 0.9, "optimizer"),
    ]
    assert read(SEVERAL).optimizer is None


@pytest.mark.parametrize(
    ("source", "name", "value", "old", "new"),
    [
        (OWN, "momentum", 0.25, "0.8, 4", "0.25, 4"),
        (OWN, "layers", 5, "0.8, 4", "0.8, 5"),
        (OWN, "layers", 5.5, "0.8, 4", "0.8, 5.5"),
        (OWN, "seed", 7, "manual_seed(3)", "manual_seed(7)"),
        (OWN, "momentum", -1.0, "0.8, 4", "-1.0, 4"),
        (SCHEDULED, "scheduler.step_size", 5, "optimizer, 30", "optimizer, 5"),
        (SCHEDULED, "scheduler.gamma", 0.1, "gamma=0.5", "gamma=0.1"),
        (SCHEDULED, "lr of [b]", 2.0, '"lr": 0.5', '"lr": 2.0'),
        (SEVERAL, "slow.lr", 0.02, "Adam([W], 0.01)", "Adam([W], 0.02)"),
        (SEVERAL, "fast.momentum", 0.5, "momentum=0.9", "momentum=0.5"),
    ],
)
def test_a_number_is_changed_where_it_is_written_and_nothing_else_changes(
    source: str, name: str, value: float, old: str, new: str
) -> None:
    changed = set_number(source, name, value)
    assert source.count(old) == 1
    assert changed == source.replace(old, new)
    assert set_number(changed, name, value) == changed


def test_a_number_that_does_not_exist_cannot_be_changed() -> None:
    with pytest.raises(LookupError, match="no number called beta"):
        set_number(OWN, "beta", 1.0)
    with pytest.raises(ValueError, match="inf cannot be written as a number"):
        set_number(OWN, "momentum", float("inf"))


def test_the_learning_rate_of_a_handwritten_update_is_found_by_its_name() -> None:
    settings = read(OWN)
    assert (settings.learning_rate, settings.rate_name) == (0.05, "lr")
    assert set_learning_rate(OWN, 0.2) == OWN.replace("lr = 0.05", "lr = 0.2")
    assert read(OWN.replace("lr ", "learning_rate ")).rate_name == "learning_rate"
    without = OWN.replace("lr = 0.05", "size = 0.05").replace("lr *", "size *")
    assert read(without).learning_rate is None
    with pytest.raises(LookupError, match="no optimizer"):
        set_learning_rate(without, 0.2)


def test_an_argument_that_is_a_name_is_changed_where_the_name_is_assigned() -> None:
    assert read(SCHEDULED).learning_rate == 0.1
    assert read(SCHEDULED).rate_name is None
    assert set_learning_rate(SCHEDULED, 0.3) == SCHEDULED.replace("rate = 0.1", "rate = 0.3")
    optimizer = read(SCHEDULED).optimizer
    assert optimizer is not None
    written = {name: value for name, value in optimizer.arguments.items() if value is not None}
    assert set_optimizer(SCHEDULED, "SGD", {**written, "lr": 0.3}) == SCHEDULED.replace("rate = 0.1", "rate = 0.3")
    assert "lr=rate" in set_optimizer(SCHEDULED, "RMSprop", {"lr": 0.1})


def test_the_number_of_iterations_may_have_a_name() -> None:
    assert set_iterations(OWN, 50) == OWN.replace("epochs = 20", "epochs = 50")


@pytest.mark.parametrize(
    "lines",
    [
        "epochs = 20\nepochs = epochs * 2",
        "epochs = 10 + 10",
        "for epochs in range(3):\n    pass",
    ],
)
def test_a_name_that_is_bound_twice_or_computed_has_no_number(lines: str) -> None:
    assert read(OWN.replace("epochs = 20", lines)).iterations is None


@pytest.mark.parametrize(
    "lines",
    [
        "numbers = [1.0, 2.0]\nx = torch.tensor(numbers)",
        "x = np.array([1.0, 2.0])",
        "x = np.array([1.0, 2.0], dtype=np.float32)",
        "x = torch.tensor(np.array([1.0, 2.0]))",
        "numbers = [1.0, 2.0]\nx = np.array(numbers)\ny = torch.as_tensor(x)",
    ],
)
def test_data_are_found_behind_a_name_and_in_an_array(lines: str) -> None:
    source = HEAD + lines + "\n"
    (data,) = read(source).data
    assert (data.name, data.values, data.shape) == ("x", (1.0, 2.0), (2,))
    assert set_data(source, {"x": [3.0, 4.0, 5.0]}) == source.replace("[1.0, 2.0]", "[3.0, 4.0, 5.0]")
    assert "torch.float64" not in set_dtype(source.replace("torch.tensor(numbers)", "0"), "float64")


def test_a_leaf_behind_a_name_is_changed_there() -> None:
    source = f"{HEAD}start = 0.5\nW = torch.tensor(start, requires_grad=True)\n"
    assert [leaf.shape for leaf in read(source).leaves] == [()]
    assert set_leaf(source, "W", [2.0]) == source.replace("start = 0.5", "start = 2.0")


def test_data_outside_the_columns_of_the_table_are_listed_as_others() -> None:
    source = f"{HEAD}x = torch.tensor([1.0, 2.0])\ny = torch.tensor([3.0, 4.0])\ngoal = torch.tensor(2.0)\n"
    source += "K = torch.tensor([[[1.0, 2.0]]])\nz = torch.tensor([1.0, 2.0, 3.0])\n"
    settings = read(source)
    assert [one.name for one in settings.columns] == ["x", "y"]
    assert [one.name for one in settings.others] == ["goal", "K", "z"]
    assert settings.numbers == ()
    assert NumberLiteral("a", 1, "name") == read("a = 1").numbers[0]
