"""Measures long runs: going back to an iteration that the tape let go, and the memory that a run takes."""

from __future__ import annotations

import resource
from functools import partial

from benchmarks.recording import microseconds
from benchmarks.table import Row, row
from viz.catalog import DEFAULT_PROGRAM
from viz.language.running import record
from viz.operating.process import Garbage

ITERATIONS, EARLY = 30_000, 10_000
#: Iterations to go back to, far from each other; the first one is that of issue 20.
PLACES = (23_517, 11_003, 27_777, 5_512, 19_999, 15_038, 8_450, 21_290)
NETWORK = """\
import torch
from torch import nn, optim

torch.manual_seed(0)
X = torch.linspace(-3, 3, 80).unsqueeze(1)
Y = torch.sin(X)
net = nn.Sequential(nn.Linear(1, 10), nn.Tanh(), nn.Linear(10, 10), nn.Tanh(), nn.Linear(10, 1))
criterion = nn.MSELoss()
optimizer = optim.Adam(net.parameters(), lr=0.01)

for epoch in range(30000):
    optimizer.zero_grad()
    prediction = net(X)
    loss = criterion(prediction, Y)
    loss.backward()
    optimizer.step()
"""


def seeking() -> list[Row]:
    """The times of going back in a run of 30,000 iterations that skipped them, and its memory on the way."""
    Garbage().begin()  # as on the page
    line = DEFAULT_PROGRAM.read_text(encoding="utf-8").replace("range(100)", f"range({ITERATIONS})")
    return [
        *_back("a linear model", line, "at most 250"),
        *_back("a 1-10-10-1 network on 80 points", NETWORK, "at most 1000"),
    ]


def _back(name: str, source: str, goal: str) -> list[Row]:
    tape = record(source)
    tape.record(2)
    tape.record(EARLY, skip=EARLY)
    early, resident = tape.bytes, _peak()
    tape.record(ITERATIONS, skip=ITERATIONS)
    late, grown = tape.bytes, _peak() - resident
    if tape.error is not None or tape.recorded != ITERATIONS:
        raise RuntimeError(f"{name} ended at iteration {tape.recorded:,}")
    seeks = [microseconds(partial(tape.iteration, place)) / 1000 for place in PLACES]
    return [
        row(f"{name}: back to an iteration of {ITERATIONS:,}", seeks, "ms", goal),
        row(f"{name}: memory of the run after {EARLY:,} iterations", [early / 1e6], "MB"),
        row(f"{name}: after {ITERATIONS:,}", [late / 1e6], "MB"),
        row(f"{name}: growth of the process in between", [grown / 1e6], "MB"),
    ]


def _peak() -> float:
    """The most bytes that the process has had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
