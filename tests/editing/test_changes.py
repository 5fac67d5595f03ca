"""Changing a setting changes its literal and nothing else."""

import ast
import difflib
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from viz.catalog import DEFAULT_PROGRAM, LOSSES, OPTIMIZERS, Entry, Setting
from viz.editing import (
    Choice,
    read,
    set_data,
    set_dtype,
    set_iterations,
    set_leaf,
    set_learning_rate,
    set_loss,
    set_optimizer,
)
from viz.frames.plain import Span

DEFAULT = DEFAULT_PROGRAM.read_text(encoding="utf-8")

OTHER_HANDS = """# μ is what we look for – a comment that is not ASCII
import torch as t
from torch.nn import MSELoss
from torch.optim import SGD
import torch.optim

x, y = t.tensor([1.0, 2.0,   3.0]), t.tensor([[2.0], [4.0], [6.0]])  # π ≈ 3.14; the data
W = t.nn.Parameter(t.tensor(
    [
        [0.5, -1e-3],  # first row (of two)
        [0.25, 7],  # second
    ],
))
b = t.tensor(0.0).requires_grad_()

loss_of = (MSELoss)(  # an empty call
)
opt = SGD(
    [W, b],  # what it learns, "lr=0.5" is no argument
    lr=(0.1),  # how fast (in steps)
    momentum=0.9,
    foreach=False,
)
for step in range(7): loss = loss_of(W.sum() * x + b, y.squeeze()); loss.backward(); opt.step()
"""
SOURCES = [DEFAULT, OTHER_HANDS, OTHER_HANDS.replace("\n", "\r\n")]

floats = st.floats(allow_nan=False, allow_infinity=False)
rates = st.floats(0.0, 1e6)
sources = st.sampled_from(SOURCES)


