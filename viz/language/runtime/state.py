"""A running program: what its names hold, who watches, and how much it may still do."""

from __future__ import annotations

import sys
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import inf
from typing import Any, TypeAlias

import torch

from viz import limits
from viz.frames import Event, Span
from viz.language.runtime.draws import Draws
from viz.language.runtime.memory import held
from viz.language.runtime.param_groups import ParamGroups
from viz.language.runtime.sizes import check_tensor
from viz.limits import Budget, LimitReached
from viz.watching.observer import Observer

#: Bytes of the widest number, and of a tensor or a view before its first.
_BYTES, _TENSOR = 8, 500
#: Functions of Python that the deepest statement needs, with who is told of it: expressions and blocks as deep as
#: the limits allow. Past Python's own limit an exception might be raised anywhere, and leave things half done.
_RESERVE = 450

#: What a part of a run is called in a sentence about its limits.
_PARTS = {
    "setup": "What stands before the loop",
    "loop": "One iteration",
    "after": "What follows the loop",
    "program": "A program without a loop",
}


class State:
    """A running program.

    `globals` is what the names of the program hold, `variables` what those of the function do that runs (the same
    dict outside of functions), `visible` both as one mapping, and `cells` what the names of comprehensions do, by
    their number. `span` is the expression that torch is working on, `event` what the statement did where only
    running it can tell, `printed` what it printed, `result` what a `return` gives back. `draws` are the random
    numbers that come next, `groups` knows which dicts and lists are an optimizer's too.
    """

    __slots__ = (
        "_made", "_older", "_passes", "budget", "cells", "classes", "depth", "draws", "event", "globals", "groups",
        "left", "observer", "part", "printed", "printed_before", "result", "silent", "span", "telling",
        "variables", "visible",
    )  # fmt: skip

    def __init__(self, observer: Observer, span: Span) -> None:
        self.observer = observer
        self.span = span
        self.draws = Draws()
        self.groups = ParamGroups()
        self.cells: dict[int, Any] = {}
        self.event: Event | None = None
        self.result: Any = None
        self.printed = ""
        self.printed_before = ""  # by the statements that called the function that runs, before they did
        self.depth = 0
        self.classes: list[Any] = []  # those of the program: graphs need them, and hold them weakly
        self.part: tuple[str, int] = ("program", 0)  # which part runs, and how many iterations ran before it
        self.telling = False  # who watches is being told
        self.silent = False  # a backward of the program's own runs: nobody is told of what it computes
        self._made = self._older = 0
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
        self._older += self._made
        self._made = 0
        self._passes = ()

    @property
    def made(self) -> int:
        """Bytes of what was made since the part began."""
        return self._made

    @property
    def subject(self) -> str:
        """What has the limits of a part, as the subject of a sentence."""
        return _PARTS[self.part[0]]

    def check_time(self) -> None:
        """LimitReached where the part's time is over."""
        if self.budget.over:
            raise LimitReached(f"{self.subject} has {limits.SECONDS:g} seconds, and they are over; do less in it.")

    def count(self, size: int) -> None:
        """So many bytes of tensors or texts were made; LimitReached where the part made too many."""
        self._made += size
        if self._made > limits.MADE:
            raise LimitReached(
                f"{self.subject} makes at most {limits.MADE // 2**20} MiB of tensors and texts; do less in it."
            )

    def check_made(self, tensor: torch.Tensor) -> None:
        """LimitReached where a tensor that was just made is too large, or the part made too many."""
        check_tensor(tensor)
        self.count(_TENSOR + _BYTES * tensor.numel())

    def check_held(self) -> None:
        """LimitReached where what the program holds takes too much memory; looked at when much was made."""
        if self._older + self._made > limits.MADE // 2:
            self._older = -self._made
            if held((self.globals, self.variables, self.cells)) > limits.MADE:
                raise LimitReached(
                    f"The values of a program take at most {limits.MADE // 2**20} MiB; keep fewer of them."
                )

    def count_statement(self) -> None:
        """LimitReached where the part executed as many statements as it may."""
        self.left -= 1
        if self.left < 0:
            raise LimitReached(
                f"{self.subject} executes at most {limits.STATEMENTS:,} statements; loop less often."
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
        if _stack_reaches(sys.getrecursionlimit() - _RESERVE):
            raise LimitReached("The functions and expressions are too deep inside each other; call fewer in each.")
        before = self.variables, self.visible
        self.variables, self.visible = names, ChainMap(names, self.globals)
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1
            self.variables, self.visible = before


def _stack_reaches(depth: int) -> bool:
    """Whether at least so many functions of Python wait for each other."""
    try:
        sys._getframe(depth)
    except ValueError:
        return False
    return True


#: An expression of a program, ready to run.
Expression: TypeAlias = Callable[[State], Any]
