# Your own Function
# Rounding has the derivative 0 everywhere, so nothing would learn through it.
# This function rounds forward and lets the gradient pass unchanged backward.
import torch
from torch import optim


class Rounded(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.round()

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output


W = torch.tensor([0.4], requires_grad=True)
optimizer = optim.SGD([W], lr=0.1)

for iteration in range(50):
    optimizer.zero_grad()
    steps = Rounded.apply(W)
    loss = (steps - 3).square().sum()
    loss.backward()
    optimizer.step()
