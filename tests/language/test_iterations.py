"""A run whose training loop is inside of a function or of another loop; its frames are in test_same_frames.py."""

from __future__ import annotations

import gc
import threading
import time

import viz
from tests.language import iteration_programs
from viz.language import record


def test_a_run_that_waits_in_a_function_ends_with_its_tape() -> None:
    def waiting() -> int:
        return sum(one.name == "run" for one in threading.enumerate())

    lines = iteration_programs.PROGRAMS["two loops that train in turn"]
    before = waiting()
    tape = record(iteration_programs.HEAD + lines)
    tape.record(1)
    assert waiting() == before + 1
    del tape
    gc.collect()
    for _ in range(100):
        if waiting() == before:
            break
        time.sleep(0.02)
    assert waiting() == before


def test_a_function_that_trains_and_is_never_called_changes_no_iteration() -> None:
    unused = "def train(w):\n    for step in range(9):\n        (w * w).backward()\n"
    tape = viz.run(f"import torch\n{unused}for i in range(4):\n    x = torch.tensor(1.0) * i\n")
    assert (tape.recorded, tape.total, len(tape.setup)) == (4, 4, 2)
