"""A file can be run again as it is; what a long recording has let go is said, and there after that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from viz.operating.settings import Settings
from viz.own_file import script_process
from viz.own_file.script_worker import ScriptWorker, command_of
from viz.page.visitors import Visitor
from viz.worker.dispatcher import Dispatcher
from viz.worker.jobs import Job, PendingJob, Result, Worker, run_id
from viz.worker.run_cache import RunCache
from viz.worker.scheduler import Scheduler

TEXT = """\
import torch
open("runs", "a").write("again ")
w = torch.zeros(1, requires_grad=True)
for step in range(200):
    ((w - 1) ** 2).sum().backward()
"""
OPENING = {"at": "0", "until": "100", "address": "x"}


def submit(worker: Worker, job: Job) -> Result:
    """The result of a job."""
    future: Future[Result] = Future()
    worker.submit(PendingJob(job, future.set_result))
    return future.result(60)


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptWorker]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(TEXT, encoding="utf-8")
    made = ScriptWorker(command_of(Path("train.py"), ()))
    yield made
    made.close()


def test_another_attempt_is_another_run_and_the_same_one_is_not(worker: ScriptWorker, tmp_path: Path) -> None:
    for attempt in (0, 0, 1, 1):
        name = run_id(TEXT, attempt)
        opening = submit(worker, Job("opening", name, OPENING, TEXT))
        assert json.loads(opening.body)["tape"] == "x"
        more = submit(worker, Job("chunk", name, {"from": "100", "to": "101", "urgent": "1"}))
        assert (more.status, json.loads(more.body)["tape"]) == (200, name)
    assert (tmp_path / "runs").read_text(encoding="utf-8") == "again again "


def test_a_session_may_ask_about_the_attempts_on_its_stage() -> None:
    visitor = Visitor(60.0)
    visitor.puts_on_stage("a", 1)
    visitor.puts_on_stage("a", 2)
    assert [visitor.source_of(run_id("a", attempt)) for attempt in range(4)] == [None, "a", "a", None]


@pytest.fixture
def long_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Dispatcher, str]]:
    """A dispatcher with a run of which iteration 100 was let go, and the run's name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(script_process, "settings", lambda: replace(Settings(), tape_bytes=300_000))
    new_run = partial(script_process.run_of_file, tmp_path / "train.py", (), [])
    runs = RunCache(2**40, Scheduler(), new_run)
    run = runs.open(TEXT)
    run.record(200, 60)
    made = Dispatcher(runs)
    yield made, run.id
    made.close()


GONE = "has let iteration 100 go. Run it again, or ask for fewer iterations."


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("explain", {"statement": "0", "node": "0"}),
        ("check_gradients", {"statement": "0"}),
        ("draw", {"open": "0"}),
    ],
)
def test_what_is_asked_about_an_iteration_that_was_let_go_is_answered_with_a_sentence(
    long_run: tuple[Dispatcher, str], kind: str, asked: dict[str, str]
) -> None:
    dispatcher, name = long_run
    said = json.loads(submit(dispatcher, Job(kind, name, {"iteration": "100", **asked})).body)
    assert said["problem"].endswith(GONE)


def test_a_file_of_an_iteration_that_was_let_go_is_refused_with_a_sentence_and_others_are_made(
    long_run: tuple[Dispatcher, str],
) -> None:
    dispatcher, name = long_run
    graph = Job("download", name, {"kind": "graph", "iteration": "100", "statement": "0"})
    refused = submit(dispatcher, graph)
    assert (refused.status, refused.body.decode().endswith(GONE)) == (404, True)
    later = replace(graph, parameters={**graph.parameters, "iteration": "199"})
    assert submit(dispatcher, later).body.startswith(b"digraph")
    table = Job("download", name, {"kind": "numbers", "to": "1000"})
    assert b"Run it again, or ask for fewer iterations." in submit(dispatcher, table).body
