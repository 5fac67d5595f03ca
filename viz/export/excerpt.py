"""The first iterations of a tape, as a tape of its own."""

from __future__ import annotations

from collections.abc import Sequence

from viz.frames.frame import Frame
from viz.frames.tape import Taped


class Excerpt:
    """A `Taped` that ends after `iterations` iterations of `tape`, or where the tape does.

    What is taken away is complete in itself: nobody who plays it can ask for more. What follows the loop is
    part of it only where it holds all of the loop.
    """

    def __init__(self, tape: Taped, iterations: int) -> None:
        self._tape = tape
        available = tape.recorded
        whole = tape.complete and iterations >= available
        # An iteration that stopped with an error is no whole one, but the end of the run all the same.
        last = tape[-1] if len(tape) else None
        stopped = whole and last is not None and last.error is not None and last.phase == "loop"
        self._recorded = min(iterations, available)
        self._shown = self._recorded + (1 if stopped else 0)
        self._after = tuple(tape.after) if whole else ()
        self._frames = [
            *tape.setup,
            *(frame for number in range(self._shown) for frame in tape.iteration(number)),
            *self._after,
        ]

    @property
    def source(self) -> str:
        """The program's text, all of it."""
        return self._tape.source

    @property
    def setup(self) -> Sequence[Frame]:
        """The frames before the loop."""
        return self._tape.setup

    @property
    def after(self) -> Sequence[Frame]:
        """The frames after the loop; none where iterations are left out."""
        return self._after

    @property
    def total(self) -> int:
        """How many iterations there are, the one included that an error ended."""
        return self._shown

    @property
    def complete(self) -> bool:
        """True: there is no more."""
        return True

    @property
    def recorded(self) -> int:
        """How many iterations were recorded whole."""
        return self._recorded

    def iteration(self, number: int) -> Sequence[Frame]:
        """The frames of an iteration; IndexError beyond the last one here."""
        if not 0 <= number < self._shown:
            raise IndexError(f"there are {self._shown} iterations here")
        return self._tape.iteration(number)

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int) -> Frame:
        return self._frames[index]
