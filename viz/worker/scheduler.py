"""Decides which thread works next: one at a time, and those with little to do first.

Threads that compute at the same time share one interpreter: each of n threads takes n times as long, and so does
everything that a visitor waits for. So they take turns. Most turns take some hundredths of a second. A program
that needs more continues once no thread with less to do is waiting, and a visitor who keeps sending such programs
waits for all the others.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from viz.budget import Work, work_time

#: Seconds of work without an interruption. The short slice is for a visitor with much recent work, and for a turn
#: that was interrupted before.
SLICE, SHORT_SLICE = 0.15, 0.02
#: Seconds of recent work that put a visitor behind those with less; each doubling puts it one level lower.
LEVEL_STEP = 0.125
#: Seconds of recent work above which a visitor gets short slices. Changing a number every ten seconds stays below.
FAIR = 0.5
#: Seconds in which the recent work of a visitor halves.
HALF_LIFE = 30.0
#: The scheduler is busy when turns took more than the first number's share of the time. The second number is the
#: half-life of that work in seconds.
BUSY, BUSY_HALF_LIFE = 0.25, 2.0
#: An interrupted thread continues after MAX_PAUSE seconds in any case, for PAUSE_SLICE seconds: it may hold a lock
#: that the others need.
MAX_PAUSE, PAUSE_SLICE = 1.0, 0.01
#: Programs with more characters are parsed in a turn: parsing a long one may take a tenth of a second.
LONG_SOURCE = 3_000


class Usage:
    """The work done recently for one visitor, in seconds; it halves every `half_life` seconds."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, half_life: float = HALF_LIFE, seconds: float = 0.0
    ) -> None:
        self._clock = clock
        self._half_life = half_life
        self._seconds = seconds
        self._updated = clock()

    def add(self, seconds: float) -> None:
        """Add work that was done just now."""
        self._seconds, self._updated = self.seconds + seconds, self._clock()

    @property
    def level(self) -> int:
        """0 for little recent work, 1 from LEVEL_STEP on, 2 from twice that on, and so on."""
        return max(0, 1 + math.floor(math.log2(max(self.seconds / LEVEL_STEP, 0.5))))

    @property
    def seconds(self) -> float:
        """The recent work in seconds."""
        seconds: float = self._seconds * 0.5 ** ((self._clock() - self._updated) / self._half_life)
        return seconds

    @property
    def share(self) -> float:
        """The recent work as a share of the time that passed."""
        return self.seconds * math.log(2) / self._half_life


class _Turn:
    """One thread's turn: its priority, its slice of time, and the event that lets it continue."""

    __slots__ = ("_background", "_began", "_level", "_slice", "_usage", "go", "long")

    def __init__(self, usage: Usage | None, background: bool) -> None:
        self.go = threading.Event()
        self.long = self._background = background
        self._usage = usage
        self._level = 0 if usage is None else usage.level
        self._slice = 0.0
        self._began = work_time()

    @property
    def priority(self) -> tuple[bool, int]:
        """The turn with the lowest priority value goes first; among equals, the one that came first."""
        return self.long, self._level

    def begin(self, seconds: float | None = None) -> None:
        """Start a slice of work, as long as `seconds` or as this turn may have."""
        interrupted = self.long and not self._background
        heavy = self._usage is not None and self._usage.seconds >= FAIR
        self._slice = seconds or (SHORT_SLICE if interrupted or heavy else SLICE)
        self._began = work_time()

    def end(self) -> float:
        """End a slice of work, charge its seconds to the visitor, and return them."""
        worked = self.worked
        if self._usage is not None and not self._background:
            self._usage.add(worked)
            self._level = self._usage.level
        return worked

    def has_expired(self) -> bool:
        """Return whether the slice is used up; a turn that has used one up counts as long from then on."""
        expired = self.worked > self._slice
        self.long |= expired
        return expired

    @property
    def worked(self) -> float:
        """The seconds of work in this slice; to be set in another thread that goes on with it."""
        return work_time() - self._began

    @worked.setter
    def worked(self, seconds: float) -> None:
        self._began = work_time() - seconds

    def yields_to(self, other: _Turn, expired: bool) -> bool:
        """Return whether `other` goes first. Background work yields at once, except to other background work."""
        return other.priority <= self.priority if expired else self._background and not other._background


