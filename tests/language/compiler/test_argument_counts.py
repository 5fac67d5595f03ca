"""A call with too many arguments is told how many the function takes, counted as the call shows them."""

from __future__ import annotations

import pytest

import viz

HEAD = """\
import torch
import numpy as np
from torch import nn, optim
x = torch.tensor([1.0, 2.0])
W = torch.tensor([0.5], requires_grad=True)
a = np.ones(2)
l = [1]
d = {"a": 1}
f = torch.exp
linear, mse, net = nn.Linear(1, 1), nn.MSELoss(), nn.Sequential(nn.ReLU())
o = optim.SGD([W], lr=0.1)
"""
_NONE, _LEFT_OUT, _NAMED = "takes no arguments here.", "here; leave the others out.", "pass the others by name"

#: A call, the number of arguments that the function takes, and what to do about the others.
CALLS = [
    ("x.exp(1)", f"`Tensor.exp` {_NONE}", ""),
    ("x.detach(1)", f"`Tensor.detach` {_NONE}", ""),
    ("a.copy(1)", f"`ndarray.copy` {_NONE}", ""),
    ("d.items(1)", f"`dict.items` {_NONE}", ""),
    ("l.append(1, 2)", "`list.append` takes at most 1 argument here", _LEFT_OUT),
    ("d.get('a', 1, 2)", "`dict.get` takes at most 2 arguments here", _LEFT_OUT),
    ("np.exp(a, a)", "`numpy.exp` takes at most 1 argument here", _LEFT_OUT),
    ("linear(x, 2)", "`Linear` takes at most 1 positional argument here", _NAMED),
    ("net(x, x)", "`Sequential` takes at most 1 positional argument here", _NAMED),
    ("mse(x, x, x)", "`MSELoss` takes at most 2 positional arguments here", _NAMED),
    ("x.sum(0, True, 3)", "`Tensor.sum` takes at most 2 positional arguments here", _NAMED),
    ("torch.sum(x, 0, True, 3)", "`torch.sum` takes at most 3 positional arguments here", _NAMED),
    ("f(x, x)", "`torch.exp` takes at most 1 positional argument here", _NAMED),
    ("o.zero_grad(True, 1)", "takes at most 1 positional argument here", _NAMED),
    ("len(l, l)", "`len` takes 1 argument here, but this call has 2", ""),
    ("round(1.5, 1, 1)", "`round` takes from 1 to 2 arguments here, but this call has 3", ""),
]


@pytest.mark.parametrize(("call", "count", "advice"), CALLS)
def test_too_many_arguments_are_counted_as_the_call_shows_them(call: str, count: str, advice: str) -> None:
    try:
        problem = viz.run(f"{HEAD}{call}\n").error
    except viz.Refused as refused:
        problem = refused.problem
    assert problem is not None and problem.kind == "Refused"
    assert count in problem.message and advice in problem.message
    assert advice == _NAMED or _NAMED not in problem.message


@pytest.mark.parametrize("call", ["x.sum(0, True)", "l.append(1)", "d.get('a', 1)", "linear(x[:1])", "mse(x, x)"])
def test_as_many_arguments_as_a_function_takes_are_fine(call: str) -> None:
    assert viz.run(f"{HEAD}{call}\n").error is None
