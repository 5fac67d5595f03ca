"""Programs whose gradients are checked, and their checks."""

from __future__ import annotations

import viz
from viz.explaining.check import Check, Checks
from viz.frames.plain import Summary, Value
from viz.language import parse

LINEAR = """\
import torch
from torch import nn, optim
x = torch.tensor([0.0, 0.5, 1.0, 1.5])
y = torch.tensor([1.0, 2.0, 3.0, 4.0])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor(0.25, requires_grad=True)
criterion = nn.MSELoss()
optimizer = optim.{optimizer}
for iteration in range(300):
    optimizer.zero_grad()
    y_hat = W * x + b
    loss = criterion(y_hat, y)
    loss.backward()
    optimizer.step()
"""
SGD = LINEAR.format(optimizer="SGD([W, b], lr=0.1)")


def checked(source: str, iteration: int | None = None) -> dict[str, Check]:
    """The checks of every Node that has a gradient and a value, by its variable or expression."""
    program = parse(source)
    tape = viz.run(source, None if iteration is None else iteration + 1)
    assert tape.error is None, tape.error
    frame = tape[-1] if iteration is None else tape.iteration(iteration)[-1]
    checks = Checks(program, tape, frame)
    made: dict[str, Check] = {}
    for node in frame.graph.nodes:
        if node.kind != "data" and any(one is not None for one in node.received) and node.value is not None:
            text = node.expression.text if node.expression else ""
            made[text if node.variable is None or node.variable in made else node.variable] = checks.of(node.id)
    return made


def leaf(line: str, start: str = "[0.3, -1.2, 0.8]", dtype: str = "") -> str:
    """A program that takes a leaf `W` through a line that makes `z`."""
    return f"""\
import torch
import torch.nn.functional as F
W = torch.tensor({start}, requires_grad=True{dtype})
c = torch.tensor([[1.0, 2.0, -1.0], [0.5, 0.25, 2.0]]{dtype})
{line}
z.sum().backward()
"""


def own(forward: str, backward: str, start: str = "[0.3, -1.2, 0.8]", after: str = "z = Own.apply(W)") -> str:
    """A program with a Function of its own."""
    head, line = leaf(after, start).split("\n", 1)
    return f"""\
{head}
class Own(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return {forward}
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return {backward}
{line}"""


def scaled(value: Value, factor: float) -> Value:
    if isinstance(value, list):
        return [scaled(one, factor) for one in value]
    assert not isinstance(value, Summary)
    return value * factor
