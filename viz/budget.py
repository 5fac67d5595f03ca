"""Limits the time that a thread works, and pauses it so that other threads can run."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter, thread_time

#: Seconds of work between two pauses.
PAUSE_INTERVAL = 0.005


def on_pause(function: Callable[[], None]) -> None:
    """Make every thread that runs or writes a program call `function` at its pauses; the function may block."""
    Budget.pause = staticmethod(function)


def pause() -> None:
    """Pause: let other threads run between two parts of long work."""
    Budget.pause()


class Budget:
    """The seconds that a thread may work; time that it waits does not count.

    How far a program gets therefore does not depend on the other work of this process.
    """

    __slots__ = ("_clock", "_next_pause", "_work")

    #: Called every PAUSE_INTERVAL seconds.
    pause: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, seconds: float) -> None:
        now = perf_counter()
        self._clock = now + seconds
        self._next_pause = now + PAUSE_INTERVAL
        self._work = thread_time() + seconds

    @property
    def over(self) -> bool:
        """Whether the seconds are used up."""
        now = perf_counter()
        if now > self._next_pause:
            self.pause()
            self._next_pause = perf_counter() + PAUSE_INTERVAL
        # No thread works longer than the clock says, and reading the clock takes a tenth of the time.
        return now > self._clock and thread_time() > self._work
