"""The loops that a run is in, and how many of them are around the iteration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Loop:
    """A running loop: its mark, the number of its pass (from 0; -1: none yet), its own count if it has one."""

    mark: int
    number: int = -1
    counter: int | None = None


class Loops:
    """The running loops, outermost first.

    A `depth` counts the loops around a statement in its function. Those that were running when the function was
    called come before them.
    """

    def __init__(self) -> None:
        self._running: list[Loop] = []
        self._base = 0  # how many of them were running when the function was called
        self._start = 0  # how many are around the iteration, its own loop included: the rest are inner loops
        self._levels = 0  # how many were around the latest iteration when it began

    @property
    def innermost(self) -> int | None:
        """The mark of the innermost loop; None outside of loops."""
        return self._running[-1].mark if self._running else None

    @property
    def around(self) -> Sequence[Loop]:
        """The running loops of those around the iterations; none unless the training loop is in another one."""
        return self._running[: self._start] if self._levels > 1 else ()

    def enter(self, mark: int, depth: int) -> None:
        """A loop begins."""
        self._running[self._base + depth :] = [Loop(mark)]

    def next_pass(self, depth: int, counter: int | None = None) -> None:
        """A loop begins its next pass, with its own count if it has one; the loops inside it are over."""
        place = self._base + depth
        del self._running[place + 1 :]
        self._running[place].number += 1
        self._running[place].counter = counter

    def number(self, depth: int) -> int:
        """Return the number of a loop's pass."""
        return self._running[self._base + depth].number

    def begin_iteration(self, depth: int) -> None:
        """The pass of a loop is an iteration."""
        self._levels = self._start = self._base + depth + 1

    def inner(self, depth: int | None = None) -> tuple[int, ...]:
        """Return the passes of the iteration's inner loops, only those around `depth` if that is given."""
        loops = self._running[self._start : None if depth is None else self._base + depth]
        return tuple([one.number for one in loops])

    def leave(self, depth: int) -> bool:
        """Leave the loops from this depth on; return whether no loop around the iterations is left."""
        return self._leave(self._base + depth)

    def call(self) -> tuple[int, int]:
        """A function is called; return what `end_call` and `leave_call` need."""
        before = len(self._running), self._base
        self._base = len(self._running)
        return before

    def end_call(self, before: tuple[int, int]) -> None:
        """The function has ended; its loops stay until `leave_call`, or `leave` of its caller."""
        _, self._base = before

    def leave_call(self, before: tuple[int, int]) -> bool:
        """Leave the loops of a function that has ended; return the same as `leave`."""
        return self._leave(before[0])

    def _leave(self, length: int) -> bool:
        if len(self._running) <= length:
            return False
        del self._running[length:]
        ended = self._start > 0 and not self._running
        self._start = min(self._start, length)
        return ended
