# Logistic regression
# At 23 launches before the last of Challenger (1986) the O-rings were damaged (1)
# or not (0), and the air had a temperature in °F. The colder, the likelier damage.
import torch
from torch import nn, optim

temperature = torch.tensor(
    [66.0, 70.0, 69.0, 68.0, 67.0, 72.0, 73.0, 70.0, 57.0, 63.0, 70.0, 78.0, 67.0, 53.0, 67.0, 75.0,
     70.0, 81.0, 76.0, 79.0, 75.0, 76.0, 58.0]
)
damaged = torch.tensor(
    [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
     1.0, 0.0, 1.0]
)
x = (temperature - temperature.mean()) / temperature.std()

W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.0], requires_grad=True)
criterion = nn.BCEWithLogitsLoss()
optimizer = optim.SGD([W, b], lr=0.5)

for iteration in range(100):
    optimizer.zero_grad()
    logits = W * x + b
    loss = criterion(logits, damaged)
    loss.backward()
    optimizer.step()
