# A tiny recurrent net
# One hidden number reads a sequence value by value and foretells the next one.
# The same weights work at every time step: backward goes through time.
import torch
from torch import optim

sequence = torch.tensor([0.0, 0.5, 0.87, 1.0, 0.87, 0.5])
W_x = torch.tensor([0.5], requires_grad=True)
W_h = torch.tensor([0.3], requires_grad=True)
b = torch.tensor([0.1], requires_grad=True)
W_y = torch.tensor([1.0], requires_grad=True)
optimizer = optim.Adam([W_x, W_h, b, W_y], lr=0.05)

for iteration in range(100):
    optimizer.zero_grad()
    h = torch.zeros(1)
    loss = torch.zeros(1)
    for t in range(5):
        h = torch.tanh(W_x * sequence[t] + W_h * h + b)
        loss = loss + (W_y * h - sequence[t + 1]).square()
    loss.backward()
    optimizer.step()
