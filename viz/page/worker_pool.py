"""The workers that run the page's jobs: in processes of their own, or in this one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from threading import Thread
from zlib import crc32

from viz.operating import process
from viz.page.metrics import metrics
from viz.worker.counters import Counts
from viz.worker.dispatcher import Dispatcher
from viz.worker.jobs import Job, PendingJob, Result, Worker
from viz.worker.run_cache import new_cache
from viz.worker.scheduler import Scheduler
from viz.worker.worker_process import WORKER_LOST, WorkerProcess


@dataclass(frozen=True, slots=True)
class Submission:
    """A submitted job: its result, and a way to cancel it."""

    result: Future[Result]
    cancel: Callable[[], None]


class JobFailed(RuntimeError):
    """A job failed in a worker, which logged why."""


class WorkerPool:
    """Workers that share the jobs. All jobs about one run go to the same worker, which has it cached.

    `scheduler` is the scheduler of this process: jobs that run here and the side bars of the pages take its turns.
    """

    def __init__(self, workers: Sequence[Worker], scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self._workers = workers
        self._counts = [Counts()] * len(workers)

    def submit(self, job: Job) -> Submission:
        """Have a worker run a job."""
        number = crc32(job.run_id.encode(errors="replace")) % len(self._workers)
        future: Future[Result] = Future()
        future.set_running_or_notify_cancel()  # so that only `Submission.cancel` can cancel it
        pending = PendingJob(job, partial(self._receive, number, future))
        self._workers[number].submit(pending)
        return Submission(future, partial(self._workers[number].cancel, pending))

    def run(self, job: Job) -> Result:
        """Wait for the result of a job; it is submitted a second time if its worker is lost.

        Raises JobFailed if the job fails, or if the worker is lost again.
        """
        with self.scheduler.released():
            result = self.submit(job).result.result()
            if result is WORKER_LOST:
                result = self.submit(job).result.result()
        if result.status != 200:
            raise JobFailed(result.body.decode())
        return result

    @property
    def tapes(self) -> int:
        """The number of cached tapes."""
        return sum(counts.tapes for counts in self._counts)

    @property
    def tape_bytes(self) -> int:
        """The bytes that the cached tapes take."""
        return sum(counts.bytes for counts in self._counts)

    def close(self) -> None:
        """Start no more jobs."""
        for worker in self._workers:
            worker.close()

    def _receive(self, number: int, future: Future[Result], result: Result) -> None:
        if result is not WORKER_LOST:
            self._counts[number] = result.counts
        for seconds, iterations in result.counts.recordings:
            metrics.recorded(seconds, iterations)
        future.set_result(result)


_pools: list[WorkerPool] = []


def pool() -> WorkerPool:
    """Return the server's pool. Unless `begin` started processes, it runs jobs in this process."""
    if not _pools:
        _pools.append(_local_pool()[0])
    return _pools[0]


def begin(processes: int) -> None:
    """Start the server's pool with this many processes (or none), and import what it needs in the background."""
    if processes:
        begin_with([WorkerProcess() for _ in range(processes)])
        warm_up = process.Garbage().begin
    else:
        local, dispatcher = _local_pool()
        warm_up = dispatcher.warm_up
        _pools[:] = [local]
    Thread(target=warm_up, daemon=True, name="warm-up").start()


def begin_with(workers: Sequence[Worker]) -> None:
    """Start the server's pool with these workers."""
    _pools[:] = [WorkerPool(workers, Scheduler())]


def end() -> None:
    """Close the server's pool, which ends its processes."""
    for one in _pools:
        one.close()
    _pools.clear()


def _local_pool() -> tuple[WorkerPool, Dispatcher]:
    scheduler = Scheduler()
    dispatcher = Dispatcher(new_cache(scheduler))
    return WorkerPool([dispatcher], scheduler), dispatcher