def removed_and_added(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that only one of two strings has."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return [line[2:] for line in lines if line[0] == "-"], [line[2:] for line in lines if line[0] == "+"]


def required(choice: Choice | None) -> Choice:
    assert choice is not None
    return choice


def written(choice: Choice | None) -> dict[str, Setting]:
    return {name: value for name, value in required(choice).arguments.items() if value is not None}


@given(sources, st.data())
def test_a_leaf_reads_back_as_it_was_set_and_the_rest_stays(source: str, data: st.DataObject) -> None:
    leaf = data.draw(st.sampled_from(read(source).leaves))
    values = tuple(data.draw(st.lists(floats, min_size=len(leaf.values), max_size=len(leaf.values))))
    changed = set_leaf(source, leaf.name, values)
    expected = [(other.name, values if other.name == leaf.name else other.values) for other in read(source).leaves]
    assert [(other.name, other.values) for other in read(changed).leaves] == expected
    ast.parse(changed)
    after = next(other for other in read(changed).leaves if other.name == leaf.name)
    assert around(changed, after.span) == around(source, leaf.span)


def around(source: str, span: Span) -> tuple[str, str]:
    """The source before and after a span."""
    lines = source.split("\n")
    start = sum(len(line) + 1 for line in lines[: span.line - 1]) + span.column
    assert source.startswith(span.text, start)
    return source[:start], source[start + len(span.text) :]


@given(sources, st.lists(st.tuples(floats, floats), min_size=1, max_size=60))
def test_data_of_any_length_reads_back_as_it_was_set(source: str, rows: list[tuple[float, float]]) -> None:
    first, second = (tensor.name for tensor in read(source).columns)
    columns = {first: [row[0] for row in rows], second: [row[1] for row in rows]}
    changed = set_data(source, columns)
    assert {tensor.name: list(tensor.values) for tensor in read(changed).columns} == columns
    assert read(changed).leaves[0].values == read(source).leaves[0].values
    ast.parse(changed)


@given(st.lists(floats, min_size=1, max_size=60))
def test_long_lists_are_wrapped_within_88_columns(values: list[float]) -> None:
    changed = set_data(DEFAULT, {"distance": values, "velocity": values})
    assert max(len(line) for line in changed.splitlines()) <= 88


@given(sources, st.sampled_from([entry.name for entry in OPTIMIZERS]), st.data())
def test_an_optimizer_reads_back_as_it_was_set(source: str, name: str, data: st.DataObject) -> None:
    entry = next(entry for entry in OPTIMIZERS if entry.name == name)
    arguments = {argument.name: data.draw(values_of(entry, argument.name)) for argument in entry.arguments}
    changed = set_optimizer(source, name, arguments)
    optimizer = required(read(changed).optimizer)
    assert (optimizer.entry.name, optimizer.arguments) == (name, arguments)
    assert optimizer.parameters == "[W, b]"
    assert set_optimizer(changed, name, arguments) == changed
    assert read(changed).leaves[0].values == read(source).leaves[0].values
    ast.parse(changed)


@given(sources, st.sampled_from([entry.name for entry in LOSSES]), st.data())
def test_a_loss_reads_back_as_it_was_set(source: str, name: str, data: st.DataObject) -> None:
    entry = next(entry for entry in LOSSES if entry.name == name)
    arguments = {argument.name: data.draw(values_of(entry, argument.name)) for argument in entry.arguments}
    changed = set_loss(source, name, arguments)
    loss = required(read(changed).loss)
    assert (loss.entry.name, loss.arguments) == (name, arguments)
    assert set_loss(changed, name, arguments) == changed
    ast.parse(changed)


def values_of(entry: Entry, name: str) -> st.SearchStrategy[Setting]:
    argument = entry.argument(name)
    by_kind: dict[str, st.SearchStrategy[Setting]] = {
        "number": st.one_of(st.just(argument.default), floats),
        "pair": st.one_of(st.just(argument.default), st.tuples(floats, floats)),
        "flag": st.booleans(),
        "integer": st.integers(-(10**6), 10**6),
        "choice": st.sampled_from(argument.choices or ("",)),
    }
    return by_kind[argument.kind]


@given(sources, rates, st.integers(1, 10_000), st.sampled_from(["float32", "float64"]))
def test_rate_count_and_dtype_read_back_as_they_were_set(source: str, lr: float, count: int, dtype: str) -> None:
    changed = set_dtype(set_iterations(set_learning_rate(source, lr), count), dtype)
    settings = read(changed)
    assert required(settings.optimizer).arguments["lr"] == lr
    assert (settings.iterations, settings.dtype) == (count, dtype)
    assert [leaf.values for leaf in settings.leaves] == [leaf.values for leaf in read(source).leaves]
    ast.parse(changed)


@pytest.mark.parametrize("source", SOURCES, ids=["default", "other hands", "CRLF"])
def test_setting_the_current_value_changes_nothing(source: str) -> None:
    settings = read(source)
    for leaf in settings.leaves:
        assert set_leaf(source, leaf.name, leaf.values) == source
    assert set_data(source, {tensor.name: tensor.values for tensor in settings.columns}) == source
    assert set_loss(source, required(settings.loss).entry.name, written(settings.loss)) == source
    assert set_optimizer(source, "SGD", written(settings.optimizer)) == source
    assert set_learning_rate(source, 0.1) == source
    assert set_iterations(source, settings.iterations or 0) == source
    assert set_dtype(source, settings.dtype or "") == source


@pytest.mark.parametrize("source", SOURCES, ids=["default", "other hands", "CRLF"])
def test_changing_a_setting_and_changing_it_back_restores_the_source(source: str) -> None:
    settings = read(source)
    optimizer, loss = required(settings.optimizer), required(settings.loss)
    assert set_dtype(set_dtype(source, "float64"), "float32") == source
    assert set_iterations(set_iterations(source, 12345), settings.iterations or 0) == source
    more = set_optimizer(
        source, "SGD", {**written(optimizer), "dampening": 0.5, "nesterov": True, "maximize": True}
    )
    assert more != source
    assert set_optimizer(more, "SGD", written(optimizer)) == source
    huber = set_loss(source, "HuberLoss", {"delta": 0.5, "reduction": "sum"})
    assert set_loss(huber, loss.entry.name, written(loss)) == source


def test_only_the_numbers_that_differ_are_touched() -> None:
    source = "import torch\nx = torch.tensor([1e0, 2., 3])  # π\ny = 3"
    assert set_data(source, {"x": [1.0, 2.5, 3.0]}) == source.replace("2.", "2.5")


def test_a_learning_rate_is_changed_where_it_is_written() -> None:
    assert removed_and_added(DEFAULT, set_learning_rate(DEFAULT, 1e-5)) == (
        ["optimizer = optim.SGD([W, b], lr=0.1)"],
        ["optimizer = optim.SGD([W, b], lr=1e-5)"],
    )
    unwritten = DEFAULT.replace(", lr=0.1", "")
    assert "optim.SGD([W, b], lr=0.5)" in set_learning_rate(unwritten, 0.5)
    assert "optim.SGD([W, b], 0.5)" in set_learning_rate(DEFAULT.replace("lr=0.1", "0.1"), 0.5)


def test_a_learning_rate_that_is_torchs_default_stays_written() -> None:
    assert "optim.SGD([W, b], lr=0.001)" in set_optimizer(DEFAULT, "SGD", {"lr": 0.001})


def test_arguments_at_their_defaults_are_left_out() -> None:
    adam = set_optimizer(DEFAULT, "Adam", {"lr": 0.1, "betas": (0.9, 0.999), "eps": 1e-8, "amsgrad": False})
    assert "optimizer = optim.Adam([W, b], lr=0.1)\n" in adam


def test_a_call_that_grows_too_long_is_wrapped_under_its_parenthesis() -> None:
    arguments = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01, "nesterov": True, "maximize": True}
    assert removed_and_added(DEFAULT, set_optimizer(DEFAULT, "SGD", arguments))[1] == [
        "optimizer = optim.SGD([W, b], lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True,",
        "                      maximize=True)",
    ]


