"""The clock of a run: it shows 0 at first, and nothing but the program moves it."""

from __future__ import annotations

#: Seconds from one reading to the next, so that a program may divide by what it took.
_TICK = 0.001


class Clock:
    """A clock that shows a millisecond more each time that it is read."""

    __slots__ = ("_readings", "_slept")

    def __init__(self) -> None:
        self._readings = 0
        self._slept = 0.0

    def read(self) -> float:
        """Return the seconds since the run began, and set the clock on by a millisecond."""
        self._readings += 1
        return self._slept + (self._readings - 1) * _TICK

    def mark(self) -> tuple[int, float]:
        """Return what the clock shows, to return to it."""
        return self._readings, self._slept

    def go_back(self, mark: tuple[int, float]) -> None:
        """Show what is in `mark`."""
        self._readings, self._slept = mark

    def set_on(self, seconds: float) -> None:
        """Set the clock on by some seconds."""
        self._slept += seconds
