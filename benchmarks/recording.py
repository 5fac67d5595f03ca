"""A recorded iteration of the linear model beside the same iteration in plain PyTorch."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import torch
from torch import nn, optim

from benchmarks.table import Row, ratio, render, row
from viz.catalog import DEFAULT_PROGRAM
from viz.language import parse, surface
from viz.language.running import record

WARM_UP = 100
ITERATIONS = 600
GOAL = "at most 4"


def recording() -> list[Row]:
    """Iterations of the program that the page opens on, plain and recorded in turns, with SGD and with Adam."""
    return [
        *_side_by_side("SGD", "optim.SGD([W, b], lr=0.1)"),
        *_side_by_side("Adam", "optim.Adam([W, b], lr=0.1)"),
        *_other(),
    ]


def _side_by_side(name: str, optimizer: str) -> list[Row]:
    source = DEFAULT_PROGRAM.read_text(encoding="utf-8").replace("optim.SGD([W, b], lr=0.1)", optimizer)
    tape = record(source.replace("range(100)", "range(1000)"))
    step = _plain(name)
    plain, recorded = [], []
    for number in range(WARM_UP + ITERATIONS):
        plain.append(_microseconds(step))
        recorded.append(_microseconds(partial(tape.record, number + 1)))
    without = row(f"{name}: a plain iteration", plain[WARM_UP:], "µs")
    beside = row(f"{name}: the same, recorded", recorded[WARM_UP:], "µs")
    kilobytes = row(f"{name}: what an iteration takes on the tape", [tape.bytes / tape.recorded / 1000], "kB")
    return [without, beside, ratio(f"{name}: recorded to plain", beside, without, GOAL), kilobytes]


def _other() -> list[Row]:
    """What a change of a setting waits for besides its iterations."""
    source = DEFAULT_PROGRAM.read_text(encoding="utf-8")
    program = parse(source)
    grid = [number / 6 - 2 for number in range(25)]
    parsing = [_microseconds(lambda: parse(source)) / 1000 for _ in range(30)]
    points = [_microseconds(lambda: surface(program, "W", "b", grid, grid)) / 1000 for _ in range(20)]
    hundred = [_microseconds(lambda: record(source).record(100)) / 1000 for _ in range(10)]
    return [
        row("reading and checking the program", parsing, "ms"),
        row("100 iterations recorded from nothing", hundred, "ms"),
        row("the loss surface, 25 × 25", points, "ms", "at most 60"),
    ]


def _plain(name: str) -> Callable[[], None]:
    """One iteration of the same program in plain PyTorch, on the same numbers."""
    names: dict[str, torch.Tensor] = {
        one: torch.tensor(value)
        for one, variable in record(DEFAULT_PROGRAM.read_text(encoding="utf-8")).setup[-1].variables.items()
        if one in ("x", "y", "W", "b") and (value := variable.value) is not None
    }
    x, y = names["x"], names["y"]
    weight, bias = names["W"].requires_grad_(), names["b"].requires_grad_()
    criterion = nn.MSELoss()
    optimizer = getattr(optim, name)([weight, bias], lr=0.1)

    def step() -> None:
        optimizer.zero_grad()
        y_hat = weight * x + bias
        loss = criterion(y_hat, y)
        loss.backward()
        optimizer.step()

    return step


def _microseconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1e6


if __name__ == "__main__":
    print(render(recording()))
