# Polynomial fit
# y = a + b x + c x² + d x³ comes close to the sine between -π and π.
# Higher powers have larger gradients, so Adam gets there long before SGD.
import torch
from torch import nn, optim

x = torch.linspace(-3.14159, 3.14159, 25)
y = torch.sin(x)

a = torch.tensor([0.1], requires_grad=True)
b = torch.tensor([0.0], requires_grad=True)
c = torch.tensor([0.1], requires_grad=True)
d = torch.tensor([0.0], requires_grad=True)
criterion = nn.MSELoss()
optimizer = optim.Adam([a, b, c, d], lr=0.05)

for iteration in range(200):
    optimizer.zero_grad()
    y_hat = a + b * x + c * x**2 + d * x**3
    loss = criterion(y_hat, y)
    loss.backward()
    optimizer.step()
