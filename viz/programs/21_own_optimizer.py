# Your own optimizer
# An optimizer only changes parameters by their .grad, with whatever it remembers.
# The update stands under no_grad: it is not part of the graph.
import torch
from torch import nn

x = torch.tensor([0.0, 0.5, 1.0, 1.5, 2.0])
y = torch.tensor([1.0, 2.5, 2.0, 4.0, 4.5])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.0], requires_grad=True)
criterion = nn.MSELoss()
lr = 0.05
momentum = 0.8
speed_W = torch.zeros(1)
speed_b = torch.zeros(1)

for iteration in range(100):
    y_hat = W * x + b
    loss = criterion(y_hat, y)
    loss.backward()
    with torch.no_grad():
        speed_W = momentum * speed_W + W.grad
        speed_b = momentum * speed_b + b.grad
        W -= lr * speed_W
        b -= lr * speed_b
    W.grad = None
    b.grad = None
