"""Elements of arrays stay NumPy numbers in Python's own functions, so the output is that of Python."""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stdout
from typing import Any

import pytest

import viz
from viz.explaining.blocks import Text
from viz.explaining.optimizers import explain_step
from viz.frames.events import Stepped
from viz.writing.sentences import sentence

HEAD = """\
import math
import numpy as np
import torch
from torch import nn, optim
a = np.array([0.1, 0.7], dtype=np.float32)
d = np.array([0.1, 0.7])
h = np.array([0.1, 0.7], dtype=np.float16)
u = np.array([200, 100], dtype=np.uint8)
k = np.array([3, 1])
b = np.array([True, False])
x = torch.tensor([1.0, 2.0])
W = torch.ones(2, requires_grad=True)
"""

LINES = """\
print(a[0], d[0], h[0], u[0], k[0], b[0])
print('loss', a.mean(), a.sum(), sep=': ', end='.')
print(str(a[0]), f'{a[0]}', f'{a[0]:.3f}', [a[0]], (h[0],), {'a': d[0]})
print(abs(a[0]) + a[1], -abs(a[0]), abs(a[0]) ** 2, abs(b[0]), abs(u[0]))
print(abs(u[0]) + u[1], sum(u), max(u) + u[1], sum([u[0], u[0]]))
print(max(a[0], a[1]), max(a), min(a), max(1, a[0]), max(a[0], 0.5), min(b))
print(sorted(a), sorted(k), sorted(b, reverse=True), list(a), tuple(h))
print(sum(a), sum(h), sum(d), sum(k), sum(b), sum(a) / len(a), sum([1, a[0], 2.5]))
print(round(a[0]), round(a[1], 1), round(d[1], 1), round(k[0]), round(k[0], 1), round(h[1], 2), round(d[1], k[1]))
print(float(a[0]), int(a[1]), int(k[0]), float(u[0]), bool(b[1]), bool(a[0]))
print(all(b), any(b), list(zip(a, k)), list(enumerate(a)))
print(sum([a[0], x]), sum([x, a[0]]), sum(a, x), sum([k[0], x]), sum([a[0], W]))
print(max(k[0], x[0]), max(x[0], k[0]), min(a[0], x[0], k[0]))
print(torch.tensor(max(a)), torch.tensor(max(d)), torch.tensor([max(d), 1.0]), torch.full((2,), max(a)))
print(x * max(a), max(k) - x, x / max(u), x ** max(d), x > max(a), math.sqrt(max(a)))
print([1, 2, 3][max(k) - 1], x[max(k) - 2], torch.zeros(max(k)), nn.Linear(max(k), 1).weight.shape)
print([1] * max(k), max(k) * (2, 3), 'ab' * min(k), [a[0]] * k[0])
print(list(range(k[1], k[0])), list(enumerate(a, k[0])))
for one in a: print(one, one * 3)
for n, one in enumerate(h): print(n, one)
x[0] = max(k); x[1] = min(d); print(x)
nn.init.constant_(W, a[0]); print(W)
o = optim.SGD([W], lr=min(a)); W.sum().backward(); o.step(); print(W)
""".splitlines()


@pytest.mark.parametrize("line", LINES)
def test_elements_of_arrays_are_printed_as_in_python(line: str) -> None:
    printed = io.StringIO()
    with redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # uint8 overflows
        exec(HEAD + line, {})
    tape = viz.run(f"{HEAD}{line}\n")
    assert tape.error is None, tape.error
    assert "".join(tape[place].printed for place in range(len(tape))) == printed.getvalue() != ""


@pytest.mark.parametrize("line", ["x[0] = a[0]", "y = round(b[0])", "y = range(d[0])"])
def test_what_python_refuses_for_an_element_of_an_array_is_refused(line: str) -> None:
    with pytest.raises(TypeError):
        exec(HEAD + line, {})
    problem = viz.run(f"{HEAD}{line}\n").error
    assert problem is not None and problem.line == HEAD.count("\n") + 1


