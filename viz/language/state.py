"""A running program: what its names hold, who watches, and how much it may still do."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import inf
from typing import Any, TypeAlias

from viz import limits
from viz.frames import Event, Span
from viz.language.observer import Observer
from viz.language.random import Draws
from viz.limits import Budget, LimitReached


class State:
    """A running program.

    `globals` is what the names of the program hold, `variables` what those of the function do that runs (the same
    dict outside of functions), `visible` both as one mapping, and `cells` what the names of comprehensions do, by
    their number. `span` is the expression that torch is working on, `event` what the statement did where only
    running it can tell, `printed` what it printed, `result` what a `return` gives back. `draws` are the random
    numbers that come next.
    """

    __slots__ = (
        "_passes", "budget", "cells", "depth", "draws", "event", "globals", "left", "observer", "printed",
        "result", "span", "telling", "variables", "visible",
    )  # fmt: skip

    def __init__(self, observer: Observer, span: Span) -> None:
        self.observer = observer
        self.span = span
        self.draws = Draws()
        self.cells: dict[int, Any] = {}
        self.event: Event | None = None
        self.result: Any = None
        self.printed = ""
        self.depth = 0
        self.telling = False  # who watches is being told
        self._passes: tuple[int, ...] = ()
        self.start_with({})
        self.begin(Budget(inf))

    def start_with(self, names: dict[str, Any]) -> None:
        """From here on the program's names hold this."""
        self.globals = self.variables = names
        self.visible: Mapping[str, Any] = names

    def begin(self, budget: Budget) -> None:
        """A part of the run begins, which has this much time."""
        self.budget = budget
        self.left = limits.STATEMENTS
        self._passes = ()

    def check_time(self) -> None:
        """LimitReached where the part's time is over."""
        if self.budget.over:
            raise LimitReached(f"One iteration has {limits.SECONDS:g} seconds, and they are over; do less in it.")

    def count_statement(self) -> None:
        """LimitReached where the part executed as many statements as it may."""
        self.left -= 1
        if self.left < 0:
            raise LimitReached(
                f"One iteration executes at most {limits.STATEMENTS:,} statements; loop less often."
            )

    @property
    def passes(self) -> tuple[int, ...]:
        """The passes of the inner loops that the program is in, the outermost first."""
        return self._passes

    @passes.setter
    def passes(self, passes: tuple[int, ...]) -> None:
        self._passes = passes
        self.observer.within(passes)

    @contextmanager
    def inside(self, names: dict[str, Any]) -> Iterator[None]:
        """In a function, whose own names are these; LimitReached where too many functions wait for each other."""
        self.check_time()
        if self.depth >= limits.DEPTH:
            raise LimitReached(f"Functions call each other at most {limits.DEPTH} deep here.")
        before = self.variables, self.visible
        self.variables, self.visible = names, ChainMap(names, self.globals)
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1
            self.variables, self.visible = before


#: An expression of a program, ready to run.
Expression: TypeAlias = Callable[[State], Any]