def test_comments_and_layout_of_a_call_survive() -> None:
    changed = set_optimizer(OTHER_HANDS, "SGD", {"lr": 0.2, "nesterov": True})
    assert removed_and_added(OTHER_HANDS, changed) == (
        ["    lr=(0.1),  # how fast (in steps)", "    momentum=0.9,"],
        ["    lr=(0.2),  # how fast (in steps)", "    nesterov=True,"],
    )


def test_the_import_of_a_class_by_name_is_changed_too() -> None:
    changed = set_optimizer(OTHER_HANDS, "Adam", {"lr": 0.1})
    assert "from torch.optim import Adam\n" in changed
    assert "opt = Adam(\n    [W, b],  # what it learns" in changed
    assert "foreach" not in changed
    aliased = "from torch.optim import SGD as Descent\nimport torch.optim\nopt = Descent([W])\n"
    assert set_optimizer(aliased, "Adam", {}) == aliased.replace("SGD", "Adam")
    both = "from torch.optim import SGD, Adam as A\nopt = SGD([W])\n"
    assert set_optimizer(both, "Adam", {}) == both.replace("= SGD(", "= A(")


def test_what_the_program_computes_stays_until_a_value_is_given_for_it() -> None:
    source = "from torch import optim\nopt = optim.SGD([W], lr=rate / 2, momentum=0.5)\n"
    assert set_optimizer(source, "SGD", {"momentum": 0.9}) == source.replace("0.5", "0.9")
    assert set_optimizer(source, "Adam", {}) == "from torch import optim\nopt = optim.Adam([W], lr=rate / 2)\n"
    assert set_learning_rate(source, 0.25) == source.replace("rate / 2", "0.25")


