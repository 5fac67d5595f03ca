# Weight sharing
# W is used three times, so three gradients meet in it, and autograd adds them.
# Step through backward with the full stop key and see them arrive one by one.
import torch
from torch import optim

x = torch.tensor([0.5])
W = torch.tensor([0.8], requires_grad=True)
optimizer = optim.SGD([W], lr=0.1)

for iteration in range(50):
    optimizer.zero_grad()
    first = torch.tanh(W * x)
    second = torch.tanh(W * first)
    third = torch.tanh(W * second)
    loss = (third - 0.7).square().sum()
    loss.backward()
    optimizer.step()
