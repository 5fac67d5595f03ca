"""Runs a program in plain Python, statement by statement, and notes values, changes, output and warnings."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import traceback
import warnings
from ast import ExceptHandler
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import CO_GENERATOR, CO_OPTIMIZED
from opcode import opname
from types import CodeType, FrameType
from typing import Any, TypeAlias
from unittest.mock import MagicMock, patch

import numpy as np
import torch

from tests.audit.plain_variables import PlainVariable, Reader, numbers_of
from tests.audit.reach import Reached, changes, modes_of, rates_of, reached
from tests.audit.statements import FILE, Numbered, numbered
from tests.language.traced import visible
from viz.frames.plain import Value

#: Python traces these as functions of their own; here they are expressions.
_EXPRESSIONS = ("<lambda>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
#: Libraries whose lines are skipped on the page: here they do nothing either, and need not be there.
_SKIPPED = ("matplotlib", "matplotlib.pyplot", "seaborn", "IPython", "pdb")
#: The instructions that take the next entry in `for` and `yield from`.
_LOOPS = ("FOR_ITER", "SEND")
#: Modules of torch that call functions of a program without stepping into them: its engine, and its loaders.
_APART = ("torch.autograd.graph", "torch.utils.data")
#: The most calls of a Function whose arguments are stored.
_APPLIED = 8
#: The place in torch's C++ code that a warning names, which is not part of its message.
_SOURCE = re.compile(r" *\(Triggered internally at [^)]*\)")


@dataclass(frozen=True, slots=True)
class Moment:
    """A finished statement: its number and line, the values of all names before and after it, and its changes.

    A statement runs in one turn, or in several if it calls functions of the program: each call ends a turn, and
    the next one begins after it. `turns` has the values at both ends of each. `changes` maps the path of each
    changed thing to (before, after); `aliases` maps a path's first name to other names of the same thing. `rates`
    has the lr of each optimizer's groups, before and after, and `modes` the `training` of each module. `returned`
    is what a function returned, `handled` the last exception, and `following` the number of the next statement in
    the same function. `ways` has everything that the program reaches afterwards, by path. `calls` are the
    functions that are running, by their `__qualname__`, the outermost first.
    """

    number: int
    line: int
    end: int
    before: Mapping[str, PlainVariable]
    after: Mapping[str, PlainVariable]
    changes: Mapping[str, tuple[Any, Any]]
    aliases: Mapping[str, set[str]]
    turns: tuple[tuple[Mapping[str, PlainVariable], Mapping[str, PlainVariable]], ...]
    printed: str
    warned: tuple[str, ...]
    rates: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]]
    modes: Mapping[str, bool]
    grad_enabled: bool
    returned: Value | None
    handled: BaseException | None
    following: int | None
    ways: Mapping[str, Any]
    calls: tuple[str, ...] = ()


@dataclass(slots=True)
class Plain:
    """A run in plain Python: its moments, and the error that ended it, with the lines of the failed statement.

    `printed` and `warned` came after the last moment; `cut` says that the run was stopped before its end.
    `applied` has the arguments of the program's own Functions, by the name of the class, and `names` the values of
    the program's names at the end."""

    program: Numbered
    moments: list[Moment] = field(default_factory=list)
    error: BaseException | None = None
    line: int = 0
    end: int = 0
    printed: str = ""
    warned: tuple[str, ...] = ()
    cut: bool = False
    applied: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})


class _Enough(BaseException):
    """The run has reached the last statement that is wanted."""


def run_plainly(source: str, statements: int, loops: Collection[int] = ()) -> Plain:
    """Run a program in Python for at most this many `statements`.

    `loops` are lines of the heads of loops over iterations, which do not count as statements.
    """
    program = numbered(source)
    heads = {number for number in program.statements if _is_head(program, number, loops)}
    with _apart() as (out, caught):
        tracer = _Tracer(program, heads, statements, out, caught)
        run = tracer.run
        before = sys.gettrace()
        sys.settrace(tracer.called)
        try:
            exec(program.code, run.names)
        except _Enough:
            run.cut = True
        except Exception as raised:  # noqa: BLE001  # the program's exception is compared with the page's
            run.error = raised
            number = _where(raised)
            run.line, run.end = program.line(number), program.end(number)
            run.printed, run.warned = tracer.rest()
        finally:
            sys.settrace(before)
        if run.cut or run.error is None:
            run.printed, run.warned = tracer.rest()
    return run


def in_a_row(warned: Sequence[str]) -> str:
    """Warnings as the page shows them: one sentence after the other."""
    ended = [text if text[-1:] in (".", "!", "?", ":") else f"{text}." for text in warned[:-1]]
    return " ".join([*ended, *warned[-1:]])


def one_line(text: object) -> str:
    """A warning as the page shows it: on one line, without the place in torch's C++ code."""
    return " ".join(_SOURCE.sub("", str(text)).split())


