"""Runs jobs in this process: each kind in a few threads of its own, so that none waits for a slower kind."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from viz import budget
from viz.budget import work_time
from viz.frames.tape import LetGo
from viz.operating import events, process
from viz.operating.settings import settings
from viz.worker import chunks, downloads, drawings, explain, gradient_checks, programs, tensors
from viz.worker.jobs import CANCELLED, Job, PendingJob, Result, json_result
from viz.worker.moments import is_recorded
from viz.worker.run_cache import RunCache
from viz.worker.scheduler import Usage

#: The pool of the jobs that record, where each waits for its turn.
RECORDING = "recording"
BACKGROUND, EXPLAIN, EXPORT = "background", "explain", "export"
#: The result of a job that raised an exception; it says nothing about the exception.
FAILED = Result(b"Something went wrong here.", 500)


def _needs_no_recording(runs: RunCache, job: Job) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Handler:
    """The function that runs the jobs of one kind, and its pool of threads.

    `background_pool` is a separate pool, if there is one, for jobs that no visitor waits for. A job for which
    `is_recorded` is false records first, and moves to the pool RECORDING.
    """

    run: Callable[[RunCache, Job], Result]
    pool: str
    background_pool: str = ""
    is_recorded: Callable[[RunCache, Job], bool] = _needs_no_recording


#: The handler of each kind of job.
HANDLERS = {
    "parse": Handler(programs.parse_source, RECORDING),
    "opening": Handler(programs.opening, RECORDING),
    "chunk": Handler(chunks.chunk, RECORDING, BACKGROUND),
    "explain": Handler(explain.explain, EXPLAIN, is_recorded=is_recorded),
    "cells": Handler(tensors.cells, EXPLAIN, is_recorded=is_recorded),
    "check_gradients": Handler(gradient_checks.check_gradients, EXPORT),
    "draw": Handler(drawings.draw_opened, EXPORT),
    "download": Handler(downloads.download, EXPORT),
}


class Dispatcher:
    """Runs jobs in this process.

    Threads that compute at the same time slow each other down, and the thread that sends the results needs its
    share of the interpreter too, so the pools are small. Only RECORDING has a thread for every visitor: one of
    them works, and the others wait for their turn.
    """

    def __init__(self, runs: RunCache) -> None:
        self._runs = runs
        sizes = {RECORDING: 2 * settings().max_sessions, BACKGROUND: 1, EXPLAIN: 2, EXPORT: 2}
        self._pools = {name: ThreadPoolExecutor(size, name) for name, size in sizes.items()}

    def submit(self, pending: PendingJob) -> None:
        """Run a job in the pool of its kind, and pass its result on."""
        job = pending.job
        handler = HANDLERS[job.kind]
        in_background = handler.background_pool and "urgent" not in job.parameters

        def run(may_record: bool) -> None:
            result = CANCELLED if pending.cancelled else self._run(handler, job, may_record)
            if result is None:
                self._pools[RECORDING].submit(run, True)
            else:
                pending.on_result(result)

        self._pools[handler.background_pool if in_background else handler.pool].submit(run, False)

    def cancel(self, pending: PendingJob) -> None:
        """Do not start this job; if it has not started, its result is CANCELLED."""
        pending.cancelled = True

    def close(self) -> None:
        """Start no more jobs."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def warm_up(self) -> None:
        """Import what the first job would wait for; from then on, running programs lets other threads go first."""
        programs.open_default(self._runs)
        budget.on_pause(self._runs.scheduler.pause)
        budget.on_hand_over(self._runs.scheduler.hand_over)
        process.Garbage().begin()

    def _run(self, handler: Handler, job: Job, may_record: bool) -> Result | None:
        """Run a job and return its result; None if the job has to record first and may not do that here."""
        began = work_time()
        try:
            if not may_record and not handler.is_recorded(self._runs, job):
                return None
            with self._runs.scheduler.charged_to(Usage(seconds=job.recent_seconds)):
                if job.source is not None and self._runs.get(job.run_id) is None:
                    self._runs.open(job.source, job.run_id)
                result = handler.run(self._runs, job)
        except LetGo as problem:
            result = json_result({"problem": str(problem)})
        except Exception as error:  # noqa: BLE001  # the visitor has to hear of any failure
            events.failed(error)
            result = FAILED
        return replace(result, seconds=work_time() - began, counts=self._runs.counter.take())
