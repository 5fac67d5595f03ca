"""Compares iterations of a script that Python itself runs, recorded, with the same iterations in plain PyTorch."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from benchmarks.recording import WARM_UP, microseconds, plain
from benchmarks.table import Row, ratio, row
from viz.catalog import DEFAULT_PROGRAM
from viz.operating.process import Garbage
from viz.scripts.recording import record_file

ITERATIONS = 400


def scripts() -> list[Row]:
    """The time of plain and recorded iterations of the program that the page opens with, measured in turns."""
    Garbage().begin()  # as on the page
    source = DEFAULT_PROGRAM.read_text(encoding="utf-8").replace("range(100)", "range(1000)")
    step = plain(source)
    alone, recorded = [], []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.py"
        file.write_text(source, encoding="utf-8")
        tape = record_file(file)
        for number in range(WARM_UP + ITERATIONS):
            alone.append(microseconds(step))
            recorded.append(microseconds(partial(tape.record, number + 1)))
        if tape.error is not None:
            raise RuntimeError(tape.error.message)
    without = row("SGD in a script: a plain iteration", alone[WARM_UP:], "µs")
    beside = row("SGD in a script: the same, recorded", recorded[WARM_UP:], "µs")
    return [without, beside, ratio("SGD in a script: recorded to plain", beside, without, "at most 6")]
