"""The markers of a running file call this: it reports each statement and each part of the run to the Observer."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from types import FrameType
from typing import Any, Literal, NamedTuple

import torch

from viz.errors import PartLimit
from viz.frames.events import Assigned, Caught, Decided, Entered, Evaluated, Event, Passed, Returned
from viz.frames.frame import SETUP, Pass
from viz.frames.plain import Problem, Span, Value
from viz.intercepting.calls import Calls
from viz.intercepting.contents import Contents
from viz.intercepting.guarded import BYTES, Guarded, why
from viz.intercepting.statements import sets_grad_mode
from viz.pytorch.undisturbed import undisturbed
from viz.scripts.loops import Loop, Loops
from viz.scripts.markers import Marked
from viz.scripts.output import Output
from viz.scripts.visible import Visible
from viz.turns import Turns
from viz.watching.calls import Running
from viz.watching.observer import Executed
from viz.watching.passes import counter, named
from viz.watching.raised import problem_of_exception

#: Modules whose calls of a file's functions are part of the file's own statement: they call `forward`, decorated
#: functions, and closures (which the recorder wraps).
_STEPPED_INTO = (
    "torch.nn.",
    "torch.optim.",
    "torch.autograd.function",
    "torch.utils._contextlib",
    "viz.recording.optimizers",
)


class _Before(NamedTuple):
    """The state before a call: the loops and calls that the run is in, and the observer's context for the call."""

    around: AbstractContextManager[None]
    loops: tuple[int, int]
    silent: int
    calls: tuple[Running, ...]


