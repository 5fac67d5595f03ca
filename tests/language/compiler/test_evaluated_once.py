"""The parts of an assignment, a comparison or a call are evaluated once, in Python's order."""

from __future__ import annotations

import pytest

import viz
from tests.language.compared import same_as_python

HEAD = """\
import torch
from torch import nn, optim
told = []
def tell(what, value):
    told.append(what)
    return value
W = torch.tensor([1.0, 2.0], requires_grad=True)
V = torch.tensor([3.0, 4.0], requires_grad=True)
(W * V).sum().backward()
leaves = [W, V, W, V]
rows = [[1.0, 2.0], [3.0, 4.0]]
books = {0: {"a": 1.0}, 1: {"a": 2.0}}
"""

#: Each of these would end with other numbers if a part were evaluated twice or too late.
PROGRAMS = {
    "the owner of a grad that is added to": """\
leaves.pop().grad += 10
left = len(leaves)
w, v = W.grad, V.grad
""",
    "the owner of a grad that is multiplied": """\
tell(1, W).grad *= tell(2, 3)
count = told.copy()
w = W.grad
""",
    "the owner of a grad that is set": """\
leaves.pop().grad = tell(1, W.grad * 2)
left = len(leaves)
v = V.grad
""",
    "the owner of a grad that is set to None": """\
tell(1, W).grad = tell(2, None)
count = told.copy()
""",
    "the owner and the key of a part": """\
tell(1, rows)[tell(2, 1)] += tell(3, [5.0])
count = told.copy()
print(rows)
""",
    "owners inside each other": """\
tell(1, rows)[tell(2, 0)][tell(3, 1)] -= tell(4, 7.0)
print(rows, told)
""",
    "a list that is popped for its key": """\
places = [0, 1, 1]
rows[places.pop()][0] *= 5
print(rows, places)
""",
    "a dict in a dict": """\
keys = [0, 1]
books[keys.pop()]['a'] **= 2
print(books, keys)
""",
    "a part of a tensor": """\
t = torch.zeros(3)
at = [2, 1, 0]
t[at.pop()] += 1
t[at.pop()] += 2
left = len(at)
""",
    "a slice of a tensor": """\
t = torch.arange(6.0)
t[tell(1, 0) : tell(2, 4) : tell(3, 2)] += tell(4, 10)
count = told.copy()
""",
    "the tensor that is sliced": """\
ts = [torch.ones(2), torch.ones(2)]
ts.pop()[0] -= 1
print(ts)
""",
    "a mask": """\
t = torch.arange(4.0)
t[tell(1, t > 1)] *= tell(2, 2)
count = told.copy()
""",
    "the value before its place": """\
told.append(0)
rows[tell(1, 0)] = tell(2, [9.0])
count = told.copy()
print(rows)
""",
    "the place's owner before its key": """\
tell(1, rows)[tell(2, 0)] = tell(3, [])
count = told.copy()
""",
    "several targets": """\
rows[tell(1, 0)], rows[tell(2, 1)] = tell(3, 5), tell(4, 6)
print(rows, told)
""",
    "a target that the one before it changes": """\
a = [0, 0]
i, a[i] = 1, 5
print(i, a)
""",
    "targets in targets": """\
a = [0, 0, 0]
i, (a[i], j), a[j] = 2, (7, 1), 9
print(i, j, a)
""",
    "one value for two targets": """\
a = rows[tell(1, 0)] = tell(2, [1])
a.append(2)
print(rows, told)
""",
    "a loop's target": """\
a = [0, 0]
for a[tell(1, 1)] in [5, 6]:
    b = a.copy()
print(a, told)
""",
    "a chain of comparisons": """\
a = tell(1, 1) < tell(2, 3) < tell(3, 2)
b = tell(4, 5) < tell(5, 1) < tell(6, 9)
print(told)
""",
    "a condition": """\
a = tell(1, 0) or tell(2, 0) or tell(3, 4) or tell(4, 5)
b = tell(5, 1) and tell(6, 0) and tell(7, 1)
print(told)
""",
    "a choice": """\
a = tell(1, 2) if tell(2, 0) else tell(3, 4)
print(a, told)
""",
    "the arguments of a call": """\
a = max(tell(1, 3), tell(2, 4))
b = torch.full(tell(3, [2]), fill_value=tell(4, 1.0))
print(told)
""",
    "the object of a method": """\
a = tell(1, W).clamp(tell(2, 0.0), max=tell(3, 1.5))
print(told)
""",
    "a method that changes its tensor": """\
tell(1, W.grad).mul_(tell(2, 2)).add_(tell(3, 1))
print(told)
g = W.grad
""",
    "a method that changes a view": """\
u = W * 1
tell(1, u)[tell(2, 0)].mul_(tell(3, 2))
u[1] += tell(4, 1)
print(told)
u.sum().backward()
g = W.grad
""",
    "the arguments' defaults": """\
def f(a=tell(1, 2), b=tell(2, [])):
    b.append(a)
    return len(b)
m = f()
n = f()
o = f(5, [])
print(told)
""",
    "a lambda's default": """\
f = lambda n, k=tell(1, 3): n * k
a = f(2)
b = f(3)
print(told)
""",
    "an f-string": """\
a = f"{tell(1, 2)} and {tell(2, 3):>4} and {tell(3, 4)!r}"
print(a, told)
""",
    "a slice": """\
a = tell(1, rows)[tell(2, 0) : tell(3, 1)]
print(a, told)
""",
    "a list, a tuple and a dict": """\
a = [tell(1, 2), (tell(2, 3), tell(3, 4)), {tell(4, 'a'): tell(5, 6)}]
print(a, told)
""",
    "a comprehension": """\
a = [tell(i, j) for i in tell(9, [1, 2]) for j in tell(8, [3]) if tell(7, 1)]
print(a, told)
""",
    "a loop's list": """\
for i in tell(1, [1, 2, 3]):
    a = i
print(told)
""",
    "a while": """\
n = 0
while tell(n, n < 3):
    n += tell(10, 1)
print(told)
""",
    "what is returned": """\
def f():
    return tell(1, 2)
a = f()
print(told)
""",
    "what is differentiated": """\
losses = [(W * 2).sum(), (W * 3).sum()]
losses.pop().backward()
losses.pop().backward()
g = W.grad
""",
    "the arguments of autograd.grad": """\
many = [(W * 2).sum(), (W * 3).sum()]
(g,) = torch.autograd.grad(many.pop(), [leaves[0]])
left = len(many)
""",
    "the optimizer that steps": """\
made = [optim.SGD([W], lr=1.0), optim.SGD([W], lr=0.5)]
made.pop().step()
left = len(made)
""",
    "an option of a group": """\
opt = optim.SGD([W], lr=1.0)
groups = [opt.param_groups[0], opt.param_groups[0]]
groups.pop()['lr'] *= tell(1, 0.5)
rate = opt.param_groups[0]['lr']
left = len(groups)
""",
    "a place that is not there": """\
told.append(0)
rows[tell(1, 7)] += tell(2, 1)
""",
    "an owner without a grad": """\
v = torch.ones(1, requires_grad=True)
[v].pop().grad += 1
""",
    "an array's part": """\
import numpy as np
a = np.zeros(3)
at = [0, 1, 2]
a[at.pop()] += 1
a[at.pop() :] *= 3
left = len(at)
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_part_is_evaluated_once_and_in_pythons_order(name: str) -> None:
    lines = PROGRAMS[name]
    head = lines.splitlines()[0] if lines.startswith("import numpy") else ""
    same_as_python(f"{head}\n{HEAD}{lines.removeprefix(head)}")


def test_an_attribute_of_ctx_can_be_augmented() -> None:
    source = """\
import torch
class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.factor = 2.0
        ctx.factor += 1.0
        return x * ctx.factor
    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.factor
x = torch.tensor([1.0, 2.0], requires_grad=True)
Scale.apply(x).sum().backward()
g = x.grad
"""
    tape = viz.run(source)
    assert tape.error is None
    assert tape[-1].variables["g"].value == [3.0, 3.0]
