"""Runs a program whose training loop is inside of its body, and stops at each iteration."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Literal

from viz import limits
from viz.budget import Budget
from viz.frames.frame import SETUP
from viz.language.runtime.flow import Stopped, run_block
from viz.language.runtime.program import Program
from viz.language.runtime.state import State
from viz.turns import Turns
from viz.watching.iterations import Iterations
from viz.watching.warnings_heard import heard_by


class WholeRun:
    """A run in a thread of its own, which waits between two parts: in the middle of functions and loops.

    `around` makes a context for the code of each part, if it is given; it is entered in that thread.
    """

    def __init__(self, program: Program, state: State) -> None:
        self.turns = Turns()
        self.around: Callable[[], AbstractContextManager[object]] | None = None
        self.over = False
        self._program = program
        self._state = state
        self._part = ExitStack()
        self.iterations = Iterations(program.trains_until, self._wait, self._begin)

    def next(self) -> None:
        """Run the next part."""
        self.turns.next(self._run)

    def _run(self) -> None:
        self._open("setup", SETUP)
        try:
            for one in self._program.body:
                self.iterations.line = one.span.line
                run_block(self._state, [one])
        except Stopped:
            pass  # the last frame has the error
        finally:
            self._part.close()
            self.over = True

    def _wait(self) -> None:
        self._part.close()
        self.over = self.iterations.past
        self.turns.pause()

    def _begin(self, phase: Literal["loop", "after"], number: int) -> None:
        self._open(phase, number)

    def _open(self, phase: Literal["setup", "loop", "after"], number: int) -> None:
        """Begin a part, with what holds in this thread until its end."""
        state = self._state
        state.observer.begin(number, phase)
        state.meter.part = phase, max(number, 0)
        self._part.enter_context(heard_by(state.observer.warned))
        self._part.enter_context(state.print_options.turn())
        if self.around is not None:
            self._part.enter_context(self.around())
        state.begin(Budget(limits.SECONDS))
