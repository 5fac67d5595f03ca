"""Jobs run in a few threads, and none waits for a slower kind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from typing import TypeAlias

import pytest

from tests.programs import LINE
from viz.worker import dispatcher
from viz.worker.dispatcher import Dispatcher, Handler
from viz.worker.jobs import Job, PendingJob, Result, run_id
from viz.worker.run_cache import RunCache
from viz.worker.scheduler import LONG_SOURCE

Submit: TypeAlias = Callable[..., Future[Result]]


@pytest.fixture
def submit(runs: RunCache) -> Iterator[Submit]:
    """A function that submits a job to the test's own dispatcher: kind, run id, source and parameters."""
    made = Dispatcher(runs)

    def submit(kind: str, name: str = "x", source: str | None = None, **parameters: str) -> Future[Result]:
        result: Future[Result] = Future()
        made.submit(PendingJob(Job(kind, name, parameters, source), result.set_result))
        return result

    yield submit
    made.close()


def _handlers(run: Callable[[Job], Result], *kinds: str) -> dict[str, Handler]:
    """Handlers for these kinds that call `run` and need no recording."""
    return {
        kind: replace(dispatcher.HANDLERS[kind], run=lambda _, job: run(job), is_recorded=lambda *_: True)
        for kind in kinds
    }


def test_an_explanation_waits_neither_for_background_chunks_nor_for_downloads(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = threading.Event()

    def slow(_: Job) -> Result:
        opened.wait(20)
        return Result(b"slow")

    quick = _handlers(lambda _: Result(b"quick"), "explain")
    monkeypatch.setattr(dispatcher, "HANDLERS", {**_handlers(slow, "chunk", "download"), **quick})
    waiting = [submit(kind) for kind in ("chunk", "download") for _ in range(10)]
    assert submit("explain").result(5).body == b"quick"
    assert not any(one.done() for one in waiting)
    opened.set()
    assert {one.result(5).body for one in waiting} == {b"slow"}


def test_an_urgent_chunk_does_not_wait_for_background_chunks(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = threading.Event()

    def run(job: Job) -> Result:
        if "urgent" not in job.parameters:
            opened.wait(20)
        return Result(b"")

    monkeypatch.setattr(dispatcher, "HANDLERS", {**dispatcher.HANDLERS, **_handlers(run, "chunk")})
    background = [submit("chunk") for _ in range(10)]
    assert submit("chunk", urgent="1").result(5).status == 200
    opened.set()
    for one in background:
        one.result(5)


def test_an_explanation_does_not_wait_for_explanations_that_have_to_record_first(
    submit: Submit, runs: RunCache
) -> None:
    source = LINE.replace("lr=0.1", "lr=0.0765").replace("range(20)", "range(400)")
    name, node = run_id(source), {"statement": "0", "node": "0"}
    runs.open(source).record(2, 5.0)
    with runs.scheduler.turn():
        waiting = [submit("explain", name, source, iteration=str(at), **node) for at in (40, 41, 42, 43)]
        assert submit("explain", name, source, iteration="1", **node).result(5).status == 200
        assert not any(one.done() for one in waiting)
    assert {one.result(20).status for one in waiting} == {200}


def test_parsing_a_long_source_takes_a_turn_and_a_short_one_does_not_wait(submit: Submit, runs: RunCache) -> None:
    with runs.scheduler.turn():
        long = submit("parse", text="# a\n" * LONG_SOURCE)
        assert submit("parse", text="a = 1\n").result(5).body == b"null"
        time.sleep(0.2)
        assert not long.done()
    assert b"There is no statement" in long.result(5).body


def test_parsing_a_long_source_that_is_not_cached_takes_a_turn_too(submit: Submit, runs: RunCache) -> None:
    source = LINE + "# a\n" * LONG_SOURCE
    with runs.scheduler.turn():
        waiting = submit("chunk", run_id(source), source, **{"from": "0", "to": "1"})
        time.sleep(0.2)
        assert runs.get(run_id(source)) is None
    assert waiting.result(20).status == 200
    assert runs.get(run_id(source)) is not None


def test_a_cancelled_job_does_not_run(runs: RunCache, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, ran = threading.Event(), list[str]()

    def slow(job: Job) -> Result:
        ran.append(job.run_id)
        opened.wait(20)
        return Result(b"slow")

    monkeypatch.setattr(dispatcher, "HANDLERS", _handlers(slow, "chunk"))
    made, results = Dispatcher(runs), [Future[Result](), Future[Result]()]
    first, cancelled = (
        PendingJob(Job("chunk", name), one.set_result) for name, one in zip("ab", results, strict=True)
    )
    made.submit(first)
    made.submit(cancelled)
    made.cancel(cancelled)
    opened.set()
    assert [one.result(5).status for one in results] == [200, 499]
    assert ran == ["a"]


def test_work_is_measured_but_waiting_is_not(submit: Submit, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(_: Job) -> Result:
        end = time.thread_time() + 0.05
        while time.thread_time() < end:
            pass
        return Result(b"")

    def wait(_: Job) -> Result:
        time.sleep(0.1)
        return Result(b"")

    monkeypatch.setattr(dispatcher, "HANDLERS", {**_handlers(work, "download"), **_handlers(wait, "explain")})
    assert 0.05 <= submit("download").result(5).seconds < 0.1
    assert submit("explain").result(5).seconds < 0.05


def test_a_failure_reveals_nothing_about_its_cause_and_is_charged(
    submit: Submit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Job) -> Result:
        end = time.thread_time() + 0.02
        while time.thread_time() < end:
            pass
        raise RuntimeError("some text of a program")

    monkeypatch.setattr(dispatcher, "HANDLERS", _handlers(fail, "explain"))
    result = submit("explain").result(5)
    assert (result.status, result.body) == (500, b"Something went wrong here.")
    assert result.seconds >= 0.02
    assert "RuntimeError" in caplog.text
    assert "some text" not in caplog.text


def test_a_failure_to_find_out_whether_a_moment_is_recorded_is_a_result_too(
    submit: Submit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(runs: RunCache, job: Job) -> bool:
        raise RuntimeError("some text of a program")

    handler = replace(dispatcher.HANDLERS["explain"], is_recorded=fail)
    monkeypatch.setattr(dispatcher, "HANDLERS", {"explain": handler})
    result = submit("explain").result(5)
    assert (result.status, result.body) == (500, b"Something went wrong here.")
    assert "RuntimeError" in caplog.text


def test_a_run_that_is_not_cached_is_made_from_the_jobs_source(submit: Submit) -> None:
    source = LINE.replace("lr=0.1", "lr=0.0987")
    moment = {"iteration": "1", "statement": "0", "node": "0"}
    assert submit("explain", run_id(source), **moment).result(20).status == 404
    assert submit("explain", run_id(source), source, **moment).result(20).status == 200


def test_each_recording_is_reported_once(submit: Submit) -> None:
    source = LINE.replace("lr=0.1", "lr=0.0876")
    opening = {"at": "0", "until": "100", "address": "x"}
    counts = submit("opening", run_id(source), source, **opening).result(20).counts
    assert counts.tapes and counts.bytes
    assert sum(iterations for _, iterations in counts.recordings) >= 20
    assert submit("parse", run_id(source), text=source).result(20).counts.recordings == ()
