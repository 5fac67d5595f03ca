"""Limits the time that a thread works, and pauses it so that other threads can run."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
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

    __slots__ = ("_clock", "_next", "_work")

    #: Called every PAUSE_INTERVAL seconds.
    pause: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, seconds: float) -> None:
        now = perf_counter()
        self._clock = now + seconds
        self._next = now + min(seconds, PAUSE_INTERVAL)  # when to look at the budget again
        self._work = inf if seconds == inf else thread_time() + seconds  # reading the time is a system call

    @property
    def over(self) -> bool:
        """Whether the seconds are used up; looks no more often than every PAUSE_INTERVAL."""
        now = perf_counter()
        if now < self._next:
            return False
        # No thread works longer than the clock says, and reading the clock takes a tenth of the time.
        if now > self._clock and thread_time() > self._work:
            return True
        self.pause()
        self._next = perf_counter() + PAUSE_INTERVAL
        return False
