"""Compares forward and backward inside `viz.record()` with the same in plain PyTorch."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import repeat

import torch
from torch import nn, optim

import viz
from benchmarks.chains import chain
from benchmarks.table import Row, ratio, row

#: Pairs of the number of operations and the number of samples.
OPERATIONS = {10: 200, 1_000: 15, 10_000: 5}
BATCH, LENGTH, WIDTH, LAYERS = 8, 32, 512, 12
STEPS = 7


def blocks() -> list[Row]:
    """The times of forward and backward, and of a training step of a transformer, plain and recorded in turns."""
    rows = [one for operations, samples in OPERATIONS.items() for one in _operations(operations, samples)]
    return [*rows, *_transformer()]


def _operations(operations: int, samples: int) -> list[Row]:
    """Operations on one number, all of them in one statement; the time of the block itself counts, too."""
    w = torch.tensor([1.0], requires_grad=True)

    def plain() -> None:
        w.grad = None
        torch.autograd.backward(chain(w, operations))

    def recorded() -> None:
        w.grad = None
        with viz.record() as recording:
            torch.autograd.backward(chain(w, operations))
        _check(recording.problem)

    alone, beside = _in_turns(plain, recorded, samples)
    name = f"forward and backward of {operations:,} operations"
    return _compared(name, alone, beside, "at most 5")


def _transformer() -> list[Row]:
    layer = nn.TransformerEncoderLayer(WIDTH, nhead=8, batch_first=True)
    net = nn.TransformerEncoder(layer, LAYERS)
    optimizer = optim.AdamW(net.parameters())
    x = torch.randn(BATCH, LENGTH, WIDTH)

    def plain() -> None:
        optimizer.zero_grad()
        torch.autograd.backward(net(x).square().mean())
        optimizer.step()

    def recorded() -> None:
        with viz.record(whole=0) as recording:
            optimizer.zero_grad()
            torch.autograd.backward(net(x).square().mean())
            optimizer.step()
        _check(recording.problem)

    alone, beside = _in_turns(plain, recorded, STEPS)
    return _compared(f"a step of a transformer, {LAYERS} layers", alone, beside, "at most 2")


def _compared(name: str, alone: list[float], beside: list[float], goal: str) -> list[Row]:
    without, with_ = row(f"{name}: plain", alone, "ms"), row(f"{name}: recorded", beside, "ms")
    return [without, with_, ratio(f"{name}: recorded to plain", with_, without, goal)]


def _in_turns(
    plain: Callable[[], None], recorded: Callable[[], None], samples: int
) -> tuple[list[float], list[float]]:
    """The milliseconds of each, after one turn to warm up."""
    times: tuple[list[float], list[float]] = [], []
    for _ in repeat(None, samples + 1):
        for act, taken in zip((plain, recorded), times, strict=True):
            start = time.perf_counter()
            act()
            taken.append((time.perf_counter() - start) * 1000)
    return times[0][1:], times[1][1:]


def _check(problem: object) -> None:
    if problem is not None:
        raise RuntimeError(str(problem))
