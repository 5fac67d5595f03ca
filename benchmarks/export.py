"""Measures how long it takes to write the offline page for a long iteration."""

from __future__ import annotations

import time

from benchmarks.table import Row, row
from viz.export.offline_page import html_of
from viz.frames.tape import Taped
from viz.language.running import record
from viz.worker.explain import describe_node

#: 1,143 statements and 571 Nodes per iteration.
LONG = """\
import torch

w = torch.tensor(0.9, requires_grad=True)
b = torch.tensor(0.1, requires_grad=True)
optimizer = torch.optim.SGD([w, b], lr=0.01)

for iteration in range(20):
    optimizer.zero_grad()
    h = torch.tensor(1.0)
    i = 0
    while i < 284:
        a = h * w
        h = a + b
        i = i + 1
    loss = (h - 1.0) ** 2
    loss.backward()
    optimizer.step()
"""


def offline_page() -> list[Row]:
    """The time to write the page for one such iteration, and for twenty, with all explanations."""
    tape = record(LONG)
    tape.record(20)
    return [
        row(
            f"the offline page of {count} × {len(tape.iteration(0)):,} statements",
            _seconds(tape, count),
            "s",
            goal,
        )
        for count, goal in ((1, "at most 5"), (20, ""))
    ]


def _seconds(tape: Taped, count: int) -> list[float]:
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        html_of(tape, count, explain=lambda frames, node: describe_node(frames, node, only_value=False))
        seconds.append(time.perf_counter() - start)
    return seconds
