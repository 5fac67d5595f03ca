"""The iterations of a run whose training loop is inside of another one or of a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from viz.watching.observer import Observer
from viz.watching.passes import named


@dataclass(slots=True)
class LoopPass:
    """A pass of a running loop: its number from 0, the names that the loop binds, and the program's own count.

    `trains` says that the loop's passes are the iterations, wherever the run is not past them.
    """

    number: int
    names: Sequence[str] = ()
    trains: bool = False
    count: int | None = None


#: The passes of the loops that a program is in, the outermost first.
Passes = tuple[LoopPass, ...]


#: Begins a part: an iteration with this number, or what follows that many.
Begin = Callable[[Literal["loop", "after"], int], None]


class Iterations:
    """Divides a run into its set-up, its iterations, and what follows the loop.

    `wait` is called between two parts, and returns when the next one is needed; `begin` then begins one. Code
    between two loops that train is an iteration, too. What comes after the last of them is known by its line,
    which is at or past `until`; `line` is that of the statement at the top of the program that runs.
    """

    def __init__(self, until: int, wait: Callable[[], None], begin: Begin) -> None:
        self.line = 0
        self.count = 0
        self.past = False
        self._until = until
        self._wait = wait
        self._begin = begin
        self._start = 0  # how many loops are around the iteration, its own included: the rest are inner ones
        self._levels = 0  # how many were around the latest iteration when it began

    def enter(self, passes: Passes) -> None:
        """Begin an iteration: the last of these passes, those of the loops that the program is in."""
        self._next("loop")
        self._start = self._levels = len(passes)

    def leave(self, passes: Passes) -> None:
        """Loops were left, and these passes remain; if none does, begin what follows."""
        ended = self._start > 0 and not passes
        self._start = min(self._start, len(passes))
        if ended and not self.past:
            self.past = self.line >= self._until
            self._next("after" if self.past else "loop")

    def report(self, passes: Passes, inner: Passes, observer: Observer) -> None:
        """Tell the observer the passes of the iteration's `inner` loops, and its address in those around it."""
        around = passes[: self._start] if self._levels > 1 else ()
        address = [named(one.names, one.number, one.count, one.trains) for one in around]
        observer.within(tuple([one.number for one in inner[self._start :]]), tuple(address))

    def _next(self, phase: Literal["loop", "after"]) -> None:
        self._wait()
        self._begin(phase, self.count)
        self.count += phase == "loop"
