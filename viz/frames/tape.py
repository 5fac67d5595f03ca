"""A tape as drawing and writing need it, and a moment of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from viz.frames.frame import Frame
from viz.frames.plain import plain


@plain
class Cursor:
    """A moment of a tape: the iteration, the statement in it from 0, and the Node reached inside it, if any."""

    iteration: int
    statement: int
    node: int | None = None


class Taped(Protocol):
    """A tape as drawing and writing need it: the frames so far, and more of them when asked for."""

    @property
    def source(self) -> str:
        """The program's text."""

    @property
    def setup(self) -> Sequence[Frame]:
        """The frames before the loop."""

    @property
    def after(self) -> Sequence[Frame]:
        """The frames after the loop; none until the tape is complete."""

    @property
    def total(self) -> int | None:
        """How many iterations the loop asks for, None where only running it can tell."""

    @property
    def complete(self) -> bool:
        """True when nothing more can be recorded."""

    @property
    def recorded(self) -> int:
        """How many iterations were recorded whole."""

    def iteration(self, number: int) -> Sequence[Frame]:
        """The frames of an iteration, recorded now if need be; IndexError where the run ended before."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Frame: ...
