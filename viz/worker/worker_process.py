"""Runs jobs in a process of its own, so that recording does not slow down the server's interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Lock, Thread

from viz.operating import events
from viz.worker import messages
from viz.worker.jobs import PendingJob, Result

#: The folder of the package `viz`.
ROOT = Path(__file__).parent.parent.parent
#: torch computes a program's small tensors in one thread: several would wait for each other on a busy machine, and
#: take many times as long. Strings have the same hash in every worker, so that a set of them has the same order in
#: every recording of a program.
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
#: Seconds that a process has to end after its input was closed.
_END_TIMEOUT = 5.0
#: The result of a job whose process ended before it returned one.
WORKER_LOST = Result(b"The server lost this run. Try again.", 503)


@dataclass(frozen=True, slots=True)
class Command:
    """How a process is started: its command line, its working folder and its environment."""

    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str]


def _worker() -> Command:
    return Command((sys.executable, "-m", "viz.worker"), ROOT, _ENVIRONMENT | os.environ)


class WorkerProcess:
    """A worker in another process; if that process ends, the next job starts a new one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process = Process(_worker())

    def submit(self, pending: PendingJob) -> None:
        """Run a job there; its result is WORKER_LOST if the process ends first."""
        with self._lock:
            if self._process.ended:
                self._process = Process(_worker())
            process = self._process
        process.submit(pending)

    def cancel(self, pending: PendingJob) -> None:
        """Do not start this job; if it has not started, its result is CANCELLED."""
        self._process.cancel(pending)

    def close(self) -> None:
        """End the process."""
        self._process.end()

    @property
    def process_id(self) -> int:
        """The id of the process that runs the jobs now."""
        return self._process.id


class Process:
    """One process from its start to its end, with the jobs that it has not returned yet."""

    def __init__(self, command: Command) -> None:
        self.ended = False
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            command.arguments,
            cwd=command.folder,
            env=command.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._output = self._process.stdout
        self._pipe = messages.Pipe(self._output, self._process.stdin)
        self._numbers = count()
        self._pending: dict[int, PendingJob] = {}
        Thread(target=self._listen, daemon=True, name="results").start()

    @property
    def id(self) -> int:
        """The process's id."""
        return self._process.pid

    def submit(self, pending: PendingJob) -> None:
        """Send a job."""
        number = next(self._numbers)
        self._pending[number] = pending
        head, body = messages.pack_job(pending.job)
        self._send(head | {"number": number}, body)
        if self.ended:  # the listening thread may have ended before it could see this job
            self._give_up()

    def cancel(self, pending: PendingJob) -> None:
        """Tell the process that the result of a job is no longer needed."""
        pending.cancelled = True
        number = next((number for number, one in list(self._pending.items()) if one is pending), None)
        if number is not None:
            self._send({"number": number, "cancelled": True})

    def end(self, seconds: float = _END_TIMEOUT) -> None:
        """Close the process's input, which ends it; kill it if that takes more than these seconds."""
        self._pipe.close()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _send(self, head: dict[str, object], body: bytes = b"") -> None:
        try:
            self._pipe.send(head, body)
        except (OSError, ValueError):
            self.ended = True

    def _listen(self) -> None:
        while message := self._pipe.receive():
            head, body = message
            pending = self._pending.pop(head["number"], None)
            if pending is not None:  # otherwise `_give_up` returned WORKER_LOST for it
                pending.on_result(messages.unpack_result(head, body))
        self.ended = True
        self._pipe.close()
        events.ended(time.monotonic() - self._began, self._process.wait())
        self._output.close()
        self._give_up()

    def _give_up(self) -> None:
        """Return WORKER_LOST for every pending job."""
        while self._pending:
            try:
                _, pending = self._pending.popitem()
            except KeyError:
                return  # another thread gave up at the same time
            pending.on_result(WORKER_LOST)
