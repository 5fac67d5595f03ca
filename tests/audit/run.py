"""A program run both recorded and in plain Python, as every view of the audit receives it."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch

from tests.audit.complaint import Complaint, brief_text, moment_of
from tests.audit.plain import Moment, Plain, run_plainly
from tests.audit.statements import functions_in
from viz.editing.training_loops import training_loops
from viz.frames.frame import Frame
from viz.language import Program, record
from viz.recording.tape import Tape

#: The number of recorded iterations of a program: a few more than the page's charts show.
ITERATIONS = 300
#: The most iterations that the slow views check; of a longer run, they take the first, the last and some between.
LOOKED_AT = 24
#: The most Nodes, summed over all statements of such parts, and the number of parts that are checked in any case.
_ROOM, _AT_LEAST = 10_000, 6


@dataclass(slots=True)
class Run:
    """A program's tape, complete or cut, and its run in plain Python, as far as the two run the same statements.

    `moments[n]` is Python's execution of the statement of `frames[n]`.
    """

    name: str
    tape: Tape[Program]
    plain: Plain
    frames: Sequence[Frame] = ()
    moments: Sequence[Moment] = ()
    memo: dict[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The program's text."""
        return self.tape.source

    @property
    def parts(self) -> list[Sequence[Frame]]:
        """The frames of the set-up, of each iteration and of what follows the loop, without empty parts."""
        tape = self.tape
        count = tape.recorded + (1 if stopped_in_loop(tape) else 0)
        parts = [tape.setup, *(tape.iteration(number) for number in range(count)), tape.after]
        return [part for part in parts if part]

    @property
    def some_parts(self) -> list[Sequence[Frame]]:
        """The parts that the slow views check."""
        parts = self.parts
        largest = max((len(part) * len(part[-1].graph.nodes) for part in parts), default=0)
        chosen = some(len(parts), max(_AT_LEAST, min(LOOKED_AT, _ROOM // max(largest, 1))))
        return [part for number, part in enumerate(parts) if number in chosen]

    def complain(
        self, view: str, frame: Frame | None, what: str, expected: object = "", got: object = ""
    ) -> Complaint:
        """A complaint about the moment of a frame, or about the whole run if that is None."""
        where = "the run" if frame is None else moment_of(frame, self.statement(frame))
        return Complaint(self.name, where, view, what, brief_text(expected), brief_text(got))

    def statement(self, frame: Frame) -> int:
        """The position of a frame in its part, from 0."""
        index = frame.index
        while index > 0 and _part(self.tape[index - 1]) == _part(frame):
            index -= 1
        return frame.index - index


#: A view: yields the complaints about one part of what the page shows of a run.
View: TypeAlias = Callable[[Run], Iterator[Complaint]]


def some(count: int, most: int = LOOKED_AT) -> set[int]:
    """The indices of at most `most` of `count` items: the first, the last and some between."""
    if count <= most:
        return set(range(count))
    ends = {*range(most // 3), *range(count - most // 3, count)}
    return ends | {round(step * count / (most // 3)) for step in range(most // 3)}


def stopped_in_loop(tape: Tape[Program]) -> bool:
    """Whether an error ended the tape inside an iteration."""
    return tape.error is not None and tape[-1].phase == "loop"


def both_ways(name: str, source: str, iterations: int = ITERATIONS) -> Run:
    """Record a program and run it in plain Python. Raises Refused if the language does not accept it."""
    always = torch.is_warn_always_enabled()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.set_warn_always(True)
        try:
            tape = record(source)
            tape.record(iterations)
        finally:
            torch.set_warn_always(always)
    loop = tape.program.loop
    training = {one.iter.lineno for one in training_loops([ast.parse(source)]) if isinstance(one, ast.For)}
    loops = training if tape.program.trains_until else set() if loop is None else {loop.span.line}
    error = tape.error
    fits = len(tape) - (1 if error is not None and error.kind == "Limit" else 0)
    plain = run_plainly(source, fits, loops)
    together = 0
    for frame, moment in zip(tape, plain.moments, strict=False):
        if frame.error is not None or frame.line != moment.line:
            break
        together += 1
    return Run(name, tape, plain, list(tape)[:together], plain.moments[:together])


def own_functions(source: str) -> set[str]:
    """The names of the Functions that a program defines, each with its own backward."""
    return functions_in(ast.parse(source))


def _part(frame: Frame) -> tuple[int, str]:
    return frame.iteration, frame.phase
