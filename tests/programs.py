"""Programs that tests of several layers use, small enough that their numbers can be worked out by hand."""

from __future__ import annotations

#: loss = mean((0.5 x - y)^2) over x = 1, 2 and y = 1, 3: predictions 0.5, 1.0; loss (0.25 + 4) / 2 = 2.125;
#: d loss / dW = mean(2 (pred - y) x) = (-0.5 * 1 * 2 + -2 * 2 * 2) / 2 = -4.5, d loss / db = -2.5.
LINE = """\
import torch
from torch import nn, optim

x = torch.tensor([1.0, 2.0])
y = torch.tensor([1.0, 3.0])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.0], requires_grad=True)
criterion = nn.MSELoss()
optimizer = optim.SGD([W, b], lr=0.1)

for iteration in range(20):
    optimizer.zero_grad()
    y_hat = W * x + b
    loss = criterion(y_hat, y)
    loss.backward()
    optimizer.step()
"""

#: w doubles its distance from 0 at every step (w - 1.5 * 2 w = -2 w) until it leaves float32's range.
DIVERGES = """\
import torch
from torch import optim

w = torch.tensor([1.0], requires_grad=True)
optimizer = optim.SGD([w], lr=1.5)

for iteration in range(200):
    optimizer.zero_grad()
    loss = (w * w).sum()
    loss.backward()
    optimizer.step()
"""

#: The second backward through a graph whose saved tensors are freed raises.
BACKWARD_TWICE = """\
import torch

w = torch.tensor([3.0], requires_grad=True)
loss = (w * w).sum()
loss.backward()
loss.backward()
"""

#: Its `relu` has a kink where it is computed, so one of three gradients cannot be judged.
AT_KINK = """\
import torch
W = torch.tensor([0.0], requires_grad=True)
for step in range(1):
    loss = torch.relu(W).sum()
    loss.backward()
"""
