"""A tape as the layers above the recorder need it, and a moment of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from viz.frames.frame import Frame
from viz.frames.plain import plain


@plain
class Cursor:
    """A moment of a tape: an iteration, a statement in it (from 0), and a Node inside the statement, if any."""

    iteration: int
    statement: int
    node: int | None = None


class LetGo(Exception):
    """The frames of an iteration were let go, as the recording has no room for all; the message is a sentence."""

    def __init__(self, iteration: int) -> None:
        gone = f"has let iteration {iteration} go"
        super().__init__(
            f"The recording has no room for all iterations, and {gone}. Run it again, or ask for fewer iterations."
        )


class Taped(Protocol):
    """A tape as drawing and writing need it: the frames recorded so far, and more on demand."""

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
        """How many iterations the loop will run, None if only running it can tell."""

    @property
    def complete(self) -> bool:
        """True when nothing more can be recorded."""

    @property
    def recorded(self) -> int:
        """How many iterations were recorded completely."""

    def iteration(self, number: int) -> Sequence[Frame]:
        """The frames of an iteration, recorded now if necessary.

        Raises IndexError if the run ended before it, and LetGo if the recording let it go.
        """

    def keeps(self, number: int) -> bool:
        """Whether an iteration is recorded and was not let go."""

    def remains(self, number: int) -> Sequence[Frame]:
        """What is there of the frames of an iteration, its last one in any case; nothing is run for it.

        Of one that was let go, that is so as long as the next one is kept or was not recorded. Raises LetGo.
        """

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Frame: ...
