"""Finds out which statements run inside a block: torch is called from them."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR, CO_OPTIMIZED
from types import CodeType, FrameType

import torch

from viz.frames.events import Assigned, Called, Entered, Event
from viz.frames.plain import Problem
from viz.intercepting.call_sites import CallSites
from viz.intercepting.contents import Contents
from viz.intercepting.guarded import Guarded
from viz.intercepting.statements import Statement, Statements, sets_grad_mode
from viz.intercepting.tracebacks import calls_in_own_files
from viz.pytorch.undisturbed import undisturbed
from viz.watching.calls import Running
from viz.watching.observer import Executed
from viz.watching.raised import problem_of_exception

#: The flags of the code of generators and coroutines, which may pause between two statements of their caller.
_PAUSES = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR
_MODULE = "<module>"
#: The references to a dict of locals that only its frame holds: the frame's, a variable's and an argument's.
_OWN_REFERENCES = 3
#: What IPython keeps in a notebook's names.
_HIDDEN = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open"})


class _Running:
    """A function that runs: its frame, the statement in it, and the instruction that last called torch.

    `around` is the Observer's context for the call of the function; the block's own has none.
    """

    __slots__ = ("around", "before", "call", "called", "frame", "instruction", "statement", "told")

    def __init__(
        self, frame: FrameType, statement: Statement, around: AbstractContextManager[None] | None = None
    ) -> None:
        self.frame = frame
        self.around = around
        self.call = Running(frame.f_code.co_qualname)
        self.begin(statement)

    def begin(self, statement: Statement) -> None:
        """The function is at this statement now."""
        self.statement = statement
        self.told = False
        self.called: FrameType | None = None  # the other file's function that the statement calls
        self.instruction = self.frame.f_lasti
        self.before = self._held()

    def goes_on(self, statement: Statement) -> bool:
        """Whether the statement is the same and has not begun again: then it is further, or where it was.

        At the same instruction, it has begun again if it has bound its names since.
        """
        instruction = self.frame.f_lasti
        if self.told or statement is not self.statement or instruction < self.instruction:
            return False
        if instruction == self.instruction:
            return self.before is None or self._held() == self.before
        self.instruction = instruction
        return True

    def is_still(self, called: FrameType | None) -> bool:
        """Whether the statement is certainly still the same run of it: what it `called` still runs, say."""
        if self.told or self.frame.f_lasti != self.instruction:
            return False
        return self.before is None or (called is not None and called is self.called)

    def _held(self) -> list[int] | None:
        """Return the ids of what the names that the statement binds hold now."""
        event = self.statement.event
        if not isinstance(event, Assigned) or not event.names:
            return None
        held = self.frame.f_locals
        return [id(held.get(name)) for name in event.names]


class Steps:
    """Follows a block by the statements of its file that call torch; each is a step.

    A step ends when the next one begins. The file's functions are stepped into; other files' functions, generators
    and lambdas run as a part of the statement that calls them.
    """

    def __init__(self, statements: Statements, base: FrameType, observer: Guarded, hidden: object) -> None:
        """`base` is the frame of the block; `hidden` is the recording, which is no variable of the code."""
        self._statements = statements
        self._filename = base.f_code.co_filename
        self._observer = observer
        self._hidden = hidden
        self._contents = Contents(observer)
        self._running = [_Running(base, self._statements.at(base.f_code, base.f_lasti))]
        #: The head of the block, and whether autograd records the code inside; it may enter other contexts, too.
        self._head = self._running[0].statement
        self._grad = torch.is_grad_enabled()
        self._entered = False
        self._clock = time.perf_counter()

    def begin(self) -> None:
        """Begin with the head of the block, which is a step like any other."""
        with undisturbed():
            self._observer.begin(0, "loop")
            self._contents.look(self._visible(self._running[0].frame))

    def heard(self) -> None:
        """Something is about to be reported: find its statement, and end the steps that are over."""
        try:
            with undisturbed():
                self._advance(sys._getframe(2))
        except Exception as failure:  # noqa: BLE001  # the block's code has to go on
            self._observer.failure = self._observer.failure or failure

    def end(self) -> None:
        """The block is over."""
        with undisturbed():
            self._return(0)
            self._finish(self._running[0])

    def fail(self, error: BaseException, sites: CallSites) -> None:
        """An exception ends the block: report it at the innermost statement of the file that it came through."""
        trace, came = error.__traceback__, list[tuple[FrameType, int]]()
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self._filename:
                came.append((trace.tb_frame, trace.tb_lasti))
            trace = trace.tb_next
        through = dict(came)
        with undisturbed():
            self._return(max(at for at, one in enumerate(self._running) if not at or one.frame in through))
            last = self._running[-1]
            frame, instruction = came[-1] if came else (last.frame, last.instruction)
            reached = through.get(last.frame, last.instruction)
            if self._statements.at(last.frame.f_code, reached) is not last.statement:
                self._finish(last)
            where = sites.at(frame.f_code, instruction)
            statement = self._statements.at(frame.f_code, instruction)
            calls = calls_in_own_files(error.__traceback__, self._filename)
            problem = replace(problem_of_exception(error, where), traceback=calls)
            self._tell(frame, statement.line, statement.event, problem)

    def stop(self, problem: Problem) -> Problem:
        """Report why the recording ends before the block does; return it with its line."""
        last = self._running[-1]
        at = replace(problem, line=last.statement.line)
        with undisturbed():
            self._observer.end(Executed(at.line, self._visible(last.frame), Called(""), 0.0, at))
        return at

    def close(self) -> None:
        """Forget all frames, and what Python keeps of the locals of the block's own function for us."""
        base = self._running[0].frame
        self._running.clear()
        held = base.f_locals if base.f_code.co_flags & CO_OPTIMIZED else None
        # Up to Python 3.12, this is a copy that the frame keeps; code that calls `locals()` may hold it, too.
        if type(held) is dict and sys.getrefcount(held) <= _OWN_REFERENCES:
            held.clear()

    def _advance(self, frame: FrameType | None) -> None:
        last, filename, called = self._running[-1], self._filename, None
        if last.statement is self._head:
            self._grad = torch.is_grad_enabled()
        while frame is not None and frame.f_code.co_filename != filename:
            called, frame = frame, frame.f_back
        if frame is last.frame and last.is_still(called):
            return  # nearly always: what a statement called calls torch again and again
        found: list[FrameType] = []
        base, place = self._running[0].frame, 0
        while frame is not None:
            if frame.f_code.co_filename == self._filename and _steps(frame.f_code):
                known = [at for at, one in enumerate(self._running) if one.frame is frame]
                if known:
                    place = known[0]
                    break
                found.append(frame)
            if frame is base:
                break
            frame = frame.f_back
        if frame is None:
            # The block's own function does not run: a fixture of pytest entered the block. All of it is one step.
            if not self._entered:
                self._finish(self._running[0])
            self._running[0].told = False
            return
        self._return(place)
        one = self._running[place]
        statement = self._statements.at(one.frame.f_code, one.frame.f_lasti)
        leaves = statement is self._head and one.statement is not self._head
        if not leaves and not one.goes_on(statement):
            self._finish(one)
            one.begin(statement)
        for function in reversed(found):
            self._call(function)
        self._running[-1].called = called

    def _call(self, frame: FrameType) -> None:
        """A function of the file is called by the last one that runs."""
        self._contents.report()
        around = self._observer.calling(self._visible(self._running[-1].frame), self._visible(frame))
        around.__enter__()
        self._running.append(_Running(frame, self._statements.at(frame.f_code, frame.f_lasti), around))
        self._contents.look(self._visible(frame))

    def _return(self, place: int) -> None:
        """End the functions after this place among those that run."""
        while len(self._running) > place + 1:
            self._finish(self._running[-1])
            around = self._running.pop().around
            assert around is not None, "only the block's own function has none"
            around.__exit__(None, None, None)

    def _finish(self, one: _Running) -> None:
        """Report the statement of a function, which has run."""
        if not one.told:
            one.told = True
            self._tell(one.frame, one.statement.line, self._event(one.statement))

    def _event(self, statement: Statement) -> Event:
        event = statement.event
        if self._entered or statement is not self._head:
            return event
        self._entered = True
        text = event.text if isinstance(event, Called) else ""
        return Entered(text, self._grad if sets_grad_mode(text) else None)

    def _tell(self, frame: FrameType, line: int, event: Event, problem: Problem | None = None) -> None:
        names = self._visible(frame)
        seconds = time.perf_counter() - self._clock
        self._contents.report()
        calls = tuple([one.call for one in self._running[1:]])
        self._observer.frame(Executed(line, names, event, seconds, problem, calls=calls))
        self._contents.look(names)
        self._clock = time.perf_counter()

    def _visible(self, frame: FrameType) -> Mapping[str, object]:
        """Return what a function's own names hold; in a module, the names that do not begin with `_`."""
        hidden, held = self._hidden, frame.f_locals
        if frame.f_code.co_name != _MODULE:
            return {name: one for name, one in held.items() if one is not hidden}
        return {
            name: one for name, one in held.items() if one is not hidden and name[0] != "_" and name not in _HIDDEN
        }


def _steps(code: CodeType) -> bool:
    """Whether the statements of this code are steps."""
    return not code.co_flags & _PAUSES and (code.co_name[0] != "<" or code.co_name == _MODULE)
