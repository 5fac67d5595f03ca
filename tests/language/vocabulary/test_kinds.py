"""Each kind of value is one record; a class that a program derives gains nothing unintended."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn, optim
from torch.autograd.graph import Node
from torch.optim.lr_scheduler import LRScheduler

import viz
from tests.language.test_same_as_python import same_as_python
from viz.language.interpreter import Interpreter
from viz.language.runtime.kinds import Kind, Kinds, not_here, nothing
from viz.language.runtime.memory import held
from viz.language.runtime.program_class import Instance, ModuleInstance
from viz.language.vocabulary.autograd.custom_function import Applied, Context, Custom
from viz.language.vocabulary.classes.exceptions import EXCEPTIONS
from viz.language.vocabulary.kinds import KINDS, describe, kind_of
from viz.language.vocabulary.standard.named_tuples import NamedTuple
from viz.watching.silent import Silent

#: Kinds with names and handlers that derived classes share: those of the program's own classes, and others from
#: which no program can derive a class.
WITH_NAMES: set[type] = {
    *(np.generic, np.dtype, Instance, ModuleInstance, NamedTuple, Node, type),
    *EXCEPTIONS.values(),
}
#: Kinds that derived classes share.
DERIVED = {object, nn.Module, optim.Optimizer, LRScheduler, *WITH_NAMES}


def _derived(type_: type) -> type | None:
    """A class derived from another; None for `bool`, `range` and others that do not allow it."""
    try:
        return type(f"Own{type_.__name__}", (type_,), {})
    except TypeError:
        return None


#: A program's class derived from each class with a kind, if Python allows that.
OWN = [own for type_, _ in KINDS.items() if (own := _derived(type_)) is not None]


@pytest.mark.parametrize("own", OWN, ids=lambda own: own.__name__)
def test_a_derived_class_gains_no_name_and_no_handler(own: type) -> None:
    kind = KINDS.of_type(own)
    assert kind.derived
    if not issubclass(own, tuple(WITH_NAMES)):
        assert not kind.methods
        assert not kind.attributes
        assert not kind.settable
        assert kind.call is None
        assert {kind.index, kind.store, kind.iterate, kind.text} == {not_here}


def test_derived_classes_share_these_kinds_and_no_others() -> None:
    assert {type_ for type_, kind in KINDS.items() if kind.derived} == DERIVED
    assert len(OWN) > 80


class OwnLinear(nn.Linear):
    """What a program might derive, with everything that Python would call for it."""

    def __getitem__(self, key: object) -> object:
        raise AssertionError("a part was read")

    def __iter__(self) -> Any:
        raise AssertionError("it was gone through")

    def __call__(self, *args: object) -> object:
        raise AssertionError("it was called")

    def __str__(self) -> str:
        raise AssertionError("its text was made")

    def __format__(self, spec: str) -> str:
        raise AssertionError("its text was made")

    def __len__(self) -> int:
        raise AssertionError("it was counted")


class OwnDict(dict[Any, Any]):
    """The same for a dict."""

    def keys(self) -> Any:
        """Run custom code when it is called."""
        raise AssertionError("a method was called")

    def __getitem__(self, key: object) -> object:
        raise AssertionError("a part was read")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("y = linear.weight", "A module has no `.weight`"),
        ("y = linear.parameters()", "A module has no `.parameters`"),
        ("linear.grad = None", "A module has no `.grad`"),
        ("y = linear(x)", "A module cannot be called here"),
        ("y = linear[0]", "A module cannot be indexed"),
        ("linear[0] = 1.0", "Nothing can be stored in a part of a module"),
        ("for y in linear: pass", "A module cannot be iterated over"),
        ("a, c = linear", "2 names need a list of 2 values, not a module"),
        ("y = len(linear)", "but this is a module"),
        ("print(linear)", "A module cannot be shown as a string"),
        ("y = f'{linear}'", "A module cannot be shown as a string"),
        ("y = str([linear])", "A module cannot be shown as a string"),
        ("y = linear + x", "not on a module"),
        ("y = table.keys()", "A OwnDict has no `.keys`"),
        ("y = table['a']", "A OwnDict cannot be indexed"),
        ("table['a'] = 1", "Nothing can be stored in a part of a OwnDict"),
        ("for y in table: pass", "A OwnDict cannot be iterated over"),
    ],
)
def test_a_program_reaches_nothing_of_a_derived_class(line: str, said: str) -> None:
    source = f"import torch\nlinear = table = None\nx = torch.ones(1)\nfor i in range(1):\n    {line}\n"
    told: list[str] = []

    class Told(Silent):
        def frame(self, done: Any) -> None:
            """Keep what went wrong."""
            told.extend([] if done.error is None else [done.error.message])

    interpreter = Interpreter(viz.parse(source), Told())
    interpreter.setup()
    interpreter.state.globals.update(linear=OwnLinear(1, 1), table=OwnDict(a=1))
    interpreter.iteration()
    (message,) = told
    assert said in message


def test_a_type_has_one_kind() -> None:
    kinds = Kinds()
    kinds.register({int: Kind(says="a number", inside=nothing)})
    with pytest.raises(ValueError, match="int has a kind already"):
        kinds.register({int: Kind(says="a count", inside=nothing)})


def test_without_a_kind_for_object_an_unknown_value_is_an_error() -> None:
    with pytest.raises(LookupError, match="no kind of value is registered for int"):
        Kinds().of(1)


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        (torch.ones(1), "a tensor"), (nn.Parameter(torch.ones(1)), "a tensor"),
        (torch.ones(2, 2).max(1), "a pair"), (torch.ones(1).shape, "a shape"),
        (torch.float32, "a dtype"), (np.dtype("float32"), "a dtype"),
        (np.ones(1), "an array"), (np.float64(1), "a number of NumPy"), (np.longlong(1), "a number of NumPy"),
        (True, "True or False"), (1, "a number"), (None, "None"), ([], "a list"), ((), "a tuple"), ({}, "a dict"),
        (range(1), "a range"), (nn.Linear(1, 1), "a module"), (nn.MSELoss(), "a loss"),
        (optim.SGD([torch.ones(1)]), "an optimizer"), (zip([]), "a zip"), ({}.keys(), "a dict_keys"),
    ],
)  # fmt: skip
def test_a_value_is_described_by_its_kind(thing: object, said: str) -> None:
    assert describe(thing).startswith(said)


def test_every_function_refuses_values_that_only_the_language_knows() -> None:
    assert {Custom, Applied, Context} < KINDS.own
    assert not any(kind.own for type_, kind in KINDS.items() if issubclass(type_, (torch.Tensor, nn.Module)))


def test_a_scheduler_keeps_its_optimizer_in_memory() -> None:
    parameter = torch.zeros(100, requires_grad=True)
    scheduler = optim.lr_scheduler.ExponentialLR(optim.SGD([parameter]), 0.9)
    assert held([scheduler]) > 400


def test_an_array_and_a_sequential_can_be_unpacked() -> None:
    same_as_python(
        "import torch\nimport numpy as np\nfrom torch import nn\ntorch.manual_seed(0)\n"
        "a, b = np.array([[1.0, 2.0], [3.0, 4.0]])\nc, d = b\n"
        "net = nn.Sequential(nn.Linear(1, 1), nn.Tanh())\nfirst, last = net\ny = last(first(torch.ones(1)))\n"
    )


def test_indexing_and_iteration_depend_on_the_kind() -> None:
    assert kind_of(torch.ones(1)) is KINDS[torch.Tensor]
    assert kind_of(torch.ones(1)).iterates
    assert not kind_of(1).iterates