class Tracker:
    """Follows a run of a file: its parts, the passes of its loops, and the functions being called.

    Where a part of the run is over and another one begins, it waits for its turn. `iterations` counts the passes
    of the loop that trains, and `over` is True once the run left the outermost loop around it.
    """

    def __init__(
        self,
        found: Marked,
        module: dict[str, Any],
        observer: Guarded,
        calls: Calls,
        output: Output,
        turns: Turns,
    ) -> None:
        self.iterations = 0
        self.over = False
        self._marks = found.marks
        self._iterates = found.iterates
        self._until = found.trains_until
        self._module = module
        self._visible = Visible(module)
        self._contents = Contents(observer)
        self._observer = observer
        self._calls = calls
        self._output = output
        self._turns = turns
        self._thread = threading.get_ident()
        self._quiet = 0  # running functions that are not stepped into
        self._loops = Loops()
        self._passes: tuple[tuple[int, ...], tuple[Pass, ...]] = (), ()
        self._phase: Literal["setup", "loop", "after"] = "setup"
        self._first: int | None = None  # the loop around the first backward, if the text shows none that trains
        self._running: tuple[Running, ...] = ()
        # The exception that is leaving calls, by its id, and those that it was raised in.
        self._raised: tuple[int, tuple[Running, ...]] | None = None
        self._clock = 0.0
        self._recorded = 0  # bytes of the parts before

    def begin(self) -> None:
        """Begin the run. Without a loop that trains, all of it is one part."""
        with undisturbed():
            if self._iterates:
                self._begin(SETUP, "setup")
            else:
                self._begin(0, "loop")
                self.iterations = 1
        self._clock = time.perf_counter()

    def trains(self) -> None:
        """A backward or a step begins; if the text shows no loop that trains, the innermost one does."""
        if not self._iterates and self._first is None:
            self._first = self._loops.innermost

    def fail(self, problem: Problem, frame: FrameType, error: BaseException) -> None:
        """Report the exception that ended the run; `frame` is the innermost one of the file."""
        if self._raised is not None and self._raised[0] == id(error):
            self._running = self._raised[1]
        line = problem.line
        inside = [one for one in self._marks if one.line <= line <= one.end]
        event = max(inside, key=lambda one: one.line).event if inside else Evaluated("")
        if isinstance(event, Returned):
            event = replace(event, function=frame.f_code.co_name)
        with undisturbed():
            self._report(frame, line, event, problem)

    # The markers call the following methods. Each looks in the calling frame for the function that is running.

    def done(self, number: int) -> None:
        """A statement has run."""
        if self._heard:
            mark = self._marks[number]
            self._tell(sys._getframe(1), number, mark.event)

    def decided(self, number: int, test: Any) -> bool:
        """The condition of an `if` was evaluated."""
        holds = bool(test)
        if self._heard:
            event = self._marks[number].event
            assert isinstance(event, Decided)
            self._tell(sys._getframe(1), number, replace(event, holds=holds))
        return holds

    def entered(self, number: int) -> None:
        """The head of a `with` has run."""
        if self._heard:
            grad, text = torch.is_grad_enabled(), self._marks[number].text
            says = not grad or sets_grad_mode(text)
            self._tell(sys._getframe(1), number, Entered(text, grad if says else None))

    def returned(self, number: int, value: Any) -> Any:
        """A function returns `value`."""
        if self._heard:
            frame = sys._getframe(1)
            shown: Value | None = value if isinstance(value, (bool, int, float)) else None
            if isinstance(value, torch.Tensor):
                with undisturbed():
                    shown = self._observer.read(value)
            self._tell(frame, number, Returned(frame.f_code.co_name, self._marks[number].text, shown))
        return value

    def caught(self, number: int, depth: int) -> None:
        """A handler of an exception begins, in the function or the file that has `depth` loops around it."""
        if self._heard:
            self._leave(self._loops.leave(depth))
            event = self._marks[number].event
            assert isinstance(event, Caught)
            self._tell(sys._getframe(1), number, replace(event, **_words_of(sys.exc_info()[1])))

    def enter(self, number: int, depth: int) -> None:
        """A loop begins, inside of `depth` others of the function."""
        if self._heard:
            self._loops.enter(number, depth)

    def again(self, number: int, depth: int) -> bool:
        """A `while` is about to evaluate its condition once more."""
        if self._heard:
            self._loops.next_pass(depth)
            self._within()
        return True

    def tested(self, number: int, depth: int, test: Any) -> bool:
        """The condition of a `while` was evaluated."""
        holds = bool(test)
        if self._heard:
            event = self._marks[number].event
            assert isinstance(event, Decided)
            if not holds:
                self._within(depth)
            frame = sys._getframe(1)
            self._tell(frame, number, replace(event, holds=holds))
            if holds and self._is_iteration(number):
                self._iteration(depth, frame)
        return holds

    def passed(self, number: int, depth: int) -> None:
        """A `for` bound its names for another pass."""
        if not self._heard:
            return
        frame = sys._getframe(1)
        event = self._marks[number].event
        assert isinstance(event, Assigned)
        value = frame.f_locals.get(event.names[0]) if event.names else None
        self._loops.next_pass(depth, counter(event.names, value))
        if self._is_iteration(number):
            self._iteration(depth, frame, event.names)
        else:
            self._within()
            self._tell(frame, number, Passed(event.names, self._marks[number].text, self._loops.number(depth)))

    def finished(self, number: int, depth: int) -> None:
        """A `for` has no further pass."""
        if not self._heard or self._is_iteration(number):
            return
        event = self._marks[number].event
        assert isinstance(event, Assigned)
        self._within(depth)
        passes = self._loops.number(depth) + 1
        self._tell(sys._getframe(1), number, Passed(event.names, self._marks[number].text, passes, over=True))

    def leave(self, depth: int) -> None:
        """The loops from this depth on were left: one at its end or by `break`, or more that a `with` ended."""
        if self._heard:
            self._leave(self._loops.leave(depth))

    @property
    def called(self) -> _Call:
        """The context manager around the statements of a function."""
        return _Call(self)

    def call(self, frame: FrameType) -> _Before | None:
        """A function of the file begins in this frame; return what `end_call` needs."""
        caller = frame.f_back
        if not self._heard or caller is None or not self._steps_into(caller):
            self._quiet += 1
            return None
        while caller.f_globals is not self._module and caller.f_back is not None:
            caller = caller.f_back
        with undisturbed():
            self._contents.report()
            seen = self._visible.at(caller)
            self._visible.enter(frame)
            around = self._observer.calling(seen, self._visible.at(frame))
            around.__enter__()
        before = _Before(around, self._loops.call(), self._calls.silent, self._running)
        self._running = (*before.calls, Running(frame.f_code.co_qualname))
        self._contents.look(self._visible.at(frame))
        self._calls.silent = 0
        return before

    def end_call(self, before: _Before | None, raised: BaseException | None) -> None:
        """The function has ended, or `raised` this exception; `before` is what `call` returned.

        An exception leaves the function's loops where it is caught: until then, it is part of the iteration.
        """
        if before is None:
            self._quiet -= 1
            return
        if raised is not None and (self._raised is None or self._raised[0] != id(raised)):
            self._raised = id(raised), self._running
        self._running = before.calls
        self._loops.end_call(before.loops)
        if raised is None:
            self._leave(self._loops.leave_call(before.loops))
        self._calls.silent = before.silent
        self._visible.leave()
        with undisturbed():
            before.around.__exit__(None, None, None)

    # Parts, passes and frames.

    @property
    def _heard(self) -> bool:
        """Whether to report the statement: it is in the run's thread, and in functions that are stepped into."""
        return not self._quiet and not self._calls.backwards and threading.get_ident() == self._thread

    def _steps_into(self, caller: FrameType) -> bool:
        """Whether a call from this frame is part of the run's current statement."""
        names = caller.f_globals
        return names is self._module or str(names.get("__name__", "")).startswith(_STEPPED_INTO)

    def _begin(self, iteration: int, phase: Literal["setup", "loop", "after"]) -> None:
        self._recorded = self._observer.bytes
        self._phase, self._passes = phase, ((), ())
        self._observer.begin(iteration, phase)

    def _is_iteration(self, number: int) -> bool:
        return self._phase != "after" and (self._marks[number].iterates or number == self._first)

    def _iteration(self, depth: int, frame: FrameType, bound: tuple[str, ...] = ()) -> None:
        """Begin an iteration: a pass of the loop at this depth."""
        self._loops.begin_iteration(depth)
        self._turns.pause()
        with undisturbed():
            self._visible.at(frame, bound)
            self._begin(self.iterations, "loop")
            self._within()
        self.iterations += 1
        self._clock = time.perf_counter()

    def _leave(self, ended: bool) -> None:
        """Report that loops were left; if the last one around the iterations `ended`, begin the code after it."""
        if ended:
            self.over = self._line >= self._until
            self._turns.pause()
            with undisturbed():
                self._begin(self.iterations, "after" if self.over else "loop")
            self.iterations += not self.over
            self._clock = time.perf_counter()
        else:
            self._within()

    @property
    def _line(self) -> int:
        """The line of the statement at the top of the file that runs."""
        line = 0
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_globals is self._module and frame.f_code.co_name == "<module>":
                line = frame.f_lineno
            frame = frame.f_back
        return line

    def _within(self, depth: int | None = None) -> None:
        """Report the passes of all loops; of the inner ones, only those around `depth` if that is given."""
        passes = self._loops.inner(depth), tuple(map(self._pass, self._loops.around))
        if passes != self._passes:
            self._passes = passes
            self._observer.within(*passes)

    def _pass(self, loop: Loop) -> Pass:
        """Return a pass of a loop as the program counts it; by its number if the program does not count it."""
        mark = self._marks[loop.mark]
        names = mark.event.names if isinstance(mark.event, Assigned) else ()
        return named(names, loop.number, loop.counter, mark.iterates or loop.mark == self._first)

    def _tell(self, frame: FrameType, number: int, event: Event) -> None:
        with undisturbed():
            self._report(frame, self._marks[number].line, event)

    def _report(self, frame: FrameType, line: int, event: Event, problem: Problem | None = None) -> None:
        visible = self._visible.at(frame, event.names if isinstance(event, (Assigned, Passed)) else ())
        seconds = time.perf_counter() - self._clock
        self._contents.report()
        self._observer.frame(Executed(line, visible, event, seconds, problem, self._output.take(), self._running))
        self._raised = None
        self._contents.look(visible)
        if self._observer.bytes - self._recorded > BYTES:
            self._observer.failure = PartLimit(f"takes more than {BYTES // 2**20} MiB.")
        if self._observer.failure is not None and problem is None:
            self._end(self._observer.failure, line, visible)
        self._clock = time.perf_counter()

    def _end(self, failure: Exception, line: int, visible: Mapping[str, Any]) -> None:
        """Record nothing from here on. The last frame says why."""
        problem = Problem(f"{why(failure)} The script goes on without it.", line, 0, "Limit")
        self._observer.end(Executed(line, visible, Evaluated(""), 0.0, problem))
        self._quiet, self.over = 1, True
        self._calls.silent += 1
        self._turns.release()


def _words_of(error: BaseException | None) -> dict[str, str]:
    """Return the class and the message of an exception that a file handles."""
    assert error is not None
    try:
        said = problem_of_exception(error, Span("", 0, 0, 0, 0))
    except Exception:  # noqa: BLE001  # the file's own class may raise when its message is made
        return {"kind": type(error).__name__, "message": type(error).__name__}
    return {"kind": said.kind, "message": said.message}


class _Call:
    """Surrounds a function's statements: reports the call, unless a library made it for its own purposes."""

    __slots__ = ("_before", "_tracker")

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self._before: _Before | None = None

    def __enter__(self) -> None:
        self._before = self._tracker.call(sys._getframe(1))

    def __exit__(self, kind: object, raised: BaseException | None, trace: object) -> None:
        self._tracker.end_call(self._before, raised)
