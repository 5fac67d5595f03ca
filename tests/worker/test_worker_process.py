"""A worker process returns what this process would return, and is replaced when it ends."""

from __future__ import annotations

import io
import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.programs import LINE
from viz.worker import messages
from viz.worker.counters import Counts
from viz.worker.dispatcher import Dispatcher
from viz.worker.jobs import Job, PendingJob, Result, Worker, run_id
from viz.worker.run_cache import RunCache
from viz.worker.worker_process import WORKER_LOST, WorkerProcess

OPENING = {"at": "3", "until": "100", "address": "x"}


@pytest.fixture(scope="module")
def worker() -> Iterator[WorkerProcess]:
    """One process for all these tests; some end it."""
    made = WorkerProcess()
    yield made
    made.close()


def _submit(worker: Worker, job: Job) -> Future[Result]:
    result: Future[Result] = Future()
    worker.submit(PendingJob(job, result.set_result))
    return result


def _opening(source: str) -> Job:
    return Job("opening", run_id(source), OPENING, source, 0.5)


@pytest.mark.parametrize(
    "job",
    [
        _opening(LINE.replace("range(20)", "range(5)")),  # no longer than any opening on a full server
        Job("parse", run_id("exec(1)"), {"text": "exec(1)"}),
        Job("parse", run_id(LINE), {"text": LINE}),
        Job("explain", run_id(LINE), {"iteration": "3", "statement": "4", "node": "0"}, LINE),
        Job("chunk", run_id(LINE), {"from": "0", "to": "2", "urgent": "1"}, LINE),
        Job("check_gradients", run_id(LINE), {"iteration": "0", "statement": "3"}, LINE),
        Job("draw", run_id(LINE), {"iteration": "0", "open": "1"}, LINE),
        Job("download", run_id(LINE), {"kind": "numbers", "to": "5"}, LINE),
        Job("download", run_id(LINE), {"kind": "../app.py"}, LINE),
        Job("explain", "..", {"iteration": "é\n"}),
    ],
    ids=lambda job: job.kind,
)
def test_the_result_is_the_same_as_in_this_process(worker: WorkerProcess, runs: RunCache, job: Job) -> None:
    there, here = (_submit(one, job).result(60) for one in (worker, Dispatcher(runs)))
    assert (there.status, there.media_type, there.headers) == (here.status, here.media_type, here.headers)
    assert there.body == here.body
    assert there.seconds > 0


def test_many_jobs_at_once_each_get_their_own_result(worker: WorkerProcess) -> None:
    sources = [LINE.replace("lr=0.1", f"lr=0.{number}") for number in range(11, 31)]
    results = [_submit(worker, _opening(source)) for source in sources]
    for source, result in zip(sources, results, strict=True):
        code = "".join(json.dumps(json.loads(result.result(60).body)["head"]["code"]))
        assert source.split("lr=")[1].split(")")[0] in code


def test_when_the_process_ends_its_jobs_are_lost_and_another_process_runs_the_next_ones(
    worker: WorkerProcess,
) -> None:
    assert _submit(worker, _opening(LINE)).result(60).status == 200
    first = worker.process_id
    os.kill(first, signal.SIGSTOP)
    lost = [_submit(worker, _opening(LINE + "\n" * number)) for number in range(3)]
    os.kill(first, signal.SIGKILL)
    assert [one.result(20) for one in lost] == [WORKER_LOST] * 3
    assert _submit(worker, _opening(LINE)).result(60).status == 200
    assert worker.process_id != first


def test_a_job_that_is_cancelled_before_it_starts_does_not_run(worker: WorkerProcess) -> None:
    process = worker.process_id
    os.kill(process, signal.SIGSTOP)
    results = [Future[Result]() for _ in range(12)]
    jobs = [
        PendingJob(Job("download", run_id(LINE), {"kind": "page", "to": "20"}, LINE), one.set_result)
        for one in results
    ]
    for one in jobs:
        worker.submit(one)
    for one in jobs[1:]:
        worker.cancel(one)
    os.kill(process, signal.SIGCONT)
    statuses = [one.result(60).status for one in results]
    assert statuses[0] == 200
    assert 499 in statuses


def test_closing_the_worker_ends_the_process() -> None:
    made = WorkerProcess()
    process = made.process_id
    assert _submit(made, Job("parse", "", {"text": LINE})).result(60).body == b"null"
    made.close()
    for _ in range(100):
        if not Path(f"/proc/{process}").exists():
            return
        time.sleep(0.05)
    raise AssertionError("the process is still there")


@pytest.mark.parametrize(
    "job",
    [
        Job("explain", "name", {"a": "é", "b": "\ud800"}, "x = '\ud800\n'", 2.5),
        Job("explain", "name", source=""),
        Job("explain", "name"),
    ],
)
def test_a_job_is_the_same_after_the_pipe(job: Job) -> None:
    written = io.BytesIO()
    messages.Pipe(io.BytesIO(), written).send(*messages.pack_job(job))
    message = messages.Pipe(io.BytesIO(written.getvalue()), io.BytesIO()).receive()
    assert message is not None
    assert messages.unpack_job(*message) == job


def test_a_result_is_the_same_after_the_pipe_and_part_of_one_is_not_received() -> None:
    result = Result(b"\x00\xff" * 70_000, 404, "text/csv", {"A": "b"}, 0.25, Counts(3, 17, ((0.5, 2), (0.25, 1))))
    written = io.BytesIO()
    messages.Pipe(io.BytesIO(), written).send(*messages.pack_result(result))
    message = messages.Pipe(io.BytesIO(written.getvalue()), io.BytesIO()).receive()
    assert message is not None
    assert messages.unpack_result(*message) == result
    for length in (0, 5, 30, len(written.getvalue()) - 1):
        assert messages.Pipe(io.BytesIO(written.getvalue()[:length]), io.BytesIO()).receive() is None


#: Prints as soon as torch is being imported, which is after the process has begun.
CHATTY = """\
import os, sys, threading, time
def chat():
    while "torch" not in sys.modules:
        time.sleep(0.01)
    os.write(1, b"some words" * 9)
threading.Thread(target=chat, daemon=True).start()
"""


def test_output_of_a_library_is_kept_apart_from_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(CHATTY, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    made = WorkerProcess()
    for number in range(8):
        assert _submit(made, _opening(LINE + "\n" * number)).result(60).status == 200
        time.sleep(0.2)
    made.close()
