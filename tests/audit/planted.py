"""The programs in which the tests plant faults, and the views that complain of one."""

from __future__ import annotations

from tests.audit import audit

PROGRAM = """\
import torch
from torch import optim

x = torch.tensor([2.0, 3.0])
W = torch.tensor([0.5, -1.5], requires_grad=True)
optimizer = optim.SGD([W], lr=0.1)

for iteration in range(3):
    optimizer.zero_grad()
    seen = W.detach()
    loss = (W * x).square().sum()
    loss.backward()
    optimizer.step()
"""
#: Its gradient is three times the derivative, but the program's own backward returns that, so the page is right.
WRONG_BACKWARD = """\
import torch

class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g * 6

w = torch.tensor([1.0, 3.0], requires_grad=True)
loss = Wrong.apply(w).sum()
loss.backward()
"""
#: Two links lead to x, and nothing clears `x.grad`.
ADDED = """\
import torch

x = torch.tensor([2.0, 3.0], requires_grad=True)

for iteration in range(2):
    y = x * x
    loss = (y - 3).square().sum()
    loss.backward()
"""
DERIVED = """\
import torch

x = torch.tensor([2.0, 3.0], requires_grad=True)
(g,) = torch.autograd.grad((x * x).sum(), x)
"""
CLOSURE = """\
import torch

w = torch.tensor([2.0, 3.0], requires_grad=True)
optimizer = torch.optim.LBFGS([w], lr=0.1, max_iter=2)

def closure():
    optimizer.zero_grad()
    loss = (w * w).sum()
    loss.backward()
    return loss

optimizer.step(closure)
"""


def views_that_complain(source: str) -> set[str]:
    return {complaint.view for complaint in audit(source, "planted")}
