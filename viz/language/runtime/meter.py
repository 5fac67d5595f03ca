"""Meters one part of a run: its time, the bytes that it makes, the statements that it executes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from time import perf_counter

import torch

from viz import limits
from viz.budget import Budget
from viz.errors import LimitReached
from viz.language.runtime.sizes import check_tensor

#: Bytes of a tensor or a view before its first number.
TENSOR = 500
#: Bytes of an entry of a list, with the number that it may be.
_ENTRY = 32
#: Bytes of an iterator with its parts, and of a generator, a function and a class that a program defines.
ITERATOR, GENERATOR, FUNCTION, CLASS = 300, 2_000, 300, 8_000

#: What a part of a run is called in a sentence about its limits.
_PARTS = {
    "setup": "The code before the loop",
    "loop": "One iteration",
    "after": "The code after the loop",
    "program": "A program without a loop",
}


class Meter:
    """Counts what the part of a run that executes now uses, and raises LimitReached past a limit.

    `part` is the name of the part, and how many iterations ran before it.
    """

    __slots__ = ("_before", "_budget", "_older", "_recorded", "_statements", "made", "part")

    def __init__(self) -> None:
        self.part: tuple[str, int] = ("program", 0)
        #: Bytes made since the part began.
        self.made = 0
        # Bytes of the recording: now, and when the part began.
        self._recorded = self._before = 0
        self._older = 0  # bytes made in earlier parts since the memory was measured
        self.begin(Budget(inf))

    def begin(self, budget: Budget) -> None:
        """Begin a part, which has this much time."""
        self._budget = budget
        self._statements = limits.EXECUTED
        self._older += self.made
        self.made = 0
        self._before = self._recorded

    def mark(self) -> tuple[int, int]:
        """Return the bytes that were made and not measured, to return to them between two parts."""
        return self._older, self.made

    def go_back(self, mark: tuple[int, int]) -> None:
        """Count on from the bytes in `mark`."""
        self._older, self.made = mark

    @contextmanager
    def outside(self, budget: Budget) -> Iterator[None]:
        """Give the code inside time and statements of its own; the part around it keeps what it had left."""
        before = self._budget, self._statements, self._before
        self.begin(budget)
        try:
            yield
        finally:
            self._budget, self._statements, self._before = before

    @property
    def subject(self) -> str:
        """The part, as the subject of a sentence about its limits."""
        return _PARTS[self.part[0]]

    def check_time(self) -> None:
        """Raise LimitReached if the part's time is over."""
        budget = self._budget
        if perf_counter() >= budget.next and budget.over:
            raise LimitReached(
                f"{self.subject} may take {limits.SECONDS:g} seconds, which are over; do less in it."
            )

    def check_recording(self, size: int) -> None:
        """Raise LimitReached if the part takes too much of a recording, which has this many bytes now."""
        self._recorded = size
        if size - self._before > limits.BYTES:
            raise LimitReached(
                f"{self.subject} takes more than {limits.BYTES // 2**20} MiB of the recording; do less in it."
            )

    def count_bytes(self, size: int) -> None:
        """Count bytes of values that were made; raise LimitReached if the part made too many."""
        self.made += size
        if self.made > limits.MADE:
            raise LimitReached(
                f"{self.subject} makes at most {limits.MADE // 2**20} MiB of values; do less in it."
            )

    def count_tensor(self, tensor: torch.Tensor) -> None:
        """Count a tensor that was made; raise LimitReached if it is too large, or the part made too many bytes."""
        check_tensor(tensor)
        self.count_bytes(TENSOR + tensor.element_size() * tensor.numel())

    def count_entries(self, count: int) -> None:
        """Count the entries of a list that was made; raise LimitReached if the part made too many bytes."""
        self.count_bytes(_ENTRY * count)

    def count_statement(self) -> None:
        """Count a statement; raise LimitReached if the part executed as many as it may."""
        self._statements -= 1
        if self._statements < 0:
            raise LimitReached(f"{self.subject} executes at most {limits.EXECUTED:,} statements; loop less often.")

    @property
    def unmeasured(self) -> int:
        """The bytes made since the program's values were measured."""
        return self._older + self.made

    @property
    def due(self) -> bool:
        """Whether enough was made since the last measurement to measure the program's values again."""
        return self._older + self.made > limits.MADE // 2

    def measured(self, size: int) -> None:
        """Record that the program's values take this many bytes; raise LimitReached if that is too much."""
        self._older = -self.made
        if size > limits.MADE:
            raise LimitReached(
                f"The values of a program take at most {limits.MADE // 2**20} MiB; keep fewer of them."
            )
