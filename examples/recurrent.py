"""Learns to continue a sine with a recurrent network, and carries its hidden state from one piece to the next."""

import argparse
import math

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--save", default="")
args = parser.parse_args()

torch.manual_seed(1)
wave = torch.tensor([math.sin(t / 3) for t in range(41)])


class Memory(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.cell = nn.RNNCell(1, size)
        self.out = nn.Linear(size, 1)

    def forward(self, inputs, hidden):
        outputs = []
        for value in inputs:
            hidden = self.cell(value.view(1, 1), hidden)
            outputs.append(self.out(hidden))
        return torch.cat(outputs).squeeze(1), hidden


model = Memory(4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)

for epoch in range(args.epochs):
    hidden = torch.zeros(1, 4)
    total = 0.0
    for start in range(0, 40, 8):
        piece, target = wave[start : start + 8], wave[start + 1 : start + 9]
        prediction, hidden = model(piece, hidden)
        hidden = hidden.detach()
        loss = ((prediction - target) ** 2).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item()
    scheduler.step()
    print("epoch %d, loss %.4f, lr %g" % (epoch, total / 5, scheduler.get_last_lr()[0]))

if args.save:
    torch.save(model.state_dict(), args.save)
