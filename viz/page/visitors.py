"""The sessions with an open page: a secret token for each, and the limit on the server's work for it."""

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
#: Seconds over which work is summed.
_WINDOW = 60.0
#: Requests of one session that run at the same time. A page makes three at most, but the limit of seconds counts
#: finished work only, so unfinished work needs a limit too.
AT_ONCE = 8


class Busy(Exception):
    """A session has used up its share of work.

    The message has the `reason`, and says that the page continues in `wait` seconds.
    """

    def __init__(self, reason: str, wait: float) -> None:
        super().__init__(f"{reason} It continues in {math.ceil(wait)} s.")
        self.reason, self.wait = reason, wait


@dataclass(slots=True)
class Work:
    """Work for a session, whose `seconds` are known when it is done."""

    seconds: float = 0.0


class Visitor:
    """A session as the server's routes know it, by its `token`.

    In each minute, the server does at most `seconds` of a thread's work for it. Work that has begun is finished.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.token = secrets.token_urlsafe(18)
        #: The program on its stage, and the previous one, which the stage asks about until it has the new one.
        self._on_stage: deque[tuple[str, int]] = deque(maxlen=2)
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
        """Seconds until the server works for this session again; 0 if it does now."""
        with self._lock:
            return self._wait()

    def puts_on_stage(self, source: str, attempt: int = 0) -> None:
        """Note that the session's stage shows this program from now on, and which attempt to run it."""
        self._on_stage.append((source, attempt))

    def source_of(self, name: str) -> str | None:
        """Return the source of the run with this id, if the session's stage may ask about it; otherwise None."""
        # A copy: the script thread may put another program on stage while a long source is hashed.
        return next((source for source, attempt in tuple(self._on_stage) if run_id(source, attempt) == name), None)

    @property
    def recent_seconds(self) -> float:
        """The work done recently for this session, in seconds."""
        return self._usage.seconds

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Work for this session inside, and charge its seconds. Raises Busy if its share is used up."""
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
        """Charge seconds of work to this session."""
        with self._lock:
            self._total += seconds
            self._usage.add(seconds)
            self._spent.append((self._clock(), seconds))

    def _wait(self) -> float:
        now = self._clock()
        while self._spent and self._spent[0][0] <= now - _WINDOW:
            self._total -= self._spent.popleft()[1]
        left, wait = self._total, 0.0
        for when, seconds in self._spent:  # the oldest expire first
            if left < self._most:
                break
            left -= seconds
            wait = when + _WINDOW - now
        return wait

    def _refusal(self, wait: float) -> Busy:
        limit = "recording" if wait else "at_once"
        metrics.refused(limit)
        if self._clock() >= self._logged + _WINDOW:  # a page that waits tries again every few seconds
            self._logged = self._clock()
            events.refused(limit)
        if not wait:
            return Busy("This page has made too many requests at once.", 1.0)
        share = f"{self._most:g} s in a minute"
        return Busy(f"The server computes at most {share} for each page, and this page has used that up.", wait)


_present: WeakValueDictionary[str, Visitor] = WeakValueDictionary()


def current() -> Visitor:
    """Return the visitor of this script run."""
    visitor: Visitor | None = st.session_state.get(_KEY)
    if visitor is None:
        visitor = st.session_state[_KEY] = Visitor(settings().recording_seconds_per_minute)
        _present[visitor.token] = visitor
    return visitor


def named(token: str) -> Visitor | None:
    """Return the visitor with this token; None if the session is over, or is on another server."""
    return _present.get(token)
