"""Programs with tensors, arrays and lists that a recording does not keep number by number."""

from __future__ import annotations

__all__ = ["HEAD", "PROGRAMS"]

HEAD = """\
import numpy as np
import torch
from torch import nn, optim
torch.manual_seed(0)
"""

#: The subject of each program, and its lines, which come below the head.
PROGRAMS = {
    "a weight of [300, 300], an array of 10,000, a list of 20,000": """\
x = torch.rand(4, 300)
y = torch.rand(4, 300)
W = torch.rand(300, 300, requires_grad=True)
a = np.arange(10_000) / 10_000
losses = [0.5] * 20_000
optimizer = optim.SGD([W], lr=0.01)
for i in range(2):
    optimizer.zero_grad()
    loss = ((x @ W - y) ** 2).mean()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    a[i] = 2.0
b = torch.from_numpy(a)
c = b * 2
print(len(losses), a.mean(), W.shape, c)
""",
}
