"""Who is at a page: a name for each session that only its page knows, and how long the server works for it."""

from __future__ import annotations

import math
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from weakref import WeakValueDictionary

import streamlit as st

from viz.operating import events
from viz.operating.settings import settings
from viz.page.metrics import metrics
from viz.worker.jobs import run_id
from viz.worker.scheduler import Scheduler, Usage

_KEY = "visitor"
#: Seconds over which work is added up.
_WINDOW = 60.0
#: Questions of one session that are answered at the same time. A page asks for three at most, but a limit that
#: looks at work that is done has to bound the work that is under way.
AT_ONCE = 8


class Busy(Exception):
    """A session has had its share: the message says so and when it goes on; `reason` is its first half, `wait` the
    seconds until there is more.
    """

    def __init__(self, reason: str, wait: float) -> None:
        super().__init__(f"{reason} It goes on in {math.ceil(wait)} s.")
        self.reason, self.wait = reason, wait


@dataclass(slots=True)
class Work:
    """What is done for a session: so many `seconds` of a thread's time, as it turns out."""

    seconds: float = 0.0


class Visitor:
    """A session as the server's routes know it: `token` names it.

    At most `seconds` of a thread's work are done for it in any minute; what is under way ends by its own limits.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.token = secrets.token_urlsafe(18)
        #: The program on its stage, and the one before, which the stage asks about until it has the new one.
        self._on_stage: deque[str] = deque(maxlen=2)
        self._most = seconds
        self._clock = clock
        self._spent: deque[tuple[float, float]] = deque()
        self._total = 0.0
        self._under_way = 0
        self._usage = Usage()
        self._logged = -_WINDOW
        self._lock = Lock()

    @property
    def wait(self) -> float:
        """Seconds until more is done for this session; 0 where it is at once."""
        with self._lock:
            return self._wait()

    def puts_on_stage(self, source: str) -> None:
        """From now on its stage shows this program."""
        self._on_stage.append(source)

    def source_of(self, name: str) -> str | None:
        """Return the source of the run with this id, if the session's stage may ask about it; otherwise None."""
        return next((source for source in self._on_stage if run_id(source) == name), None)

    @property
    def recent_seconds(self) -> float:
        """The work done recently for this session, in seconds."""
        return self._usage.seconds

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Work for this session inside, and say how much it was; Busy where there was enough of it."""
        with self._lock:
            wait = self._wait()
            if wait or self._under_way >= AT_ONCE:
                raise self._refusal(wait)
            self._under_way += 1
        work = Work()
        try:
            yield work
        finally:
            self.add(work.seconds)
            with self._lock:
                self._under_way -= 1

    @contextmanager
    def turn(self, scheduler: Scheduler) -> Iterator[None]:
        """Hold a turn for what this process does for the session, and count it as work for the session."""
        with scheduler.charged_to(Usage(seconds=self.recent_seconds)), scheduler.turn():
            began = time.thread_time()
            try:
                yield
            finally:
                self.add(time.thread_time() - began)

    def add(self, seconds: float) -> None:
        """So many seconds more were worked for this session."""
        with self._lock:
            self._total += seconds
            self._usage.add(seconds)
            self._spent.append((self._clock(), seconds))

    def _wait(self) -> float:
        now = self._clock()
        while self._spent and self._spent[0][0] <= now - _WINDOW:
            self._total -= self._spent.popleft()[1]
        left, wait = self._total, 0.0
        for when, seconds in self._spent:  # the oldest are forgotten first
            if left < self._most:
                break
            left -= seconds
            wait = when + _WINDOW - now
        return wait

    def _refusal(self, wait: float) -> Busy:
        limit = "recording" if wait else "at_once"
        metrics.refused(limit)
        if self._clock() >= self._logged + _WINDOW:  # a page that waits asks every few seconds
            self._logged = self._clock()
            events.refused(limit)
        if not wait:
            return Busy("The page has asked for much at the same time.", 1.0)
        return Busy(f"The server works {self._most:g} s a minute for one page.", wait)


_present: WeakValueDictionary[str, Visitor] = WeakValueDictionary()


def current() -> Visitor:
    """The visitor whose page runs."""
    visitor: Visitor | None = st.session_state.get(_KEY)
    if visitor is None:
        visitor = st.session_state[_KEY] = Visitor(settings().recording_seconds_per_minute)
        _present[visitor.token] = visitor
    return visitor


def named(token: str) -> Visitor | None:
    """The visitor with this token; None where the session is over, or was another server's."""
    return _present.get(token)
