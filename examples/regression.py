"""Fits a small network to a parabola: a data set, batches, and epochs in a function."""

import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Parabola(Dataset):
    def __init__(self, count):
        self.x = torch.linspace(-1, 1, count).unsqueeze(1)
        self.y = self.x**2

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        return self.x[index], self.y[index]


class Net(nn.Module):
    def __init__(self, hidden=8):
        super().__init__()
        self.fc1 = nn.Linear(1, hidden)
        self.fc2 = nn.Linear(hidden, 1)

    def forward(self, x):
        h = torch.tanh(self.fc1(x))
        return self.fc2(h)


def evaluate(net, loader):
    net.eval()
    with torch.no_grad():
        losses = [nn.functional.mse_loss(net(x), y).item() for x, y in loader]
    net.train()
    return sum(losses) / len(losses)


def train(net, loader, epochs, lr):
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    loss_fn = nn.MSELoss()
    for epoch in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(net(x), y)
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch}: {evaluate(net, loader):.4f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--save", default="")
    args = parser.parse_args()
    torch.manual_seed(0)
    loader = DataLoader(Parabola(12), batch_size=4, shuffle=True)
    net = Net()
    train(net, loader, args.epochs, args.lr)
    if args.save:
        torch.save(net.state_dict(), args.save)


if __name__ == "__main__":
    main()
