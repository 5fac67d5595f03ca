"""The loops that a run is in, and how many of them are around the iteration."""

from __future__ import annotations


class Loops:
    """The running loops, outermost first, each with its mark and the number of its pass (from 0; -1: none yet).

    A `depth` counts the loops around a statement in its function. Those that were running when the function was
    called come before them.
    """

    def __init__(self) -> None:
        self._passes: list[int] = []
        self._marks: list[int] = []
        self._base = 0  # how many of them were running when the function was called
        self._start = 0  # how many are around the iteration, its own loop included: the rest are inner loops

    @property
    def innermost(self) -> int | None:
        """The mark of the innermost loop; None outside of loops."""
        return self._marks[-1] if self._marks else None

    def enter(self, mark: int, depth: int) -> None:
        """A loop begins."""
        place = self._base + depth
        self._passes[place:], self._marks[place:] = [-1], [mark]

    def next_pass(self, depth: int) -> None:
        """A loop begins its next pass; the loops inside it are over."""
        place = self._base + depth
        del self._passes[place + 1 :], self._marks[place + 1 :]
        self._passes[place] += 1

    def number(self, depth: int) -> int:
        """Return the number of a loop's pass."""
        return self._passes[self._base + depth]

    def begin_iteration(self, depth: int) -> None:
        """The pass of a loop is an iteration."""
        self._start = self._base + depth + 1

    def inner(self, depth: int | None = None) -> tuple[int, ...]:
        """Return the passes of the iteration's inner loops, only those around `depth` if that is given."""
        return tuple(self._passes[self._start : None if depth is None else self._base + depth])

    def leave(self, depth: int) -> bool:
        """Leave the loops from this depth on; return whether no loop around the iterations is left."""
        return self._leave(self._base + depth)

    def call(self) -> tuple[int, int]:
        """A function is called; return what `end_call` and `leave_call` need."""
        before = len(self._passes), self._base
        self._base = len(self._passes)
        return before

    def end_call(self, before: tuple[int, int]) -> None:
        """The function has ended; its loops stay until `leave_call`, or `leave` of its caller."""
        _, self._base = before

    def leave_call(self, before: tuple[int, int]) -> bool:
        """Leave the loops of a function that has ended; return the same as `leave`."""
        return self._leave(before[0])

    def _leave(self, length: int) -> bool:
        if len(self._passes) <= length:
            return False
        del self._passes[length:], self._marks[length:]
        ended = self._start > 0 and not self._passes
        self._start = min(self._start, length)
        return ended
