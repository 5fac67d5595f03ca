"""Classifies points of two moons with bfloat16 inside autocast, on the CPU."""

import argparse

import torch
import torch.nn.functional as F
from torch import nn


def moons(count):
    angle = torch.rand(count) * torch.pi
    which = torch.randint(0, 2, (count,))
    x = torch.where(which == 0, angle.cos(), 1 - angle.cos())
    y = torch.where(which == 0, angle.sin(), 0.5 - angle.sin())
    return torch.stack([x, y], dim=1) + 0.1 * torch.randn(count, 2), which


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, 8), nn.Linear(8, 8)])
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        for layer in self.layers:
            x = F.gelu(layer(x))
        return self.head(x)


def main(steps, save):
    torch.manual_seed(3)
    x, target = moons(32)
    model = Classifier()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.05)
    step = 0
    while step < steps:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(x)
            loss = F.cross_entropy(logits, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
    accuracy = (model(x).argmax(dim=1) == target).float().mean()
    print(f"loss {loss.item():.3f}, accuracy {accuracy:.2f}")
    if save:
        torch.save(model.state_dict(), save)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--save", default="")
    args = parser.parse_args()
    main(args.steps, args.save)
