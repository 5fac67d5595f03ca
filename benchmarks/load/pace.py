"""How fast the cursor moves through the iterations: see viz/stage/playback/cursor-speed.js."""

from __future__ import annotations

import time

#: As in viz/stage/playback/playhead.js: what the cursor passes in so many seconds should lie ahead of it, within
#: these bounds.
_SECONDS, _FEW, _FEWEST, _MOST = 3, 3, 10, 100


class Pace:
    """The moves of the last second."""

    def __init__(self) -> None:
        self._iteration: int | None = None
        self._moves: list[tuple[float, int]] = []

    def at(self, iteration: int) -> None:
        """The cursor is at an iteration now."""
        by = 0 if self._iteration is None else abs(iteration - self._iteration)
        self._iteration = iteration
        if by:
            self._moves.append((time.monotonic(), by))

    @property
    def ahead(self) -> int:
        """Iterations that should lie ahead of the cursor."""
        return min(max(_FEWEST, self._coming), _MOST)

    @property
    def few(self) -> int:
        """With fewer ahead of it than these, a server with much to do is asked too."""
        return max(_FEW, self._coming)

    @property
    def _coming(self) -> int:
        since = time.monotonic() - 1
        self._moves = [(when, by) for when, by in self._moves if when > since]
        return sum(by for _, by in self._moves) * _SECONDS
