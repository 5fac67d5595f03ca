# Two features
# The girth (in inches) and the height (in feet) of black cherry trees that were
# felled foretell the wood in them (in cubic feet). X @ W sums over the features.
import torch
from torch import nn, optim

girth = torch.tensor(
    [8.3, 8.6, 8.8, 10.5, 10.7, 10.8, 11.0, 11.0, 11.1, 11.2, 11.3, 11.4, 11.4, 11.7, 12.0, 12.9,
     12.9, 13.3, 13.7, 13.8, 14.0, 14.2, 14.5, 16.0, 16.3, 17.3, 17.5, 17.9, 18.0, 18.0, 20.6]
)
height = torch.tensor(
    [70.0, 65.0, 63.0, 72.0, 81.0, 83.0, 66.0, 75.0, 80.0, 75.0, 79.0, 76.0, 76.0, 69.0, 75.0, 74.0,
     85.0, 86.0, 71.0, 64.0, 78.0, 80.0, 74.0, 72.0, 77.0, 81.0, 82.0, 80.0, 80.0, 80.0, 87.0]
)
volume = torch.tensor(
    [10.3, 10.3, 10.2, 16.4, 18.8, 19.7, 15.6, 18.2, 22.6, 19.9, 24.2, 21.0, 21.4, 21.3, 19.1, 22.2,
     33.8, 27.4, 25.7, 24.9, 34.5, 31.7, 36.3, 38.3, 42.6, 55.4, 55.7, 58.3, 51.5, 51.0, 77.0]
)
features = torch.stack([girth, height], dim=1)
X = (features - features.mean(dim=0)) / features.std(dim=0)
y = (volume - volume.mean()) / volume.std()

W = torch.tensor([0.0, 0.0], requires_grad=True)
b = torch.tensor([0.5], requires_grad=True)
criterion = nn.MSELoss()
optimizer = optim.SGD([W, b], lr=0.1)

for iteration in range(100):
    optimizer.zero_grad()
    y_hat = X @ W + b
    loss = criterion(y_hat, y)
    loss.backward()
    optimizer.step()