@pytest.mark.parametrize("entry", OPTIMIZERS, ids=lambda entry: entry.name)
def test_torch_makes_the_optimizer_that_was_asked_for(entry: Entry) -> None:
    arguments: dict[str, Setting] = {
        argument.name: unlike_the_default(entry, argument.name) for argument in entry.arguments
    }
    source = set_optimizer(DEFAULT, entry.name, arguments)
    names: dict[str, object] = {}
    exec(set_iterations(source, 2), names)
    optimizer = names["optimizer"]
    assert type(optimizer) is getattr(torch.optim, entry.name)
    assert isinstance(optimizer, torch.optim.Optimizer)
    assert {name: optimizer.defaults[name] for name in optimizer.defaults.keys() & arguments.keys()} == {
        name: value for name, value in arguments.items() if name in optimizer.defaults
    }


def unlike_the_default(entry: Entry, name: str) -> Setting:
    """A value that torch takes and that is not the default."""
    special: dict[str, Setting] = {"dampening": 0.0, "etas": (0.25, 2.0), "step_sizes": (1e-7, 20.0), "eps": 1e-7}
    argument = entry.argument(name)
    if name in special and argument.kind == ("pair" if isinstance(special[name], tuple) else "number"):
        return special[name]
    if argument.kind == "flag":
        return True
    if argument.kind == "pair":
        return (0.5, 0.75)
    assert isinstance(argument.default, float)
    return -0.5 if argument.maximum == 0.0 else argument.default * 1.5 if argument.minimum == 1.0 else 0.625


def test_changing_the_class_keeps_the_arguments_that_mean_the_same() -> None:
    source = set_optimizer(DEFAULT, "SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.5, "nesterov": True})
    sgd = required(read(source).optimizer)
    by_name = {entry.name: entry for entry in OPTIMIZERS}
    assert sgd.carried_to(by_name["RMSprop"]) == {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.5}
    assert sgd.carried_to(by_name["Adam"]) == {"lr": 0.1, "weight_decay": 0.5}
    rmsprop = required(read(set_optimizer(DEFAULT, "RMSprop", {"alpha": 0.5})).optimizer)
    assert "alpha" not in rmsprop.carried_to(by_name["ASGD"])


def test_whole_numbers_stay_whole_if_all_new_numbers_are_whole() -> None:
    source = "import torch\nk = torch.tensor([1, 2])\n"
    assert "[3, 2]" in set_data(source, {"k": [3.0, 2.0]})
    assert "[1, 2, 3]" in set_data(source, {"k": [1, 2, 3]})
    assert "[1.5, 2]" in set_data(source, {"k": [1.5, 2.0]})


def test_whole_rows_of_a_matrix_are_added() -> None:
    source = "import torch\nX = torch.tensor([[1.0, 2.0]])\n"
    assert "[[1.0, 2.0], [3.0, 4.0]]" in set_data(source, {"X": [1, 2, 3, 4]})
    with pytest.raises(ValueError, match="at least one row, and 2 in each"):
        set_data(source, {"X": [1, 2, 3]})
    with pytest.raises(ValueError, match="at least one row"):
        set_data(source, {"X": []})


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1, "0.1"), (1.0, "1.0"), (-0.0, "-0.0"), (1e-5, "1e-5"), (1e16, "1e16"), (1 / 3, "0.3333333333333333")],
)
def test_numbers_are_written_in_the_shortest_form_that_reads_back_the_same(value: float, text: str) -> None:
    assert f"torch.tensor([{text}], requires_grad=True)" in set_leaf(DEFAULT, "W", [value])


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_a_value_that_no_literal_can_express_is_a_value_error(value: float) -> None:
    with pytest.raises(ValueError, match="cannot be written as a number"):
        set_leaf(DEFAULT, "W", [value])
    with pytest.raises(ValueError, match="cannot be written as a number"):
        set_learning_rate(DEFAULT, value)


