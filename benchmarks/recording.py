"""Compares recorded iterations with the same iterations in plain PyTorch."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable
from functools import partial
from itertools import repeat
from typing import Any

from benchmarks.table import Row, ratio, render, row
from viz.catalog import DEFAULT_PROGRAM
from viz.language import parse, surface
from viz.language.running import record
from viz.language.runtime.program import Program
from viz.operating.process import Garbage
from viz.presets import presets
from viz.recording import Tape

WARM_UP = 100
ITERATIONS = 600
GOAL = "at most 4"
#: Iterations in one go, and how often they run.
IN_ONE_GO, ROUNDS = 200, 10
NETWORK = "A 2-8-1 network"
#: Pairs of the number of operations in an iteration and the number of iterations to measure.
OPERATIONS = {10: 200, 100: 60, 1000: 8}
GROWING = """\
import torch

W = torch.tensor([1.0], requires_grad=True)

for iteration in range(100):
    z = W
    for step in range({passes}):
        z = z * 0.999 + 0.001
    z.backward()
    W.grad = None
"""


def recording() -> list[Row]:
    """The times of plain and recorded iterations, measured alternately, and those of many in one go.

    The programs are the page's opening program, with SGD and with Adam, the network, and loops with more and more
    operations.
    """
    Garbage().begin()  # as on the page
    line = DEFAULT_PROGRAM.read_text(encoding="utf-8")
    network = next(one.source for one in presets() if one.title == NETWORK)
    return [
        *_side_by_side("SGD", line),
        *_in_one_go("SGD", line),
        *_side_by_side("Adam", line.replace("optim.SGD([W, b], lr=0.1)", "optim.Adam([W, b], lr=0.1)")),
        *_side_by_side(NETWORK, network, 300),  # a tape has room for this many iterations
        *_growing(),
        *_other(),
    ]


def _side_by_side(name: str, source: str, iterations: int = ITERATIONS) -> list[Row]:
    alone, recorded, tape = _in_turns(source, WARM_UP + iterations)
    without = row(f"{name}: a plain iteration", alone[WARM_UP:], "µs")
    beside = row(f"{name}: the same, recorded", recorded[WARM_UP:], "µs")
    kilobytes = row(f"{name}: size of an iteration on the tape", [tape.bytes / tape.recorded / 1000], "kB")
    return [without, beside, ratio(f"{name}: recorded to plain", beside, without, GOAL), kilobytes]


def _in_one_go(name: str, source: str) -> list[Row]:
    """Like `_side_by_side`, but first all plain iterations, then all recorded ones.

    A plain iteration is faster this way: in turns, each recorded one seems to drive the other's code and data out
    of the processor's caches. A recorded iteration takes the same time either way.
    """
    source = source.replace("range(100)", "range(1000)")
    alone, recorded = [], []
    for _ in range(ROUNDS):
        step, tape = plain(source), record(source)
        _repeat(step, WARM_UP)
        alone.append(microseconds(partial(_repeat, step, IN_ONE_GO)) / IN_ONE_GO)
        tape.record(WARM_UP)
        recorded.append(microseconds(partial(tape.record, WARM_UP + IN_ONE_GO)) / IN_ONE_GO)
        if tape.error is not None:
            raise RuntimeError(tape.error.message)
    without = row(f"{name}: one of {IN_ONE_GO} plain iterations in one go", alone, "µs")
    beside = row(f"{name}: one of the same, recorded in one go", recorded, "µs")
    return [without, beside, ratio(f"{name}: recorded to plain, in one go", beside, without, GOAL)]


def _repeat(step: Callable[[], None], times: int) -> None:
    for _ in repeat(None, times):
        step()


def _growing() -> list[Row]:
    """The cost of one recorded operation, for iterations with more and more of them."""
    rows = []
    for operations, iterations in OPERATIONS.items():
        _, recorded, _ = _in_turns(GROWING.format(passes=operations // 2), iterations)
        each = [one / operations for one in recorded[iterations // 4 :]]
        rows.append(row(f"one of {operations:,} operations in a loop, recorded", each, "µs"))
    return rows


def _in_turns(source: str, iterations: int) -> tuple[list[float], list[float], Tape[Program]]:
    """The microseconds of each iteration, in plain Python and recorded alternately, and the tape."""
    source = source.replace("range(100)", "range(1000)")
    tape, step = record(source), plain(source)
    alone, recorded = [], []
    for number in range(iterations):
        alone.append(microseconds(step))
        recorded.append(microseconds(partial(tape.record, number + 1)))
    if tape.error is not None:
        raise RuntimeError(tape.error.message)
    return alone, recorded, tape


def _other() -> list[Row]:
    """The times of the work that a changed setting causes, besides that of single iterations."""
    source = DEFAULT_PROGRAM.read_text(encoding="utf-8")
    program = parse(source)
    grid = [number / 6 - 2 for number in range(25)]
    # Each source is different, because parsed sources are cached.
    texts = [f"{source}# {number}\n" for number in range(30)]
    parsing = [microseconds(partial(parse, text)) / 1000 for text in texts]
    points = [microseconds(lambda: surface(program, "W", "b", grid, grid)) / 1000 for _ in range(20)]
    hundred = [microseconds(lambda: record(source).record(100)) / 1000 for _ in range(10)]
    return [
        row("reading and checking the program", parsing, "ms"),
        row("100 iterations recorded from nothing", hundred, "ms"),
        row("the loss surface, 25 × 25", points, "ms", "at most 60"),
    ]


def plain(source: str) -> Callable[[], None]:
    """One iteration of one of our own programs in plain Python: the body of its loop as a function."""
    *setup, loop = ast.parse(source).body
    assert isinstance(loop, ast.For)
    names: dict[str, Any] = {}
    exec(compile(ast.Module(setup, []), "setup", "exec"), names)
    (step,) = ast.parse("def step(): pass").body
    assert isinstance(step, ast.FunctionDef)
    step.body = loop.body
    exec(compile(ast.fix_missing_locations(ast.Module([step], [])), "loop", "exec"), names)
    made: Callable[[], None] = names["step"]
    return made


def microseconds(act: Callable[[], object]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1e6


if __name__ == "__main__":
    print(render(recording()))
