"""The runs of one process: equal sources share one run, and all of them together have a limit of bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

from viz.operating import events
from viz.operating.settings import settings
from viz.worker.counters import Counter
from viz.worker.jobs import run_id
from viz.worker.scheduler import Scheduler

if TYPE_CHECKING:
    # It imports torch, which takes seconds: the server starts to answer before.
    from viz.worker.run_view import OnWork, RunView

#: Makes the run of a source: takes its id, the source, the scheduler, and what is called after work on the run.
NewRun: TypeAlias = "Callable[[str, str, Scheduler, OnWork], RunView]"


def run_of_program(id: str, source: str, scheduler: Scheduler, on_work: OnWork) -> RunView:
    """Return the run of a program of the language; raises `viz.language.Refused` if it is not one."""
    from viz.worker.run_view import new_run

    return new_run(id, source, scheduler, on_work)


class RunCache:
    """Runs by their ids, least recently used first. Thread-safe.

    An evicted run stays usable through existing references, and is recorded again if its source is requested.
    """

    def __init__(self, max_bytes: int, scheduler: Scheduler, new_run: NewRun = run_of_program) -> None:
        self._new_run = new_run
        self.scheduler = scheduler
        self.counter = Counter()
        #: Bytes that all runs take together.
        self.size = 0
        self._max_bytes = max_bytes
        self._runs: OrderedDict[str, tuple[RunView, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._runs)

    def open(self, source: str, id: str = "") -> RunView:
        """Return the run of a source, made if it is not cached. Raises what making it raises.

        `id` is the id of the run, if it is not that of the source's first run.
        """
        name = id or run_id(source)
        run = self.get(name)
        if run is None:
            with self.scheduler.turn_to_parse(source):
                # The thread that had the turn before may have made the same run.
                made = self.get(name) or self._new_run(name, source, self.scheduler, self._on_work)
            with self._lock:
                run = self._runs.setdefault(name, (made, 0))[0]
        self._update(run)
        return run

    def get(self, name: str) -> RunView | None:
        """Return the run with this id, or None if it is not cached."""
        with self._lock:
            if name not in self._runs:
                return None
            self._runs.move_to_end(name)
            return self._runs[name][0]

    def _on_work(self, run: RunView, seconds: float, iterations: int, first: bool) -> None:
        """Count what a run recorded, and evict others if it takes too many bytes now."""
        if iterations:
            self.counter.add_recording(seconds, iterations)
            events.recorded(run.id, seconds, iterations, run.size, first)
        self._update(run)

    def _update(self, run: RunView) -> None:
        """Make a run the most recently used one, and evict others while all take too many bytes."""
        with self._lock:
            if run.id not in self._runs:
                return
            cached, known = self._runs[run.id]
            size = cached.size
            self._runs[run.id] = cached, size
            self._runs.move_to_end(run.id)
            self.size += size - known
            while self.size > self._max_bytes and len(self._runs) > 1:
                _, (_, freed) = self._runs.popitem(last=False)
                self.size -= freed
            self.counter.set_cached(len(self._runs), self.size)


def new_cache(scheduler: Scheduler) -> RunCache:
    """Return a cache with this process's share of the memory that the operator set for tapes."""
    return RunCache(settings().tape_bytes // max(1, settings().recording_processes), scheduler)