class _ThreadState(threading.local):
    """The turn of this thread, and the usage that it is charged to."""

    def __init__(self) -> None:
        self.turn: _Turn | None = None
        self.usage: Usage | None = None


class _Handed:
    """A turn that another thread has for a while."""

    def __init__(self, thread: _ThreadState) -> None:
        self._thread = thread
        self._turn, self._usage = thread.turn, thread.usage
        self._worked = 0.0 if self._turn is None else self._turn.worked

    def take(self) -> None:
        """Have the turn; called in the thread that works."""
        self._thread.turn, self._thread.usage = self._turn, self._usage
        self.resume()

    def give_back(self) -> None:
        """Have it no longer; called in the thread that works."""
        self._worked = 0.0 if self._turn is None else self._turn.worked
        self._thread.turn = self._thread.usage = None

    def resume(self) -> None:
        """Go on with the slice of work in this thread."""
        if self._turn is not None:
            self._turn.worked = self._worked


class Scheduler:
    """The turns of one process. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._load = Usage(clock, BUSY_HALF_LIFE)
        self._current: _Turn | None = None
        self._waiting: list[_Turn] = []
        self._thread = _ThreadState()

    @contextmanager
    def charged_to(self, usage: Usage) -> Iterator[None]:
        """Charge the turns inside to this usage, which also sets their priority."""
        before, self._thread.usage = self._thread.usage, usage
        try:
            yield
        finally:
            self._thread.usage = before

    @contextmanager
    def turn(self, background: bool = False) -> Iterator[None]:
        """Wait for a turn, and hold it inside; `background` is for work that no visitor waits for.

        A turn inside a turn is the same turn.
        """
        if self._thread.turn is not None:
            yield
            return
        turn = self._thread.turn = _Turn(self._thread.usage, background)
        self._join(turn)
        turn.go.wait()
        turn.begin()
        try:
            yield
        finally:
            self._end_slice(turn)
            self._thread.turn = None
            self._leave(turn)

    @contextmanager
    def released(self) -> Iterator[None]:
        """Hold no turn inside, where this thread waits for others: they may need a turn to finish."""
        turn = self._thread.turn
        if turn is None:
            yield
            return
        self._end_slice(turn)
        self._leave(turn)
        try:
            yield
        finally:
            self._join(turn)
            turn.go.wait()
            turn.begin()

    def turn_to_parse(self, source: str) -> AbstractContextManager[None]:
        """Return a turn if the source is a long one; a short one is parsed without waiting."""
        return self.turn() if len(source) > LONG_SOURCE else nullcontext()

    def pause(self) -> None:
        """Let threads with no more to do than this one go first, for MAX_PAUSE seconds at most."""
        turn = self._thread.turn
        if turn is None:
            return
        expired = turn.has_expired()
        with self._lock:
            current = self._current is turn
            yields = current and any(turn.yields_to(one, expired) for one in self._waiting)
            # A turn that continued after MAX_PAUSE is not the current one: when its slice ends, it waits again.
            if not (yields or (expired and not current)):
                return
        self._end_slice(turn)
        self._leave(turn)
        self._join(turn)
        if turn.go.wait(MAX_PAUSE):
            turn.begin()
            return
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
        turn.begin(PAUSE_SLICE)

    def hand_over(self) -> Work:
        """Return what gives this thread's turn to another one, which works for it."""
        return _Handed(self._thread)

    def is_busy(self) -> bool:
        """Return whether a visitor waits for a turn, or probably soon will: turns took much of the recent time."""
        with self._lock:
            return self._load.share > BUSY or any(not turn.long for turn in self._waiting)

    def _end_slice(self, turn: _Turn) -> None:
        worked = turn.end()
        if not turn.long:
            with self._lock:
                self._load.add(worked)

    def _join(self, turn: _Turn) -> None:
        with self._lock:
            turn.go.clear()
            self._waiting.append(turn)
            self._start_next()

    def _leave(self, turn: _Turn) -> None:
        with self._lock:
            if self._current is turn:
                self._current = None
            self._start_next()

    def _start_next(self) -> None:
        """Start the waiting turn with the highest priority if there is no current one."""
        if self._current is None and self._waiting:
            self._current = min(self._waiting, key=lambda turn: turn.priority)
            self._waiting.remove(self._current)
            self._current.go.set()
