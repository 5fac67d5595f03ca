"""The state of a running program: its variables, its limits, and its observer."""

from __future__ import annotations

import sys
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

from viz import limits
from viz.budget import Budget
from viz.errors import LimitReached
from viz.frames.events import Event
from viz.frames.plain import Span
from viz.language.runtime.clock import Clock
from viz.language.runtime.draws import Draws
from viz.language.runtime.meter import Meter
from viz.language.runtime.param_groups import ParamGroups
from viz.language.runtime.print_options import PrintOptions
from viz.watching.observer import Observer

#: Python frames that the deepest statement needs, the observer's included: expressions and blocks may nest as deep
#: as the limits allow. Past Python's own limit an exception could come anywhere, and leave things half done.
_RESERVE = 450


class State:
    """A running program.

    `globals` are the program's global variables, `variables` those of the running function (the same dict
    outside of functions), `visible` both as one mapping, and `cells` the values of comprehensions' names, by
    number. `span` is the expression that torch is working on, `event` what the statement did if only running it
    can tell, `printed` what it printed, and `result` what a `return` returns. `meter` counts what the running
    part uses, `draws` supplies random numbers, `clock` the time, `print_options` say how tensors are printed,
    and `groups` knows which dicts and lists also belong to an optimizer.
    """

    __slots__ = (
        "_passes", "cells", "classes", "clock", "depth", "draws", "event", "globals", "groups", "meter",
        "observer", "print_options", "printed", "printed_before", "result", "silent", "span", "telling",
        "variables", "visible",
    )  # fmt: skip

    def __init__(self, observer: Observer, span: Span) -> None:
        self.observer = observer
        self.span = span
        self.meter = Meter()
        self.clock = Clock()
        self.draws = Draws()
        self.print_options = PrintOptions()
        self.groups = ParamGroups()
        self.cells: dict[int, Any] = {}
        self.event: Event | None = None
        self.result: Any = None
        self.printed = ""
        self.printed_before = ""  # by the statements that called the running function, before the call
        self.depth = 0
        self.classes: list[Any] = []  # the program's own: graphs need them, and hold them weakly
        self.telling = False  # the observer is being called
        self.silent = False  # a backward that the program defines is running: its operations are not reported
        self._passes: tuple[int, ...] = ()
        self.start_with({})

    def start_with(self, names: dict[str, Any]) -> None:
        """Set the program's variables."""
        self.globals = self.variables = names
        self.visible: Mapping[str, Any] = names

    def begin(self, budget: Budget) -> None:
        """Begin a part of the run with this much time."""
        self.meter.begin(budget)
        self._passes = ()

    @property
    def passes(self) -> tuple[int, ...]:
        """The passes of the inner loops that the program is in, the outermost first."""
        return self._passes

    @passes.setter
    def passes(self, passes: tuple[int, ...]) -> None:
        self._passes = passes
        self.observer.within(passes)

    @contextmanager
    def inside(self, names: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Run a function inside, with these as its own names; yield the variables that its caller sees.

        Raises LimitReached if too many calls are nested.
        """
        self.meter.check_time()
        if self.depth >= limits.DEPTH:
            raise LimitReached(f"Calls of functions are nested at most {limits.DEPTH} deep here.")
        if _stack_reaches(sys.getrecursionlimit() - _RESERVE):
            raise LimitReached("The functions and expressions are nested too deeply; call fewer in each.")
        before = self.variables, self.visible
        self.variables, self.visible = names, ChainMap(names, self.globals)
        self.depth += 1
        try:
            yield before[1]
        finally:
            self.depth -= 1
            self.variables, self.visible = before


def _stack_reaches(depth: int) -> bool:
    """Whether Python's stack has at least this many frames."""
    try:
        sys._getframe(depth)
    except ValueError:
        return False
    return True


#: An expression of a program, ready to run.
Expression: TypeAlias = Callable[[State], Any]