#: Integers that are not an `int` but that torch accepts as one.
INTEGERS = ["np.array([10**9])[0]", "torch.tensor(10**9)", "torch.tensor([10**9])", "10**9"]
SIZED = """\
x.repeat({})
x.repeat(({}, 1))
x.chunk({})
torch.zeros(0).chunk({})
nn.functional.one_hot(torch.tensor([5]), {})
nn.functional.conv1d(torch.ones(1, 1, 3), torch.ones(1, 1, 1), padding={})
nn.Conv1d(1, 1, 1, padding={})
nn.Linear({}, 1)
optim.LBFGS([W], history_size={})
optim.LBFGS([W], max_iter={})
optim.lr_scheduler.StepLR(optim.SGD([W], lr=0.1), {})
""".splitlines()


@pytest.mark.parametrize("integer", INTEGERS)
@pytest.mark.parametrize("line", SIZED)
def test_no_integer_is_too_large_for_a_size(line: str, integer: str) -> None:
    problem = viz.run(f"{HEAD}n = {integer}\ny = {line.format('n')}\n").error
    assert problem is not None
    # torch itself refuses some tensors before it makes anything.
    assert problem.kind == "Limit" or "must be int, not Tensor" in problem.message


def test_a_tensor_with_one_large_integer_is_not_a_size() -> None:
    lines = "t = torch.tensor([5000])\np, = t.chunk(1)\nq = t.repeat(2)\nc = torch.chunk(input=t, chunks=1)\n"
    tape = viz.run(f"{HEAD}{lines}")
    assert tape.error is None, tape.error
    assert tape[-1].variables["q"].value == [5000, 5000]


OPTIONS = {
    "SGD([W], lr=a[0], momentum=a[1])": {"lr": "float32", "momentum": "float32"},
    "SGD([W], lr=d[0], momentum=a[1])": {"lr": "float64", "momentum": "float32"},
    "Adam([W], lr=a[0], betas=(d[0], d[1]))": {"lr": "float32"},
    "ASGD([W], lr=a[0])": {"lr": "float32"},
    "LBFGS([W], lr=a[0], max_iter=k[0])": {"lr": "float32"},
    "LBFGS([W], lr=a[0], max_iter=k[1] - 1)": {"lr": "float32"},
    "Muon([M], lr=a[0], ns_steps=k[0])": {"lr": "float32"},
}
STEP = """\
M = torch.ones(2, 2, requires_grad=True)
opt = optim.{}
def closure():
    opt.zero_grad()
    loss = (W * W * x).sum() + (M * M).sum()
    loss.backward()
    return loss
opt.step(closure)
"""


@pytest.mark.parametrize(("made", "dtypes"), OPTIONS.items(), ids=OPTIONS)
def test_an_option_that_is_an_element_of_an_array_is_a_number_in_the_step(
    made: str, dtypes: dict[str, str]
) -> None:
    names: dict[str, Any] = {}
    exec(HEAD + STEP.format(made), names)
    frame = viz.run(HEAD + STEP.format(made))[-1]
    assert frame.error is None
    assert isinstance(frame.event, Stepped)
    group = names["opt"].param_groups[0]
    for name, held in frame.event.options.items():
        assert type(held) in (bool, int, float, str, list, type(None)), name
        assert held == (list(group[name]) if isinstance(held, list) else group[name])
    (update,) = frame.event.updates
    assert update.after == names[update.name].tolist()
    assert update.option_dtypes == dtypes
    texts = [
        block.text
        for section in explain_step(frame, update.name)
        for block in section.blocks
        if isinstance(block, Text)
    ]
    assert not any("differ" in text for text in texts)
    if "max_iter=k[1] - 1" in made:
        assert "max_iter is 0, so no parameter moves." in texts


def test_an_lr_that_an_element_of_an_array_sets_later_is_shown_as_a_number() -> None:
    lines = (
        "opt = optim.SGD([W], lr=0.5)\nopt.param_groups[0]['lr'] = a[0]\n(W * x).sum().backward()\nopt.step()\n"
    )
    frame = viz.run(HEAD + lines)[-1]
    assert frame.variables["opt"].text.startswith("SGD(lr=0.10000000149011612,")
    assert sentence(frame).endswith("with lr 0.1.")
