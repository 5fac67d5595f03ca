# Quadratic bowl
# The bowl is ten times as steep along W as along b. Plain gradient descent
# diverges once lr is above 2 / 10, the steepest curvature: try 0.19 and 0.21.
import torch
from torch import optim

W = torch.tensor([1.0], requires_grad=True)
b = torch.tensor([2.0], requires_grad=True)
optimizer = optim.SGD([W, b], lr=0.05)

for iteration in range(100):
    optimizer.zero_grad()
    loss = (5.0 * W**2 + 0.5 * b**2).sum()
    loss.backward()
    optimizer.step()
