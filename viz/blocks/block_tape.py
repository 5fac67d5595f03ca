"""The frames of a block as a tape."""

from __future__ import annotations

from collections.abc import Sequence

from viz.frames.frame import Frame


class BlockTape:
    """The frames of a block; all of them are one part, as in a program without a loop."""

    def __init__(self, source: str, frames: Sequence[Frame]) -> None:
        self.source = source
        self.setup: Sequence[Frame] = ()
        self.after: Sequence[Frame] = ()
        self.complete = True
        self._frames = tuple(frames)

    @property
    def total(self) -> int:
        """How many parts there are."""
        return 1 if self._frames else 0

    @property
    def recorded(self) -> int:
        """How many parts were recorded completely: one that an error stopped is not."""
        return 0 if self._frames and self._frames[-1].error is not None else self.total

    def iteration(self, number: int) -> Sequence[Frame]:
        """Return the frames of a part; IndexError if there is none of this number."""
        if not 0 <= number < self.total:
            raise IndexError(f"the block has {self.total} parts")
        return self._frames

    def keeps(self, number: int) -> bool:
        """Whether this is the part."""
        return number == 0

    def remains(self, number: int) -> Sequence[Frame]:
        """Return the frames of a part."""
        return self.iteration(number)

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int) -> Frame:
        return self._frames[index]
