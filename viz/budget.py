"""Limits the time that a thread works, and pauses it so that other threads can run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import inf
from time import perf_counter, thread_time
from typing import Protocol

#: Seconds of work between two pauses.
PAUSE_INTERVAL = 0.005


def on_pause(function: Callable[[], None]) -> None:
    """Make every thread that runs or writes a program call `function` at its pauses; the function may block."""
    Budget.pause = staticmethod(function)


def pause() -> None:
    """Pause: let other threads run between two parts of long work."""
    Budget.pause()


class Work(Protocol):
    """What a thread does for another one, which waits for it: it has that one's turn."""

    def take(self) -> None:
        """Begin; called in the thread that works."""

    def give_back(self) -> None:
        """End; called in the thread that works."""

    def resume(self) -> None:
        """Go on in the thread that waited."""


class _Own:
    """The work of a thread that has no turn."""

    def take(self) -> None:
        """Do nothing."""

    give_back = resume = take


def on_hand_over(function: Callable[[], Work]) -> None:
    """Make every thread that has another one work for it call `function`."""
    HandedOver.of_turn = staticmethod(function)


_thread = threading.local()


def work_time() -> float:
    """Return the seconds that this thread has worked, and others for it."""
    others: float = getattr(_thread, "others", 0.0)
    return thread_time() + others


class HandedOver:
    """The work that another thread does for this one, which made this object and waits."""

    #: Called where the object is made, for what the turn of that thread needs.
    of_turn: Callable[[], Work] = staticmethod(_Own)

    def __init__(self) -> None:
        self._work = self.of_turn()
        self._began = self._seconds = 0.0

    def take(self) -> None:
        """Begin; called in the thread that works."""
        self._began = thread_time()
        self._work.take()

    def give_back(self) -> None:
        """End; called in the thread that works."""
        self._work.give_back()
        self._seconds = thread_time() - self._began

    def resume(self) -> None:
        """Go on in the thread that waited, and count what the other one worked."""
        _thread.others = getattr(_thread, "others", 0.0) + self._seconds
        self._work.resume()


class Budget:
    """The seconds that a thread may work; time that it waits does not count.

    How far a program gets therefore does not depend on the other work of this process.
    """

    __slots__ = ("_clock", "_work", "next")

    #: Called every PAUSE_INTERVAL seconds.
    pause: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, seconds: float) -> None:
        now = perf_counter()
        self._clock = now + seconds
        #: When, in seconds of the clock, to look at `over` again: until then it is False.
        self.next = now + min(seconds, PAUSE_INTERVAL)
        self._work = inf if seconds == inf else work_time() + seconds  # reading the time is a system call

    @property
    def over(self) -> bool:
        """Whether the seconds are used up; looks no more often than every PAUSE_INTERVAL."""
        now = perf_counter()
        if now < self.next:
            return False
        # No thread works longer than the clock says, and reading the clock takes a tenth of the time.
        if now > self._clock and work_time() > self._work:
            return True
        self.pause()
        self.next = perf_counter() + PAUSE_INTERVAL
        return False
