"""Compares `viz.trace` with a bare walk over `next_functions`."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from itertools import repeat
from typing import Any

import torch

import viz
from benchmarks.table import Row, ratio, row

#: A graph consists of chains: torch 2.13 cannot free a walked chain of more than some 40,000 Nodes.
CHAINS = 10
NODES = 100_000
SAMPLES = 11


def tracing() -> list[Row]:
    """The times of a bare walk and of a trace of about 100,000 Nodes, alternately.

    torch makes a Python object for each Node on its first visit, and both pay for that. So both are measured on
    new graphs, and again on graphs that were walked before.
    """
    acts: dict[str, Callable[[torch.Tensor], object]] = {
        "a bare walk over next_functions": _walk,
        "viz.trace": viz.trace,
    }
    first: dict[str, list[float]] = {name: [] for name in acts}
    again: dict[str, list[float]] = {name: [] for name in acts}
    for _ in repeat(None, SAMPLES):
        for name, act in acts.items():
            loss = _graph()
            first[name].append(_milliseconds(act, loss))
            again[name].append(_milliseconds(act, loss))
    return [*_compared(first, "a new graph"), *_compared(again, "walked before")]


def _compared(samples: dict[str, list[float]], graphs: str) -> list[Row]:
    bare, traced = (row(f"{name}, {NODES:,} Nodes, {graphs}", times, "ms") for name, times in samples.items())
    return [bare, traced, ratio(f"viz.trace to a bare walk, {graphs}", traced, bare, "at most 3")]


def _milliseconds(act: Callable[[torch.Tensor], object], loss: torch.Tensor) -> float:
    gc.collect()
    start = time.perf_counter()
    result = act(loss)
    taken = (time.perf_counter() - start) * 1000
    del result
    return taken


def _graph() -> torch.Tensor:
    """A sum of chains, as a loop over a scalar builds them."""
    W = torch.tensor([1.0], requires_grad=True)
    ends = []
    for _ in range(CHAINS):
        end = W
        for _ in range(NODES // CHAINS // 2):
            end = end * 0.999 + 0.001
        ends.append(end)
    return torch.stack(ends).sum()


def _walk(loss: torch.Tensor) -> int:
    """Visit every Node once; the set is needed because several paths can lead to a Node."""
    stack: list[Any] = [loss.grad_fn]
    seen = set(stack)
    while stack:
        for function, _ in stack.pop().next_functions:
            if function is not None and function not in seen:
                seen.add(function)
                stack.append(function)
    return len(seen)
