# Newton's step
# create_graph=True makes the gradient part of the graph, so it has a derivative
# too. Newton divides by it: near the minimum each step doubles the right digits.
import torch

W = torch.tensor([2.0], requires_grad=True)

for iteration in range(8):
    loss = (W**4 / 4 - W).sum()
    (slope,) = torch.autograd.grad(loss, W, create_graph=True)
    (curvature,) = torch.autograd.grad(slope, W)
    with torch.no_grad():
        W -= slope / curvature
