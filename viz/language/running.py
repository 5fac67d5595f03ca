"""Records programs of the language: where the language and the recorder meet."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from viz import limits
from viz.language.again import Again, CheckpointedRun
from viz.language.checkpoints.store import Checkpoints
from viz.language.compiler.parsing import parse
from viz.language.outline import recorded_whole, recorder_of_programs
from viz.language.runtime.program import Program
from viz.recording import Tape


def record(source: str, names: Collection[str] = ()) -> Tape[Program]:
    """The tape of a program, with nothing recorded yet; raises Refused if the language does not allow it.

    Of iterations that are skipped, the tape reads the variables `names` at their end.
    """
    program = parse(source)
    recorder = recorder_of_programs()
    checkpoints = Checkpoints(program)
    run = CheckpointedRun(program, recorder, names, checkpoints)
    again, fresh = Again(program, checkpoints), partial(recorded_whole, program)
    return Tape(program, run, recorder, limits.TAPE, again, run, fresh)


def run(source: str, iterations: int | None = None) -> Tape[Program]:
    """The tape of a program, with `iterations` iterations recorded (None: all of them).

    Raises Refused if the language does not allow the program. If it stops while it runs (by an exception of torch,
    or a limit), the reason is the `error` of the tape's last frame.
    """
    tape = record(source)
    tape.record(limits.ITERATIONS if iterations is None else iterations)
    return tape
