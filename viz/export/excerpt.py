"""The first iterations of a tape, as a tape of their own."""

from __future__ import annotations

from collections.abc import Sequence

from viz.frames.frame import Frame
from viz.frames.tape import LetGo, Taped


class Excerpt:
    """A `Taped` that ends after `iterations` iterations of `tape`, or at the tape's end.

    A downloaded run is complete: it cannot record more. It has what follows the loop only if it has the whole
    loop. Raises LetGo if the tape does not keep all of these iterations.
    """

    def __init__(self, tape: Taped, iterations: int) -> None:
        self._tape = tape
        available = tape.recorded
        whole = tape.complete and iterations >= available
        # An iteration that an error stopped is not whole, but it is the end of the run.
        last = tape[-1] if len(tape) else None
        stopped = whole and last is not None and last.error is not None and last.phase == "loop"
        self._recorded = min(iterations, available)
        self._shown = self._recorded + (1 if stopped else 0)
        self._after = tuple(tape.after) if whole else ()
        gone = next((number for number in range(self._shown) if not tape.keeps(number)), None)
        if gone is not None:
            raise LetGo(gone)
        self._frames = [
            *tape.setup,
            *(frame for number in range(self._shown) for frame in tape.iteration(number)),
            *self._after,
        ]

    @property
    def source(self) -> str:
        """The program's whole text."""
        return self._tape.source

    @property
    def setup(self) -> Sequence[Frame]:
        """The frames before the loop."""
        return self._tape.setup

    @property
    def after(self) -> Sequence[Frame]:
        """The frames after the loop; none if iterations are left out."""
        return self._after

    @property
    def total(self) -> int:
        """The number of iterations, with the one that an error stopped."""
        return self._shown

    @property
    def complete(self) -> bool:
        """True: there is no more to record."""
        return True

    @property
    def recorded(self) -> int:
        """The number of whole iterations."""
        return self._recorded

    def iteration(self, number: int) -> Sequence[Frame]:
        """Return the frames of an iteration. Raises IndexError beyond the last one here."""
        if not 0 <= number < self._shown:
            raise IndexError(f"there are {self._shown} iterations here")
        return self._tape.iteration(number)

    def keeps(self, number: int) -> bool:
        """Whether an iteration is here."""
        return 0 <= number < self._shown

    def remains(self, number: int) -> Sequence[Frame]:
        """Return what is there of the frames of an iteration."""
        return self._tape.remains(number)

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int) -> Frame:
        return self._frames[index]
