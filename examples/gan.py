"""Two networks against each other: one makes numbers, the other tells them from those of a normal distribution."""

import argparse

import torch
from torch import nn


def networks():
    generator = nn.Sequential(nn.Linear(1, 6), nn.ReLU(), nn.Linear(6, 1))
    critic = nn.Sequential(nn.Linear(1, 6), nn.LeakyReLU(0.2), nn.Linear(6, 1))
    return generator, critic


def batches(count, size):
    for _ in range(count):
        yield 3 + 0.5 * torch.randn(size, 1), torch.randn(size, 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--save", default="")
    args = parser.parse_args()
    torch.manual_seed(2)

    G, D = networks()
    opt_g = torch.optim.Adam(G.parameters(), lr=0.01, betas=(0.5, 0.999))
    opt_d = torch.optim.Adam(D.parameters(), lr=0.01, betas=(0.5, 0.999))
    criterion = nn.BCEWithLogitsLoss()

    for step, (real, noise) in enumerate(batches(args.steps, 8)):
        fake = G(noise)
        loss_d = criterion(D(real), torch.ones(8, 1)) + criterion(D(fake.detach()), torch.zeros(8, 1))
        opt_d.zero_grad()
        loss_d.backward()
        opt_d.step()

        loss_g = criterion(D(fake), torch.ones(8, 1))
        opt_g.zero_grad()
        loss_g.backward()
        opt_g.step()

        if step % 4 == 3:
            print(f"{step + 1}: D {loss_d.item():.3f}  G {loss_g.item():.3f}  mean {fake.mean().item():.2f}")

    if args.save:
        torch.save({"G": G.state_dict(), "D": D.state_dict()}, args.save)
