"""The catalog agrees with PyTorch on the names, order and defaults of all arguments."""

import csv
import importlib
import inspect

import pytest
import torch

from viz.catalog import (
    ALL_OPTIMIZERS,
    DATASETS,
    DEFAULT_PROGRAM,
    IMPLEMENTATION_SWITCHES,
    LOSSES,
    OPTIMIZERS,
    OTHER_LOSS_ARGUMENTS,
    REFUSED_OPTIMIZERS,
    Argument,
    Entry,
    find,
)
from viz.losses import exchangeable

ENTRIES = LOSSES + ALL_OPTIMIZERS
WORDS = {entry.name: entry for entry in ENTRIES}


def parameters_of(entry: Entry) -> dict[str, inspect.Parameter]:
    """The parameters of torch's own constructor, without the leaves to optimize and the choice of a kernel."""
    taken = inspect.signature(getattr(importlib.import_module(entry.module), entry.name)).parameters
    left_out = {"params", *IMPLEMENTATION_SWITCHES, *OTHER_LOSS_ARGUMENTS, *entry.others, *entry.tensors}
    return {name: parameter for name, parameter in taken.items() if name not in left_out}


@pytest.mark.parametrize("entry", ENTRIES, ids=WORDS)
def test_every_argument_and_its_order_are_pytorchs(entry: Entry) -> None:
    assert [argument.name for argument in entry.arguments] == list(parameters_of(entry))


#: Losses that take something other than an input and a target.
OTHERS = {
    "AdaptiveLogSoftmaxWithLoss", "CTCLoss", "CosineEmbeddingLoss", "LinearCrossEntropyLoss", "MarginRankingLoss",
    "TripletMarginLoss", "TripletMarginWithDistanceLoss",
}  # fmt: skip


def test_every_loss_of_torch_that_takes_an_input_and_a_target_is_there() -> None:
    of_torch = {name for name in dir(torch.nn) if name.endswith("Loss")}
    assert {entry.name for entry in LOSSES} == of_torch - OTHERS
    for entry in LOSSES:
        taken = inspect.signature(getattr(torch.nn, entry.name).forward).parameters
        assert list(taken)[1:] in (list(entry.inputs), ["log_input", "target"])


@pytest.mark.parametrize("entry", LOSSES, ids=lambda entry: entry.name)
def test_a_loss_and_its_function_return_the_same(entry: Entry) -> None:
    prediction = torch.tensor([[0.25, 0.5, 0.75], [0.5, 0.125, 0.25]])
    targets = {
        "classes": torch.tensor([2, 0]),
        "labels": torch.tensor([[1, -1, 0], [2, 0, -1]]),
        "signs": torch.tensor([[1.0, -1.0, 1.0], [-1.0, 1.0, 1.0]]),
    }
    target = targets.get(entry.targets, torch.tensor([[0.5, 0.0, 1.0], [0.25, 1.0, 0.75]]))
    given = [prediction, target, torch.tensor([[0.5], [2.0]])][: len(entry.inputs)]
    function = getattr(torch.nn.functional, entry.function)
    settings = {argument.name: argument.default for argument in entry.arguments} | {"reduction": "sum"}
    as_class = getattr(torch.nn, entry.name)(**settings)(*given)
    assert as_class.isfinite()
    assert as_class.equal(function(*given, **settings))


def test_a_loss_can_be_replaced_only_by_one_that_takes_the_same_data() -> None:
    names = {entry.name: [one.name for one in exchangeable(entry)] for entry in LOSSES}
    assert names["MSELoss"] == [
        "MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "BCEWithLogitsLoss", "PoissonNLLLoss",
    ]  # fmt: skip
    assert names["NLLLoss"] == ["CrossEntropyLoss", "NLLLoss", "MultiMarginLoss"]
    assert names["GaussianNLLLoss"] == ["GaussianNLLLoss"]
    assert names["MultiLabelMarginLoss"] == ["MultiLabelMarginLoss"]


@pytest.mark.parametrize("entry", ENTRIES, ids=WORDS)
def test_every_default_is_pytorchs(entry: Entry) -> None:
    taken = parameters_of(entry)
    assert {argument.name: argument.default for argument in entry.arguments} == {
        name: parameter.default for name, parameter in taken.items()
    }


def test_every_optimizer_of_torch_is_offered_or_refused_with_a_reason() -> None:
    of_torch = {name for name, value in vars(torch.optim).items() if inspect.isclass(value)} - {"Optimizer"}
    assert {entry.name for entry in ALL_OPTIMIZERS} | REFUSED_OPTIMIZERS.keys() == of_torch
    assert not {entry.name for entry in ALL_OPTIMIZERS} & REFUSED_OPTIMIZERS.keys()


