"""Records programs of the language: where the language and the recorder meet."""

from __future__ import annotations

from functools import partial

from viz import limits
from viz.language.compiler.parsing import parse
from viz.language.interpreter import Interpreter
from viz.language.outline import recorded_again, recorder_of_programs
from viz.language.runtime.program import Program
from viz.recording import Tape


def record(source: str) -> Tape[Program]:
    """The tape of a program, with nothing recorded yet; raises Refused if the language does not allow it."""
    program = parse(source)
    recorder = recorder_of_programs()
    again = partial(recorded_again, program)
    return Tape(program, Interpreter(program, recorder), recorder, limits.TAPE, again)


def run(source: str, iterations: int | None = None) -> Tape[Program]:
    """The tape of a program, with `iterations` iterations recorded (None: all of them).

    Raises Refused if the language does not allow the program. If it stops while it runs (by an exception of torch,
    or a limit), the reason is the `error` of the tape's last frame.
    """
    tape = record(source)
    tape.record(limits.ITERATIONS if iterations is None else iterations)
    return tape
