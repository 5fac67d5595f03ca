# Rosenbrock's valley
# The lowest point (1, 1) lies in a long curved valley whose walls are steep.
# Choose one optimizer after the other in the side bar and compare their paths.
import torch
from torch import optim

W = torch.tensor([-1.2], requires_grad=True)
b = torch.tensor([1.0], requires_grad=True)
optimizer = optim.Adam([W, b], lr=0.2)

for iteration in range(300):
    optimizer.zero_grad()
    loss = ((1 - W) ** 2 + 100 * (b - W**2) ** 2).sum()
    loss.backward()
    optimizer.step()
