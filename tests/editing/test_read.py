"""Reading the settings off programs of many styles."""

import pytest
import torch

from viz.catalog import DEFAULT_PROGRAM
from viz.editing import Settings, read

DEFAULT = DEFAULT_PROGRAM.read_text(encoding="utf-8")


def program(*lines: str) -> str:
    return "\n".join(["import torch", "from torch import nn, optim", *lines, ""])


def test_the_default_program_shows_all_its_settings() -> None:
    settings = read(DEFAULT)
    assert [(leaf.name, leaf.values, leaf.shape) for leaf in settings.leaves] == [
        ("W", (-0.5,), (1,)),
        ("b", (0.5,), (1,)),
    ]
    assert [(tensor.name, tensor.shape, tensor.dtype) for tensor in settings.columns] == [
        ("distance", (24,), "float32"),
        ("velocity", (24,), "float32"),
    ]
    assert settings.loss is not None
    assert (settings.loss.entry.name, settings.loss.arguments) == ("MSELoss", {"reduction": "mean"})
    assert settings.optimizer is not None
    assert (settings.optimizer.entry.name, settings.optimizer.parameters) == ("SGD", "[W, b]")
    assert settings.optimizer.arguments["lr"] == 0.1
    assert (settings.iterations, settings.dtype) == (100, "float32")


@pytest.mark.parametrize(
    "source", ["x = ", "for", "\0", "(" * 5000, "x = '\ud800'", "-" * 100_000 + "1", "9" * 5000, "a\rb"]
)
def test_source_that_is_not_python_has_no_settings(source: str) -> None:
    assert read(source) == Settings()


def test_an_empty_program_has_no_settings() -> None:
    assert read("") == Settings()


@pytest.mark.parametrize(
    "line",
    [
        "W = torch.tensor([0.5], requires_grad=True)",
        "W = torch.as_tensor([0.5]).requires_grad_()",
        "W = nn.Parameter(torch.tensor([0.5]))",
        "W = torch.tensor(\n    [\n        0.5,  # the slope\n    ],\n    requires_grad=True,\n)",
        "W = (torch.tensor(([0.5]), requires_grad=True))",
        "b, W = torch.tensor([0.0]), torch.tensor([0.5], requires_grad=True)",
        "W = torch.tensor([9.0], requires_grad=True)\nW = torch.tensor([0.5], requires_grad=True)",
    ],
)
def test_a_leaf_is_found_however_it_is_created(line: str) -> None:
    (leaf,) = read(program(line)).leaves
    assert (leaf.name, leaf.values, leaf.shape, leaf.requires_grad) == ("W", (0.5,), (1,), True)


@pytest.mark.parametrize(
    "line",
    [
        "W = torch.tensor([0.5 + 1], requires_grad=True)",
        "W = torch.tensor([start], requires_grad=True)",
        "W = torch.tensor([True], requires_grad=True)",
        "W = torch.tensor([[1.0], [2.0, 3.0]], requires_grad=True)",
        "W = torch.tensor([], requires_grad=True)",
        "W = torch.tensor([1e999], requires_grad=True)",
        "W = torch.zeros(1, requires_grad=True)",
        "W = tensor([0.5], requires_grad=True)",
        "W = mine.tensor([0.5], requires_grad=True)",
    ],
)
def test_numbers_that_are_not_literals_are_not_shown(line: str) -> None:
    assert read(program(line)).leaves == ()


def test_tensors_made_in_the_loop_are_not_settings() -> None:
    assert read(program("for i in range(3):", "    x = torch.tensor([1.0, 2.0])")).data == ()


@pytest.mark.parametrize(
    ("call", "values", "shape"),
    [
        ("torch.tensor(-1.5)", (-1.5,), ()),
        ("torch.tensor([1, -2, +3])", (1, -2, 3), (3,)),
        ("torch.tensor([[1.0, 2.0], [3.0, 4.0]])", (1.0, 2.0, 3.0, 4.0), (2, 2)),
        ("torch.tensor(((1.0,), (2.0,)), dtype=torch.double)", (1.0, 2.0), (2, 1)),
    ],
)
def test_shape_and_dtype_are_those_of_torch(call: str, values: tuple[float, ...], shape: tuple[int]) -> None:
    (tensor,) = read(program(f"x = {call}")).data
    made = eval(call, {"torch": torch})
    assert (tensor.values, tensor.shape) == (values, shape)
    assert tensor.shape == tuple(made.shape)
    assert f"torch.{tensor.dtype}" == str(made.dtype)


def test_the_span_of_a_literal_counts_characters_not_bytes() -> None:
    source = program("α = torch.tensor([0.5]); π = torch.tensor([3.14, -2.0])  # π")
    for tensor in read(source).data:
        line = source.splitlines()[tensor.span.line - 1]
        assert line[tensor.span.column : tensor.span.end_column] == tensor.span.text
    assert [tensor.span.text for tensor in read(source).data] == ["[0.5]", "[3.14, -2.0]"]


def test_the_table_has_the_tensors_with_equally_many_rows() -> None:
    source = program(
        "c = torch.tensor([1.0])",
        "x = torch.tensor([1.0, 2.0, 3.0])",
        "y = torch.tensor([[1.0], [2.0], [3.0]])",
        "z = torch.tensor(5.0)",
    )
    assert [tensor.name for tensor in read(source).columns] == ["x", "y"]
    assert read(program("z = torch.tensor(5.0)")).columns == ()


