"""What a page asks a worker to do, and what the worker returns: plain data that another process can read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from viz.worker.counters import Counts

#: Characters of a run's id. It is a hash of the source, so it cannot be guessed without the source.
_ID_LENGTH = 32


def run_id(source: str, attempt: int = 0) -> str:
    """Return the id of a source's run. Any text has one, even if it is not a valid program.

    A file that is run again, as it is, has another `attempt`.
    """
    name = hashlib.sha256(source.encode(errors="surrogatepass")).hexdigest()[:_ID_LENGTH]
    return f"{name}-{attempt}" if attempt else name


@dataclass(frozen=True, slots=True)
class Job:
    """A request about the run with this id: `kind` is a key of `dispatcher.HANDLERS`.

    With `source`, the run is recorded if it is not cached. `recent_seconds` is the work done recently for the
    visitor who asks: visitors with less go first.
    """

    kind: str
    run_id: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    recent_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Result:
    """What a job returned, with an HTTP status, the seconds of its thread's work, and the worker's counts."""

    body: bytes
    status: int = 200
    media_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    counts: Counts = field(default_factory=Counts)


@dataclass(slots=True, eq=False)
class PendingJob:
    """A job that was submitted: `on_result` is called once, from another thread."""

    job: Job
    on_result: Callable[[Result], None]
    #: Whether the job was cancelled: its result is no longer needed.
    cancelled: bool = False


class Worker(Protocol):
    """Runs jobs, in this process or in another one."""

    def submit(self, pending: PendingJob) -> None:
        """Run a job, and pass its result on."""

    def cancel(self, pending: PendingJob) -> None:
        """Do not start this job; if it has not started, its result is CANCELLED."""

    def close(self) -> None:
        """Start no more jobs."""


CANCELLED = Result(b"", 499)
BAD_REQUEST, NOT_FOUND = Result(b"Bad request", 400), Result(b"Not found", 404)

#: Headers of what a browser must not cache: another server may not have the run.
NO_STORE = {"Cache-Control": "no-store"}


def json_result(data: Any) -> Result:
    """Return plain data as a result in JSON."""
    return encoded_result(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode())


def encoded_result(body: bytes) -> Result:
    """Return a result whose body is JSON already."""
    return Result(body, media_type="application/json", headers=NO_STORE)
