"""Time to work: how much of it a thread has, and when it lets others go first."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter, thread_time

#: Seconds of work after which a thread lets others go first.
PAUSE_INTERVAL = 0.005


def on_pause(function: Callable[[], None]) -> None:
    """Let every thread that runs or writes a program call `function` at its pauses; the function may wait."""
    Budget.pause = staticmethod(function)


def pause() -> None:
    """Let others go first, between two parts of a long piece of work."""
    Budget.pause()


class Budget:
    """The seconds that a thread may work; the time that it waits for others does not count.

    So what a program may do does not depend on the other work of this process.
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
        # The clock never shows less than the work, and is asked in a tenth of the time.
        return now > self._clock and thread_time() > self._work
