"""The memory that values take, compared with numbers worked out by hand."""

from __future__ import annotations

from sys import getsizeof

import numpy as np
import pytest
import torch
from torch import nn, optim

import viz
from viz.language.interpreter import Interpreter
from viz.language.runtime.memory import held
from viz.watching.silent import Silent


def test_a_tensor_takes_its_numbers_and_a_view_of_it_nothing_more() -> None:
    x = torch.zeros(10, dtype=torch.float64)
    assert held([x]) == 500 + 80
    assert held([x, x, x[2:], x.reshape(2, 5)]) == 3 * 500 + 80
    assert held([x, x.clone()]) == 2 * (500 + 80)
    assert held([torch.zeros(1).expand(1000)]) == 500 + 4


def test_a_leaf_takes_its_gradient_too() -> None:
    x = torch.zeros(10, requires_grad=True)
    assert held([x]) == 500 + 40
    torch.autograd.backward(x.sum())
    assert held([x]) == 2 * (500 + 40)


def test_shared_contents_count_once() -> None:
    x, text, numbers = torch.zeros(10, dtype=torch.float64).requires_grad_(), "a" * 100, [1.5, 2.5]
    tensor = 500 + 80
    assert held([text, text]) == getsizeof(text)
    assert held([numbers, numbers]) == 56 + 8 * 2 + 2 * getsizeof(1.5)
    assert held([[x, x, [x, 3]]]) == (56 + 8 * 3) + (56 + 8 * 2) + getsizeof(3) + tensor
    assert held([{"a": x}]) == getsizeof({"a": 1}) + getsizeof("a") + tensor


def test_a_part_of_an_array_keeps_the_whole_of_it() -> None:
    whole, header = np.zeros(1000), getsizeof(np.zeros(10)[:1])
    assert held([np.zeros(10)]) == header + 80
    assert held([whole[:1]]) == held([whole[:1], whole]) == held([whole]) + header
    assert held([torch.zeros(1000).numpy()[:1]]) == 2 * header + 500 + 4000


@pytest.mark.parametrize("call", ["torch.from_numpy", "torch.as_tensor"])
def test_a_tensor_made_from_a_part_of_an_array_keeps_the_whole_of_it(call: str) -> None:
    source = f"import torch\nimport numpy as np\nx = {call}(np.zeros(1000)[:1])\ny = x[0:]\n"
    interpreter = Interpreter(viz.parse(source), Silent())
    interpreter.iteration()
    names = interpreter.state.globals
    assert 8_000 < held([names["x"]]) < 9_000
    assert 8_000 < held([names["y"]]) < 9_000
    assert held([names["x"], names["y"]]) < 10_000


_TENSORS = [torch.zeros(1000) for _ in range(50)]


@pytest.mark.parametrize(
    "iterator",
    [
        zip(_TENSORS, [1], strict=False),
        enumerate(_TENSORS),
        zip([1], enumerate(zip(_TENSORS)), strict=False),
        reversed(_TENSORS),
        iter(tuple(_TENSORS)),
        zip(dict(enumerate(_TENSORS)).values()),
        zip(dict(enumerate(_TENSORS)).items()),
        dict(enumerate(_TENSORS)).items(),
        [dict(enumerate(_TENSORS)).values()],
        enumerate(nn.ParameterList(_TENSORS).parameters()),
    ],
    ids=lambda iterator: type(iterator).__name__,
)
def test_an_iterator_or_a_view_keeps_what_it_iterates_over(iterator: object) -> None:
    assert 50 * 4_500 < held([iterator]) < 60 * 4_500


def test_the_items_of_several_dicts_all_count_although_their_pairs_are_made_on_demand() -> None:
    views = [{name: torch.zeros(1000) for name in range(50)}.items() for _ in range(50)]
    assert 2500 * 4_500 < held([views]) < 2600 * 4_600


def test_an_iterator_over_a_dict_that_changed_can_be_measured() -> None:
    kept = {0: torch.zeros(1000)}
    iterator = zip(kept.values())
    kept[1] = torch.zeros(1000)
    assert held([iterator]) > 8_000


def test_a_list_that_contains_itself_is_visited_once() -> None:
    inside: list[object] = []
    inside.append(inside)
    assert held([inside]) == getsizeof(inside)


def test_a_module_counts_its_parameters_and_an_optimizer_its_state() -> None:
    net = nn.Linear(3, 2)
    parameters = 2 * 500 + 4 * (6 + 2)
    assert held([net]) == 2_500 + parameters
    optimizer = optim.Adam(net.parameters())
    before = held([optimizer])
    net(torch.ones(3)).sum().backward()
    optimizer.step()
    # For each parameter: its gradient, two averages of its size, a step, and three entries of a dict.
    names = sum(getsizeof(name) for name in ("step", "exp_avg", "exp_avg_sq"))
    state = 2 * (500 + 4 + getsizeof(optimizer.state[net.weight]))
    assert held([optimizer]) - before == 3 * parameters + state + names


def test_what_a_programs_functions_keep_is_counted() -> None:
    source = """\
import torch
def f(a=torch.zeros(100)): return a
class S(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.large = torch.zeros(50)
        return x * 2
    @staticmethod
    def backward(ctx, g): return g
y = S.apply(torch.ones(1, requires_grad=True)) + 1
"""
    interpreter = Interpreter(viz.parse(source), Silent())
    interpreter.iteration()
    names = interpreter.state.globals
    function = getsizeof(names["f"]) + getsizeof({"a": 1}) + getsizeof("a")
    assert held([names["f"]]) == function + 500 + 400
    # `large` in a dict, behind the one number of `y`.
    kept = getsizeof({"large": 1}) + getsizeof("large")
    assert held([names["y"]]) == 500 + 4 + kept + 500 + 200


def test_a_scheduler_keeps_the_functions_that_it_calls() -> None:
    source = """\
import torch
from torch.optim.lr_scheduler import LambdaLR
o = torch.optim.SGD([torch.ones(1, requires_grad=True)])
s = LambdaLR(o, lambda n, a=torch.zeros(1000): 1.0)
"""
    interpreter = Interpreter(viz.parse(source), Silent())
    interpreter.iteration()
    assert held([interpreter.state.globals["s"]]) - held([interpreter.state.globals["o"]]) > 4_000
