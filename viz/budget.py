"""Time to work: how much of it a thread has, and when it lets others go first."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter, thread_time

#: Seconds that a thread works on a program between two moments at which others may go first.
BREATH = 0.005


def when_at_work(then: Callable[[], None]) -> None:
    """Have this called by each thread that runs a program or writes it, every few milliseconds; it may wait."""
    Budget.breathe = staticmethod(then)


def breathe() -> None:
    """Between two parts of a long work: others may go first."""
    Budget.breathe()


class Budget:
    """So many seconds of work for the thread that makes it; the time that it waits for others does not count.

    So what a program may do does not depend on who else is at work in this process.
    """

    __slots__ = ("_breath", "_clock", "_work")

    #: Called every BREATH seconds.
    breathe: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, seconds: float) -> None:
        now = perf_counter()
        self._clock = now + seconds
        self._breath = now + BREATH
        self._work = thread_time() + seconds

    @property
    def over(self) -> bool:
        """True where the seconds were worked."""
        now = perf_counter()
        if now > self._breath:
            self.breathe()
            self._breath = perf_counter() + BREATH
        # The clock never shows less than the work, and is asked in a tenth of the time.
        return now > self._clock and thread_time() > self._work
