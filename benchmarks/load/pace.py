"""How fast the cursor moves through the iterations: see viz/stage/playback/cursor-speed.js."""

from __future__ import annotations

import time

#: As in viz/stage/playback/playhead.js: the stage keeps as many iterations ahead of the cursor as the cursor
#: passes in these seconds, within these bounds.
_SECONDS, _FEW, _FEWEST, _MOST = 3, 3, 10, 100


class Pace:
    """The moves of the cursor in the last second."""

    def __init__(self) -> None:
        self._iteration: int | None = None
        self._moves: list[tuple[float, int]] = []

    def at(self, iteration: int) -> None:
        """Note that the cursor is now at an iteration."""
        by = 0 if self._iteration is None else abs(iteration - self._iteration)
        self._iteration = iteration
        if by:
            self._moves.append((time.monotonic(), by))

    @property
    def ahead(self) -> int:
        """The number of iterations to have ahead of the cursor."""
        return min(max(_FEWEST, self._coming), _MOST)

    @property
    def few(self) -> int:
        """If fewer iterations than this are ahead of the cursor, even a busy server is asked for more."""
        return max(_FEW, self._coming)

    @property
    def _coming(self) -> int:
        since = time.monotonic() - 1
        self._moves = [(when, by) for when, by in self._moves if when > since]
        return sum(by for _, by in self._moves) * _SECONDS
