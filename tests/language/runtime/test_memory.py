"""How much memory values take, in numbers worked out by hand."""

from __future__ import annotations

from sys import getsizeof

import numpy as np
import torch
from torch import nn, optim

import viz
from viz.language.interpreter import Interpreter
from viz.language.runtime.memory import held
from viz.watching.silent import Silent


def test_a_tensor_takes_its_numbers_and_a_view_of_it_nothing_more() -> None:
    x = torch.zeros(10, dtype=torch.float64)
    assert held([x]) == 80
    assert held([x, x, x[2:], x.reshape(2, 5)]) == 80
    assert held([x, x.clone()]) == 160
    assert held([torch.zeros(1).expand(1000)]) == 4


def test_a_leaf_takes_its_gradient_too() -> None:
    x = torch.zeros(10, requires_grad=True)
    assert held([x]) == 40
    torch.autograd.backward(x.sum())
    assert held([x]) == 80


def test_what_is_inside_counts_once_and_numbers_do_not() -> None:
    x, text = torch.zeros(10), "a" * 100
    assert held([1, 2.5, True, None]) == 0
    assert held([text, np.zeros(10)]) == getsizeof(text) + 80
    assert held([[x, x, [x, 3]]]) == 8 * 3 + 8 * 2 + 40
    assert held([{"a": x}]) == 100 + getsizeof("a") + 40


def test_a_list_that_holds_itself_is_gone_through_once() -> None:
    inside: list[object] = []
    inside.append(inside)
    assert held([inside]) == 8


def test_a_module_takes_its_parameters_and_an_optimizer_what_it_keeps() -> None:
    net = nn.Linear(3, 2)
    assert held([net]) == 4 * (6 + 2)
    optimizer = optim.Adam(net.parameters())
    before = held([optimizer])
    net(torch.ones(3)).sum().backward()
    optimizer.step()
    # For each parameter its gradient, two averages of its size and a step; and three entries of a dict.
    names = sum(getsizeof(name) for name in ("step", "exp_avg", "exp_avg_sq"))
    assert held([optimizer]) - before == 3 * 4 * (6 + 2) + 2 * (4 + 300) + names


def test_what_functions_of_a_program_keep_is_counted() -> None:
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
    assert held([names["f"]]) == 400
    # `large` in a dict, behind the one number of `y`.
    assert held([names["y"]]) == 4 + 100 + getsizeof("large") + 200
