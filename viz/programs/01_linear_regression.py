# Linear regression
# In 1929 Edwin Hubble compared the distance of 24 nebulae (in Mpc) with the
# velocity at which they recede (in km/s). The line y = W * x + b learns it.
import torch
from torch import nn, optim

distance = torch.tensor(
    [0.032, 0.034, 0.214, 0.263, 0.275, 0.275, 0.45, 0.5, 0.5, 0.63, 0.8, 0.9, 0.9, 0.9,
     0.9, 1.0, 1.1, 1.1, 1.4, 1.7, 2.0, 2.0, 2.0, 2.0]
)
velocity = torch.tensor(
    [170.0, 290.0, -130.0, -70.0, -185.0, -220.0, 200.0, 290.0, 270.0, 200.0, 300.0,
     -30.0, 650.0, 150.0, 500.0, 920.0, 450.0, 500.0, 500.0, 960.0, 500.0, 850.0, 800.0,
     1090.0]
)
x = (distance - distance.mean()) / distance.std()
y = (velocity - velocity.mean()) / velocity.std()

W = torch.tensor([-0.5], requires_grad=True)
b = torch.tensor([0.5], requires_grad=True)
criterion = nn.MSELoss()
optimizer = optim.SGD([W, b], lr=0.1)

for iteration in range(100):
    optimizer.zero_grad()
    y_hat = W * x + b
    loss = criterion(y_hat, y)
    loss.backward()
    optimizer.step()