@pytest.mark.parametrize(
    ("imports", "call"),
    [
        ("import torch", "torch.optim.SGD([W], lr=0.1)"),
        ("import torch.optim as o", "o.SGD([W], lr=0.1)"),
        ("from torch import optim", "optim.SGD([W], 0.1)"),
        ("from torch.optim import SGD", "SGD(params=[W], lr=0.1)"),
        ("from torch.optim import SGD as Descent", "Descent([W], lr=1e-1)"),
        ("import torch.optim", "(torch.optim.SGD)(\n    [W],\n    lr=0.1,\n)"),
    ],
)
def test_an_optimizer_is_found_by_whatever_name_it_is_imported(imports: str, call: str) -> None:
    optimizer = read(f"{imports}\noptimizer = {call}\n").optimizer
    assert optimizer is not None
    assert (optimizer.entry.name, optimizer.arguments["lr"], optimizer.parameters) == ("SGD", 0.1, "[W]")


@pytest.mark.parametrize(
    "lines",
    [
        ["optimizer = optim.SparseAdam([W])"],
        ["optimizer = mine.SGD([W], lr=0.1)"],
        ["optimizer = optim.SGD([W], lr=0.1)", "other = optim.SGD([b], lr=0.1)"],
        ["optimizer = optim.SGD([W], 0.1, 0.9)"],
        ["optimizer = optim.SGD([W], **options)"],
        ["optimizer = optim.SGD(*everything)"],
    ],
)
def test_an_optimizer_that_cannot_be_read_is_none(lines: list[str]) -> None:
    assert read(program(*lines)).optimizer is None


def test_an_argument_that_the_program_computes_is_none() -> None:
    optimizer = read(program("optimizer = optim.Adam([W], lr=rate / 2, betas=(0.9, b2), eps=1e-6)")).optimizer
    assert optimizer is not None
    assert optimizer.arguments["lr"] is None
    assert optimizer.arguments["betas"] is None
    assert optimizer.arguments["eps"] == 1e-6
    assert optimizer.arguments["amsgrad"] is False


def test_a_pair_may_hold_none_where_torch_allows_it() -> None:
    optimizer = read(program("optimizer = optim.Adafactor([W], eps=(None, 1e-3))")).optimizer
    assert optimizer is not None
    assert optimizer.arguments["eps"] == (None, 0.001)


def test_a_loss_that_is_created_where_it_is_used_is_found() -> None:
    loss = read(program("for i in range(3):", '    loss = nn.HuberLoss(reduction="sum")(y_hat, y)')).loss
    assert loss is not None
    assert (loss.entry.name, loss.arguments) == ("HuberLoss", {"reduction": "sum", "delta": 1.0})


@pytest.mark.parametrize("call", ["F.mse_loss(a, b)", 'nn.HuberLoss("sum")', "nn.MSELoss(reduction=how)"])
def test_a_loss_that_cannot_be_read_is_none_or_lacks_the_argument(call: str) -> None:
    loss = read(program(f"criterion = {call}")).loss
    assert loss is None or loss.arguments["reduction"] is None


@pytest.mark.parametrize(
    ("header", "count"),
    [("range(100)", 100), ("range(0, 100)", None), ("range(n)", None), ("range(1.5)", None), ("data", None)],
)
def test_the_number_of_iterations_is_that_in_range(header: str, count: int | None) -> None:
    assert read(f"for i in {header}:\n    pass\n").iterations == count


BATCHES = """import torch
def train(loader):
    for x in loader:
        optimizer.step()
"""


@pytest.mark.parametrize(
    ("source", "passes"),
    [
        ("for epoch in range(100):\n    loss.backward()\n", "iterations"),
        ("for epoch in range(100):\n    for x in xs:\n        loss.backward()\n", "epochs"),
        ("for epoch in range(100):\n    for x in xs:\n        y = f(x)\n    loss.backward()\n", "iterations"),
        (f"{BATCHES}for epoch in range(100):\n    train(loader)\n", "epochs"),
        (f"{BATCHES}for trial in range(100):\n    train(loader)\n", "passes"),
        (f"{BATCHES}for i in range(100):\n    xs.append(i)\ntrain(xs)\n", "passes"),
        ("for i in range(100):\n    pass\n", "iterations"),
        (f"{BATCHES}train([])\n", "iterations"),
    ],
)
def test_where_the_iterations_are_those_of_another_loop_its_passes_are_no_iterations(
    source: str, passes: str
) -> None:
    assert read(source).passes == passes


@pytest.mark.parametrize(
    ("lines", "dtype"),
    [
        (["x = torch.tensor([1.0])"], "float32"),
        (["x = torch.tensor([1.0], dtype=torch.float64)", "k = torch.tensor([1])"], "float64"),
        (["x = torch.tensor([1.0], dtype=torch.float64)", "y = torch.tensor([1.0])"], None),
        (["x = torch.tensor([1.0], dtype=kind)"], None),
        (["k = torch.tensor([1])"], None),
    ],
)
def test_the_dtype_is_the_one_that_all_floating_tensors_share(lines: list[str], dtype: str | None) -> None:
    assert read(program(*lines)).dtype == dtype
