"""Runs statements, also those of blocks and functions, and reports each to the observer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from viz.errors import LimitReached, PartLimit
from viz.frames.events import Event
from viz.frames.plain import Problem, Span
from viz.language.runtime.memory import check_memory
from viz.language.runtime.problems import NotHere, Refused, problem_of
from viz.language.runtime.state import Raised, State
from viz.watching.calls import Running
from viz.watching.observer import Executed

if TYPE_CHECKING:
    from viz.language.runtime.program import Flow, Statement, Steps


class Stopped(Exception):
    """A statement raised: its frame is recorded, and the block, function or call of torch around it ends."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Thrown(Exception):
    """An exception of the program on its way to the `try` that may handle it.

    It travels inside of another one: Python gives a StopIteration a meaning of its own.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def execute(state: State, statement: Statement) -> Flow | None:
    """Run one statement and report it; return where the program continues if not at the next one.

    Raises Stopped if the statement raised, after its frame was reported; Thrown if a `try` around it handles that.
    """
    state.span = statement.span
    state.event = None
    start = time.perf_counter()
    try:
        state.meter.count_statement()
        flow = statement.run(state)
        if not statement.compound:
            check_limits(state)
    except Stopped:
        raise
    except Exception as error:  # noqa: BLE001  # whatever torch or Python raise is the program's
        raise failure(state, statement, error, start) from None
    if not statement.compound:
        tell(state, statement.span.line, state.event or statement.event, time.perf_counter() - start)
    return flow


def run_block(state: State, statements: Sequence[Statement]) -> Flow | None:
    """Run statements until one jumps; return where to, None if none did. Raises like `execute`."""
    for statement in statements:
        flow = execute(state, statement)
        if flow is not None:
            return flow
    return None


def steps(state: State, statements: Sequence[Statement]) -> Steps:
    """Run statements like `run_block`, and yield what they yield."""
    for statement in statements:
        if statement.steps is None:
            flow = execute(state, statement)
        else:
            state.span, start = statement.span, time.perf_counter()
            try:
                state.meter.count_statement()
                flow = yield from statement.steps(state)
            except Stopped:
                raise
            except Exception as error:  # noqa: BLE001
                raise failure(state, statement, error, start) from None
        if flow is not None:
            return flow
    return None


def drained(steps: Callable[[State], Steps]) -> Callable[[State], Flow | None]:
    """Return a function that runs steps without a `yield` to their end."""

    def run(state: State) -> Flow | None:
        try:
            next(steps(state))
        except StopIteration as over:
            flow: Flow | None = over.value
            return flow
        raise AssertionError("a statement without a yield has yielded")

    return run


def failure(state: State, statement: Statement, error: Exception, start: float) -> Exception:
    """Return what to raise for an exception of a statement: Thrown if a `try` handles it.

    Otherwise the frame of the statement that raised first is reported, and the result is a Stopped.
    """
    if state.telling:  # the observer raised, which is no error of the program
        return error
    error = error.error if isinstance(error, Thrown) else error
    raised = state.raised
    if raised is None or raised.error is not error:
        problem = problem_at(state, error, state.span)
        raised = Raised(error, problem, statement.span.line, statement.event, state.visible, state.calls)
        state.raised = raised
    if can_be_handled(error) and any(isinstance(error, one) for one in state.handlers):
        return Thrown(error)
    state.raised = None  # its traceback holds every value of the statements that raised
    state.visible, state.calls = raised.visible, raised.calls
    tell(state, raised.line, raised.event, time.perf_counter() - start, raised.problem)
    return Stopped(raised.problem)


def can_be_handled(error: Exception) -> bool:
    """Whether a program's `except` may handle an exception: one of Python or torch, and none of this language."""
    return not isinstance(error, (Stopped, Refused, NotHere, LimitReached))


@contextmanager
def rethrowing(state: State, types: tuple[type[Exception], ...]) -> Iterator[None]:
    """Run code of the program inside whose exceptions of these types Python itself handles."""
    state.handlers.append(types)
    try:
        yield
    except Thrown as thrown:
        raise thrown.error from None
    finally:
        state.handlers.pop()


@contextmanager
def called(state: State, caller: Mapping[str, object], title: str) -> Iterator[None]:
    """Run the statements of a function with this `__qualname__` inside, whose `caller` sees these variables.

    What the caller printed before the call stays the caller's.
    """
    if state.silent or state.apart:  # the statement that called torch accounts for all of it
        yield
        return
    before, printed, quiet, calls = state.printed_before, state.printed, state.quiet, state.calls
    state.calls = (*calls, Running(title))
    state.printed_before, state.printed, state.quiet = before + printed, "", False
    try:
        with state.observer.calling(caller, state.visible):
            yield
    except Stopped:
        raise
    except Thrown:
        state.printed_before, state.printed, state.quiet = before, printed + state.printed, quiet
        state.calls = calls
        raise
    state.calls = calls
    state.printed_before, state.printed, state.quiet = before, printed + state.printed, quiet


def tell(state: State, line: int, event: Event, seconds: float, problem: Problem | None = None) -> None:
    """Report a statement, or the head of one with a block; one without frames only if it raised."""
    if (state.quiet or state.apart) and problem is None:
        state.event = None
        return
    printed, state.printed, state.event = state.printed, "", None
    if problem is not None:  # the statements that called the function will not finish
        printed = state.printed_before + printed
    state.telling = True
    state.observer.frame(Executed(line, state.visible, event, seconds, problem, printed, state.calls))
    state.telling = False


def problem_at(state: State, error: Exception, where: Span) -> Problem:
    """Return the Problem for an error; for a limit, with the part's name and the progress of the run."""
    problem = problem_of(error, where)
    if not isinstance(error, LimitReached):
        return problem
    subject = f"{state.meter.subject} " if isinstance(error, PartLimit) else ""
    return replace(problem, message=f"{subject}{problem.message}{_reached(state)}")


def _reached(state: State) -> str:
    """Return the sentence about the run's progress that follows the sentence about the limit."""
    part, iterations = state.meter.part
    there = f"iterations 0 to {iterations - 1} are" if iterations > 1 else "iteration 0 is"
    match part:
        case "setup":
            return " The loop has not begun yet."
        case "loop" if iterations:
            return f" This is iteration {iterations}; {there} recorded whole."
        case "loop":
            return " This is iteration 0, the first."
        case "after" if iterations:
            return f" This is after the loop; {there} recorded whole."
    return ""


def check_limits(state: State) -> None:
    """Raise LimitReached if the part's time is over, its values take too much memory, or the recording is full."""
    meter = state.meter
    meter.check_time()
    if meter.due:
        check_memory(state)
    meter.check_recording(state.observer.bytes)