def test_settings_that_do_not_exist_are_lookup_errors() -> None:
    nothing = "x = 1\n"
    with pytest.raises(LookupError):
        set_leaf(nothing, "W", [1.0])
    with pytest.raises(LookupError):
        set_data(nothing, {"x": [1.0]})
    with pytest.raises(LookupError):
        set_loss(nothing, "MSELoss", {})
    with pytest.raises(LookupError):
        set_optimizer(nothing, "SGD", {})
    with pytest.raises(LookupError):
        set_learning_rate(nothing, 0.1)
    with pytest.raises(LookupError):
        set_iterations(nothing, 1)
    with pytest.raises(LookupError):
        set_dtype(nothing, "float64")
    with pytest.raises(LookupError):
        set_iterations("x = ", 1)


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="W has 1 number, not 2"):
        set_leaf(DEFAULT, "W", [1.0, 2.0])
    with pytest.raises(ValueError, match="0 iterations"):
        set_iterations(DEFAULT, 0)
    with pytest.raises(ValueError, match="float16"):
        set_dtype(DEFAULT, "float16")
    with pytest.raises(LookupError, match="no SparseAdam"):
        set_optimizer(DEFAULT, "SparseAdam", {})
    with pytest.raises(KeyError, match="SGD has no argument 'betas'"):
        set_optimizer(DEFAULT, "SGD", {"betas": (0.9, 0.9)})


def test_an_argument_after_a_comment_is_not_pulled_into_it() -> None:
    source = "from torch import optim\nopt = optim.SGD(\n    [W],  # all\n    momentum=0.9, lr=0.1,\n)\n"
    assert set_optimizer(source, "SGD", {"lr": 0.1}) == source.replace("momentum=0.9, ", "")


def test_a_comment_stays_with_the_argument_before_it() -> None:
    source = "from torch import optim\nopt = optim.SGD([W], lr=0.1  # slow\n)\n"
    assert set_optimizer(source, "SGD", {"lr": 0.1, "momentum": 0.9, "maximize": True}) == (
        "from torch import optim\n"
        "opt = optim.SGD([W], lr=0.1,  # slow\n"
        "                momentum=0.9,\n"
        "                maximize=True\n)\n"
    )


@given(st.lists(floats, min_size=1, max_size=40))
def test_the_code_after_a_list_fits_behind_its_last_number(values: list[float]) -> None:
    source = "import torch\nx = torch.tensor([1.0, 2.0], dtype=torch.float32)  # the data\n"
    changed = set_data(source, {"x": values})
    assert max(len(line) for line in changed.splitlines()) <= 88
    assert changed.endswith("], dtype=torch.float32)  # the data\n")


@given(st.lists(floats, min_size=24, max_size=24))
def test_numbers_that_outgrow_their_line_move_to_the_next(values: list[float]) -> None:
    changed = set_data(DEFAULT, {"distance": values})
    assert max(len(line) for line in changed.splitlines()) <= 88


def test_a_new_list_in_a_windows_file_has_windows_line_endings() -> None:
    source = DEFAULT.replace("\n", "\r\n")
    columns = {"distance": [0.1] * 100, "velocity": [0.2] * 100}
    assert set_data(source, columns) == set_data(DEFAULT, columns).replace("\n", "\r\n")


def test_the_smallest_possible_change_is_made() -> None:
    assert f"[{math.nextafter(-0.5, 0)!r}]" in set_leaf(DEFAULT, "W", [math.nextafter(-0.5, 0)])


def test_a_string_that_is_no_choice_is_not_written() -> None:
    """The text that is made may run as Python: a string could end the literal that it is put into."""
    program = "import torch\nloss_fn = torch.nn.MSELoss()\n"
    for wrong in ('sum", print("x"), "', "average", ""):
        with pytest.raises(ValueError, match="is not one of mean, sum"):
            set_loss(program, "MSELoss", {"reduction": wrong})
    assert 'reduction="sum"' in set_loss(program, "MSELoss", {"reduction": "sum"})
