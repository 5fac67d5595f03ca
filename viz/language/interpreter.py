"""Runs a checked program, a part at a time, and reports what it does to an Observer."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import torch

from viz import limits
from viz.budget import Budget
from viz.frames.events import Evaluated
from viz.frames.frame import SETUP
from viz.frames.plain import Span
from viz.language.compiler.calling.call_values import call_value
from viz.language.compiler.operators import calculate
from viz.language.compiler.statements import total_of
from viz.language.runtime.flow import Stopped, problem_at, run_block
from viz.language.runtime.memory import held
from viz.language.runtime.program import Flow, Program, Statement
from viz.language.runtime.state import State
from viz.language.whole_run import WholeRun
from viz.pytorch.graph import is_leaf_tensor
from viz.pytorch.parameters import with_tensors
from viz.watching.observer import Executed, Observer
from viz.watching.warnings_heard import heard_by, listen_afresh

#: About how many bytes a thread takes that waits.
_THREAD = 2**18
#: The bytes that a run makes between two measurements of its variables.
_UNMEASURED = 2**20


class Interpreter:
    """One run of a program: `setup`, then `iteration` until the loop is `over`, then `after`.

    An error ends the run: the observer gets it with the frame of the statement that raised it, and no other part
    may be run.
    """

    def __init__(self, program: Program, observer: Observer) -> None:
        # torch imports this with a program's first optimizer: two seconds that should not count as the program's.
        import torch._dynamo  # noqa: F401

        self._program = program
        self._observer = observer
        self._counter = range(1)
        self._done = 0
        self._entered = program.loop is None
        self._left = False
        self._held: tuple[int, int] | None = None  # the bytes of the variables, and those unmeasured then
        self.state = State(observer, Span("", 1, 0, 1, 0), call_value, calculate)
        weakref.finalize(self, _let_go, self.state)
        self._whole: WholeRun | None = None
        if program.trains_until:
            self._whole = WholeRun(program, self.state)
            self.state.iterations = self._whole.iterations
            weakref.finalize(self, self._whole.turns.end)
        listen_afresh()

    @property
    def source(self) -> str:
        """The program's text."""
        return self._program.source

    @property
    def total(self) -> int | None:
        """The number of iterations of the loop; None until the set-up ran, unless its range is of literals."""
        if self._whole is not None:
            return self._whole.iterations.count if self._whole.over else None
        loop = self._program.loop
        return loop.total if loop is not None and not self._entered else len(self._counter)

    @property
    def done(self) -> int:
        """The number of iterations that ran."""
        return self._done

    @property
    def over(self) -> bool:
        """True when the loop has run all its iterations, or was left with `break`."""
        if self._whole is not None:
            return self._whole.over
        return self._entered and (self._left or self._done >= len(self._counter))

    @property
    def held(self) -> int:
        """About how many bytes the variables take, with a thread that waits.

        They are measured when a mebibyte was made since: it takes a tenth of the time of a recorded iteration.
        """
        made = self.state.meter.unmeasured
        if self._held is None or not 0 <= made - self._held[1] < _UNMEASURED:
            self._held = held(self.state.scopes, limits.MADE), made
        thread = 0 if self._whole is None or self._whole.over else _THREAD
        return thread + self._held[0]

    def setup(self) -> None:
        """Run the statements before the loop, and evaluate the loop's range."""
        if self._whole is not None:
            self._whole.next()
        elif self._program.loop is not None:
            self._observer.begin(SETUP, "setup")
            self.state.meter.part = "setup", 0
            if self._run(self._program.setup):
                self._enter_loop()

    def iteration(self) -> None:
        """Run the loop's body once more."""
        if self._whole is not None:
            self._whole.next()
            self._done += 1
            return
        self._observer.begin(self._done, "loop")
        if self._program.loop is not None:
            self.state.meter.part = "loop", self._done
            self.state.variables[self._program.loop.target] = self._counter[self._done]
        self._run(self._program.body)
        self._done += 1

    def after(self) -> None:
        """Run the statements after the loop."""
        if self._whole is not None:
            self._whole.next()
        elif self._program.after:
            self._observer.begin(self._done, "after")
            self.state.meter.part = "after", self._done
            self._run(self._program.after)

    def prepare(self, lines: int) -> None:
        """Make the state ready for the first iteration: run the set-up, and bind the loop's variable.

        In a program without a loop, run its first `lines` statements.
        """
        self.setup()
        if self._program.loop is None:
            self._run(self._program.body[:lines])
        elif not self.over:
            self.state.variables[self._program.loop.target] = self._counter[0]

    @contextmanager
    def inside(self, around: Callable[[], AbstractContextManager[object]]) -> Iterator[None]:
        """Run the parts that are run inside in a context that `around` makes, in the thread that runs them."""
        if self._whole is None:
            with around():
                yield
            return
        self._whole.around = around
        try:
            yield
        finally:
            self._whole.around = None

    def _enter_loop(self) -> None:
        """Evaluate the loop's range, as Python does once before the first iteration."""
        loop = self._program.loop
        if loop is None:
            return
        try:
            with heard_by(self.state.observer.warned):
                numbers = [one(self.state) for one in loop.numbers]
            total_of(numbers, loop.span)
            self._counter = range(*numbers)
            self._entered = True
        except Exception as error:  # noqa: BLE001  # the page shows any error of torch or Python on its line
            problem = problem_at(self.state, error, loop.span)
            header = Evaluated(loop.span.text)
            self._observer.frame(Executed(loop.span.line, self.state.variables, header, 0.0, problem))

    def _run(self, statements: Sequence[Statement]) -> bool:
        """Run statements until one raises or jumps; return True if none raised."""
        self.state.begin(Budget(limits.SECONDS))
        try:
            with heard_by(self.state.observer.warned), self.state.print_options.turn():
                flow = run_block(self.state, statements)
        except Stopped:
            return False
        self._left = self._left or flow is Flow.BREAK
        return True


def _let_go(state: State) -> None:
    """Remove the `.grad` of each leaf if it has a graph of its own (`create_graph`).

    Leaf and `.grad` hold each other in torch's memory, where Python's garbage collector does not see the cycle.
    """
    for thing in with_tensors(state.globals).values():
        leaf = thing if isinstance(thing, torch.Tensor) and is_leaf_tensor(thing) else None
        if leaf is not None and leaf.grad is not None and leaf.grad.grad_fn is not None:
            leaf.grad = None
