"""Trains a small transformer to reverse sequences of digits."""

import argparse
from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Config:
    vocabulary: int = 6
    length: int = 5
    width: int = 16
    heads: int = 2
    layers: int = 2


class Reverser(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.position = nn.Parameter(torch.zeros(config.length, config.width))
        layer = nn.TransformerEncoderLayer(config.width, config.heads, 32, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        self.head = nn.Linear(config.width, config.vocabulary)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.head(self.encoder(self.embedding(tokens) + self.position))


class Trainer:
    def __init__(self, config: Config, lr: float) -> None:
        self.config = config
        self.model = Reverser(config)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=lr)
        self.loss = nn.CrossEntropyLoss()

    def one(self, tokens: torch.Tensor) -> float:
        logits = self.model(tokens)
        loss = self.loss(logits.flatten(0, 1), tokens.flip(1).flatten())
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def fit(self, steps: int) -> None:
        for step in range(steps):
            tokens = torch.randint(self.config.vocabulary, (4, self.config.length))
            loss = self.one(tokens)
            print(f"step {step}: {loss:.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--save", default="")
    args = parser.parse_args()
    torch.manual_seed(4)
    trainer = Trainer(Config(), lr=0.01)
    trainer.fit(args.steps)
    if args.save:
        torch.save(trainer.model.state_dict(), args.save)
