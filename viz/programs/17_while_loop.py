# A loop of any length
# Something grows by the factor W until it has passed 1: how many Nodes that takes
# changes while W is learned. Autograd records what ran, and nothing else.
import torch
from torch import optim

x = torch.tensor([0.2])
W = torch.tensor([1.2], requires_grad=True)
optimizer = optim.SGD([W], lr=0.02)

for iteration in range(60):
    optimizer.zero_grad()
    h = x
    while h.item() < 1:
        h = h * W
    loss = (h - 1.8).square().sum()
    loss.backward()
    optimizer.step()