def _is_head(program: Numbered, number: int, loops: Collection[int]) -> bool:
    node: Any = program.statements[number]
    return type(node).__name__ == "For" and any(node.lineno <= one <= node.iter.end_lineno for one in loops)


def _where(raised: BaseException) -> int:
    """The number of the program's statement that raised."""
    return [line for frame, line in traceback.walk_tb(raised.__traceback__) if frame.f_code.co_filename == FILE][
        -1
    ]


@contextlib.contextmanager
def _apart() -> Iterator[tuple[io.StringIO, list[warnings.WarningMessage]]]:
    """Give a program torch and NumPy in their initial state, and restore their state afterwards."""
    numpy_state, always = np.random.get_state(), torch.is_warn_always_enabled()
    with (
        patch.dict(sys.modules, {name: MagicMock() for name in _SKIPPED}),
        torch.random.fork_rng(),
        torch.inference_mode(False),
        torch.enable_grad(),
        contextlib.redirect_stdout(io.StringIO()) as out,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        torch.set_warn_always(True)
        torch.default_generator.manual_seed(torch.Generator().initial_seed())
        np.random.seed(0)
        try:
            yield out, caught
        finally:
            torch.set_warn_always(always)
            np.random.set_state(numpy_state)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The values, the reachable things and the learning rates at a moment."""

    held: dict[str, PlainVariable]
    reached: Reached
    rates: dict[str, tuple[float, ...]]


#: The state when a statement began or continued, and the state when it ended or called a function.
_Turn: TypeAlias = tuple[_Seen, _Seen]


class _Tracer:
    """Takes a snapshot when a statement begins and when it ends."""

    def __init__(
        self,
        program: Numbered,
        heads: set[int],
        most: int,
        out: io.StringIO,
        caught: list[warnings.WarningMessage],
    ) -> None:
        self.run = Plain(program)
        self._program, self._heads, self._most = program, heads, most
        self._out, self._caught = out, caught
        self._readers: dict[FrameType, Reader] = {}
        self._pending: dict[FrameType, int] = {}
        self._turns: dict[FrameType, list[_Turn]] = {}
        self._said: dict[FrameType, tuple[str, tuple[str, ...]]] = {}
        self._raised: set[FrameType] = set()
        self._last: BaseException | None = None  # the exception that was raised last
        self._inside: set[tuple[FrameType, int]] = set()
        kinds = {number: type(node).__name__ for number, node in program.statements.items()}
        self._withs = {number for number, kind in kinds.items() if kind == "With"}

    def said(self) -> tuple[str, tuple[str, ...]]:
        """The output and the warnings since the last call."""
        printed, warned = self._out.getvalue(), tuple(one_line(one.message) for one in self._caught)
        self._out.seek(0)
        self._out.truncate()
        self._caught.clear()
        return printed, tuple(dict.fromkeys(warned))

    def called(self, frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        if not _has_statements(code):
            return None
        if self._apart(frame):
            return None
        if self._is_of_function(code, "forward"):
            self._applies(code, frame.f_locals)
        caller = self._caller(frame)
        if caller is not None:
            printed, warned = self._said.get(caller, ("", ()))
            more_printed, more_warned = self.said()
            self._said[caller] = printed + more_printed, warned + more_warned
            self._turns[caller][-1] = self._turns[caller][-1][0], self._seen(caller)
        return self.traced

    def _apart(self, frame: FrameType) -> bool:
        """Whether torch called a function for purposes of its own, so that it is a part of another statement.

        That is the backward of one of the program's Functions, a hook, or a function that a loader calls.
        """
        inner: FrameType | None = frame
        while inner is not None and inner not in self._pending:
            if inner.f_code.co_filename == FILE and self._is_of_function(inner.f_code, "backward"):
                return True
            if str(inner.f_globals.get("__name__", "")).startswith(_APART):
                return True
            inner = inner.f_back
        return False

    def _is_of_function(self, code: CodeType, method: str) -> bool:
        """Whether this is a method of one of the program's own Functions."""
        owner, _, name = code.co_qualname.rpartition(".")
        return name == method and owner in self._program.own_functions

    def _caller(self, frame: FrameType) -> FrameType | None:
        """The frame of the program whose statement calls a function; frames of torch may be in between."""
        caller = frame.f_back
        while caller is not None and caller not in self._pending:
            caller = caller.f_back
        return caller

    def _calls(self, frame: FrameType | None) -> tuple[str, ...]:
        """The functions of the program that are running, the outermost first."""
        found: list[str] = []
        while frame is not None:
            if frame.f_code.co_name != "<module>" and _has_statements(frame.f_code):
                found.append(frame.f_code.co_qualname)
            frame = frame.f_back
        return tuple(reversed(found))

    def _applies(self, code: CodeType, given: Mapping[str, Any]) -> None:
        """Store the arguments of the first few calls of each of the program's own Functions."""
        applied = self.run.applied.setdefault(code.co_qualname.partition(".")[0], [])
        if len(applied) < _APPLIED:
            arguments = [given[name] for name in code.co_varnames[1 : code.co_argcount]]
            applied.append(tuple(_copy(one) for one in arguments))

    def traced(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "exception":
            if not _ends_loop(frame, argument[0]):
                self._raised.add(frame)
                self._last = argument[1]
        elif event in ("line", "return"):
            self._step(frame, event, argument)
        return self.traced

    def _seen(self, frame: FrameType) -> _Seen:
        """The state at this moment, as the statements of a frame see it."""
        names = visible(frame)
        held = self._readers.setdefault(frame, Reader()).read(names)
        return _Seen(held, reached(names), rates_of(names))

    def _step(self, frame: FrameType, event: str, argument: Any) -> None:
        number = self._pending.pop(frame, None)
        now = self._seen(frame)
        following = frame.f_lineno if event == "line" else None
        raised = frame in self._raised
        self._raised.discard(frame)
        if number is not None and not raised and self._is_shown(number, following):
            turns = self._turns[frame]
            turns[-1] = turns[-1][0], now
            returned = numbers_of(argument) if event == "return" else None
            self._over(number, turns, frame, returned, following)
        if event == "line" and not self._leaves(frame, frame.f_lineno):
            if len(self.run.moments) >= self._most and frame.f_lineno not in self._heads:
                raise _Enough
            self._pending[frame] = frame.f_lineno
            self._turns[frame] = [(now, now)]
        if event == "return":
            caller = self._caller(frame)
            if caller is not None:
                if raised:
                    self._hand_on(frame, caller)
                begin = self._seen(caller)
                self._turns[caller].append((begin, begin))

    def _is_shown(self, number: int, following: int | None) -> bool:
        """Whether the page has a frame for a statement that ended: for an `except` if it took the exception."""
        if number in self._heads or self._program.is_nothing(number):
            return False
        if not isinstance(self._program.statements[number], ExceptHandler):
            return True
        return following is not None and self._program.inside(number, following)

    def _hand_on(self, frame: FrameType, caller: FrameType) -> None:
        """What a function said before it raised belongs to the statement that handles the exception."""
        printed, warned = self._said.pop(frame, ("", ()))
        before = self._said.get(caller, ("", ()))
        self._said[caller] = before[0] + printed, before[1] + warned

    def rest(self) -> tuple[str, tuple[str, ...]]:
        """The output and the warnings of the statements that did not finish."""
        parts = [*self._said.values(), self.said()]
        warned = [one for _, some in parts for one in some]
        return "".join(printed for printed, _ in parts), tuple(dict.fromkeys(warned))

    def _all_said(self, frame: FrameType) -> tuple[str, tuple[str, ...]]:
        """The output and the warnings of a frame's statement, in all of its turns."""
        before, now = self._said.pop(frame, ("", ())), self.said()
        return before[0] + now[0], tuple(dict.fromkeys(before[1] + now[1]))

    def _over(
        self,
        number: int,
        turns: Sequence[_Turn],
        frame: FrameType,
        returned: Value | None,
        following: int | None,
    ) -> None:
        said = self._all_said(frame)
        changed: dict[str, tuple[Any, Any]] = {}
        for begin, end in turns:
            for way, (before, after) in changes(begin.reached, end.reached).items():
                changed[way] = changed.get(way, (before, after))[0], after
        first, last = turns[0][0], turns[-1][1]
        for name in self._program.lost(number) - last.reached.ways.keys():
            changed.pop(name, None)  # it ended with the block, not by this statement
        rates = {name: (first.rates.get(name, rates), rates) for name, rates in last.rates.items()}
        modes = modes_of(visible(frame))
        held = tuple([(begin.held, end.held) for begin, end in turns])
        self.run.moments.append(
            Moment(
                number, self._program.line(number), self._program.end(number), first.held, last.held, changed,
                last.reached.aliases, held, *said, rates, modes, torch.is_grad_enabled(), returned, self._last,
                following, last.reached.ways, self._calls(frame),
            )
        )  # fmt: skip

    def _leaves(self, frame: FrameType, line: int) -> bool:
        """Whether Python visits the line of a `with` because its block has ended."""
        if line not in self._withs:
            return False
        self._inside ^= {(frame, line)}
        return (frame, line) not in self._inside


def _copy(thing: Any) -> Any:
    return thing.detach().clone() if isinstance(thing, torch.Tensor) else thing


def _has_statements(code: CodeType) -> bool:
    """Whether this is the program's own code whose statements have frames.

    Those of a generator have none: they run between those of its caller.
    """
    if code.co_filename != FILE or code.co_name in _EXPRESSIONS or _is_class_body(code):
        return False
    return not code.co_flags & CO_GENERATOR


def _is_class_body(code: CodeType) -> bool:
    return not code.co_flags & CO_OPTIMIZED and code.co_name != "<module>"


def _ends_loop(frame: FrameType, error: type[BaseException]) -> bool:
    """Whether an exception only tells a loop of this frame that there are no more entries."""
    return issubclass(error, StopIteration) and opname[frame.f_code.co_code[frame.f_lasti]] in _LOOPS