@pytest.mark.parametrize("entry", ALL_OPTIMIZERS, ids=lambda entry: entry.name)
def test_the_arguments_without_a_widget_are_pytorchs_too(entry: Entry) -> None:
    assert set(entry.others) <= inspect.signature(getattr(torch.optim, entry.name)).parameters.keys()


def kind_of(default: object) -> str:
    if isinstance(default, bool):
        return "flag"
    if isinstance(default, str):
        return "choice"
    return "pair" if isinstance(default, tuple) else "number"


@pytest.mark.parametrize(
    "argument", dict.fromkeys(a for entry in ENTRIES for a in entry.arguments), ids=lambda a: a.name
)
def test_the_kind_and_the_limits_of_an_argument_fit_its_default(argument: Argument) -> None:
    assert argument.kind.replace("integer", "number") == kind_of(argument.default)
    assert argument.kind != "integer" or type(argument.default) is int
    assert argument.help
    low = float("-inf") if argument.minimum is None else argument.minimum
    high = float("inf") if argument.maximum is None else argument.maximum
    numbers = argument.default if isinstance(argument.default, tuple) else (argument.default,)
    assert all(low <= number <= high for number in numbers if isinstance(number, (int, float)))
    assert argument.kind != "choice" or argument.default in argument.choices


def below_the_minimum(entry: Entry) -> list[tuple[str, float]]:
    numbers = [argument for argument in entry.arguments if argument.kind == "number"]
    return [(argument.name, argument.minimum - 1.0) for argument in numbers if argument.minimum is not None]


@pytest.mark.parametrize(
    ("entry", "name", "value"),
    [(entry, *below) for entry in OPTIMIZERS for below in below_the_minimum(entry)],
)
def test_torch_refuses_values_below_a_minimum(entry: Entry, name: str, value: float) -> None:
    leaf = torch.tensor([1.0], requires_grad=True)
    with pytest.raises(ValueError, match=r"Invalid|should be"):
        getattr(torch.optim, entry.name)([leaf], **{name: value})


@pytest.mark.parametrize("name", ["HuberLoss", "SmoothL1Loss"])
def test_torch_refuses_a_negative_size_of_the_curved_part(name: str) -> None:
    own = WORDS[name].arguments[-1]
    with pytest.raises(RuntimeError):
        getattr(torch.nn, name)(**{own.name: -1.0})(torch.ones(2), torch.zeros(2))


def test_an_entry_is_found_only_by_its_name() -> None:
    assert find(OPTIMIZERS, "Adam") is WORDS["Adam"]
    assert find(OPTIMIZERS, "adam") is None
    assert WORDS["SGD"].argument("lr").default == 0.001
    with pytest.raises(KeyError, match="SGD has no argument 'betas'"):
        WORDS["SGD"].argument("betas")


def test_every_data_set_has_the_numbers_that_its_entry_promises() -> None:
    for dataset in DATASETS:
        with dataset.file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        assert rows
        assert len(dataset.columns) == len(dataset.units)
        for row in rows:
            assert all(float(row[column]) == float(row[column]) for column in dataset.columns)


def test_hubbles_table_yields_his_constant() -> None:
    """The plain line through the 24 nebulae; Hubble's own 465 km/s/Mpc also solves for the sun's motion."""
    with DATASETS[0].file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    distance = torch.tensor([float(row["distance"]) for row in rows], dtype=torch.float64)
    velocity = torch.tensor([float(row["velocity"]) for row in rows], dtype=torch.float64)
    covariance = ((distance - distance.mean()) * (velocity - velocity.mean())).sum()
    slope = covariance / (distance - distance.mean()).square().sum()
    assert len(rows) == 24
    assert slope.item() == pytest.approx(454.2, abs=0.1)


def test_the_default_program_runs_with_plain_python_and_holds_hubbles_table() -> None:
    names: dict[str, object] = {}
    exec(compile(DEFAULT_PROGRAM.read_text(encoding="utf-8"), str(DEFAULT_PROGRAM), "exec"), names)
    with DATASETS[0].file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for column in DATASETS[0].columns:
        tensor = names[column]
        assert isinstance(tensor, torch.Tensor)
        assert tensor.tolist() == torch.tensor([float(row[column]) for row in rows]).tolist()
    loss = names["loss"]
    assert isinstance(loss, torch.Tensor)
    assert loss.item() == pytest.approx(0.3608, abs=1e-3)


def test_the_lines_of_the_default_program_are_short() -> None:
    assert all(len(line) <= 88 for line in DEFAULT_PROGRAM.read_text(encoding="utf-8").splitlines())
