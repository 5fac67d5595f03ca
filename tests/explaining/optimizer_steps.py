"""Programs with one optimizer each, and what the page explains of their steps."""

from __future__ import annotations

import viz
from viz.catalog import ALL_OPTIMIZERS
from viz.explaining.blocks import Math, Text
from viz.explaining.optimizers import explain_step
from viz.frames.events import Stepped
from viz.frames.frame import Frame

#: An explanation contains this if its lines do not give torch's number.
NOT_TORCHS = "do not give the value that torch computed"
#: The optimizers with an update rule; LBFGS is explained in words.
NAMES = [entry.name for entry in ALL_OPTIMIZERS if entry.name != "LBFGS"]

SOURCE = """\
import torch
from torch import optim
W = torch.tensor([[0.5, -1.0, 1.5], [2.0, 0.25, -0.75]], requires_grad=True{dtype})
v = torch.tensor([0.5, -0.5], requires_grad=True{dtype})
b = torch.tensor(0.25, requires_grad=True{dtype})
optimizer = optim.{name}([W, v, b]{arguments})
for iteration in range(7):
    optimizer.zero_grad()
    loss = (W * W).sum() + (v * v * v).sum() + (b - 1) ** 2
    loss.backward()
    optimizer.step()
"""

#: A wide, a tall and a square matrix, as Muon updates only matrices.
MATRICES = """\
import torch
from torch import optim
W = torch.tensor([[0.5, -1.0, 1.5], [2.0, 0.25, -0.75]], requires_grad=True{dtype})
v = torch.tensor([[0.5], [-0.5], [0.75]], requires_grad=True{dtype})
b = torch.tensor([[0.25]], requires_grad=True{dtype})
optimizer = optim.{name}([W, v, b]{arguments})
for iteration in range(7):
    optimizer.zero_grad()
    loss = (W * W).sum() + (v * v * v).sum() + (b - 1).pow(2).sum()
    loss.backward()
    optimizer.step()
"""


def source_of(name: str, arguments: str, dtype: str) -> str:
    """A program with this optimizer and three parameters that it accepts."""
    return (MATRICES if name == "Muon" else SOURCE).format(name=name, arguments=arguments, dtype=dtype)


def last_step(name: str, arguments: str = ", lr=0.1", dtype: str = "") -> Frame:
    """The frame of the seventh step."""
    frame = viz.run(source_of(name, arguments, dtype))[-1]
    assert isinstance(frame.event, Stepped)
    return frame


def maths(frame: Frame, parameter: str) -> list[str]:
    """The formulas in the explanation of a parameter's step."""
    return [
        block.latex for part in explain_step(frame, parameter) for block in part.blocks if isinstance(block, Math)
    ]


def texts(frame: Frame, parameter: str) -> list[str]:
    """The sentences in the explanation of a parameter's step."""
    return [
        block.text for part in explain_step(frame, parameter) for block in part.blocks if isinstance(block, Text)
    ]
