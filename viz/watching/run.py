"""The contract between a tape and what runs a program for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from viz.frames.frame import Frame


class Run(Protocol):
    """A program that runs one part at a time and is recorded.

    Each method returns when its part is over. An error of the program raises nothing here: the last Frame has it,
    and the run is over.
    """

    @property
    def source(self) -> str:
        """The program's text."""

    @property
    def total(self) -> int | None:
        """The number of iterations of the loop, None if only running the set-up can tell."""

    @property
    def over(self) -> bool:
        """True when the loop has run all its iterations; known once the set-up ran."""

    @property
    def held(self) -> int:
        """About how many bytes its values take, with a thread that waits."""

    def setup(self) -> None:
        """Run the statements before the loop."""

    def iteration(self) -> None:
        """Run one more iteration."""

    def after(self) -> None:
        """Run the statements after the loop."""


class Skipping(Protocol):
    """A run that can record little of an iteration: its last frame, and the frames of the loops around it."""

    #: Iterations before this one are recorded in that way.
    skip_to: int
    #: Whether what was recorded whole continues the graph of an iteration that was not: it is wrong then.
    reaches_back: bool

    def end(self, index: int) -> Frame | None:
        """Return a last frame, with this index, that has all variables; None if the latest iteration has one."""


class Again(Protocol):
    """What records iterations again."""

    @property
    def bytes(self) -> int:
        """About how many bytes it takes."""

    def __call__(self, first: int, until: int) -> Sequence[tuple[tuple[Frame, ...], int]]:
        """Record the iteration before `first` (if there is one), that one, and some of those up to `until`.

        Returns the frames of each, with about how many bytes they take.
        """


@dataclass(frozen=True, slots=True)
class Over:
    """A run that has ended: only its text and its number of iterations are left."""

    source: str
    total: int | None
    over: bool = True
    held: int = 0

    def setup(self) -> None:
        """Do nothing."""

    iteration = after = setup
