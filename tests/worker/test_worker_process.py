"""A process that answers: it says what would be said here, and another takes its place when it ends."""

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
from viz.worker.dispatcher import Desk
from viz.worker.jobs import Answer, Answering, Asked, Question, name_of
from viz.worker.worker_process import ENDED, Apart

OPENING = {"at": "3", "until": "100", "address": "x"}


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    """One process for all these tests; some end it."""
    made = Apart()
    yield made
    made.end()


def _ask(one: Answering, question: Question) -> Future[Answer]:
    answer: Future[Answer] = Future()
    one.ask(Asked(question, answer.set_result))
    return answer


def _opening(source: str) -> Question:
    return Question("opening", name_of(source), OPENING, source, 0.5)


@pytest.mark.parametrize(
    "question",
    [
        _opening(LINE.replace("range(20)", "range(5)")),  # no longer than any opening is in a full house
        Question("check", name_of("import os"), {"text": "import os"}),
        Question("check", name_of(LINE), {"text": LINE}),
        Question("node", name_of(LINE), {"iteration": "3", "statement": "4", "node": "0"}, LINE),
        Question("tape", name_of(LINE), {"from": "0", "to": "2", "urgent": "1"}, LINE),
        Question("checks", name_of(LINE), {"iteration": "0", "statement": "3"}, LINE),
        Question("picture", name_of(LINE), {"iteration": "0", "open": "1"}, LINE),
        Question("take", name_of(LINE), {"kind": "numbers", "to": "5"}, LINE),
        Question("take", name_of(LINE), {"kind": "../app.py"}, LINE),
        Question("node", "..", {"iteration": "é\n"}),
    ],
    ids=lambda question: question.kind,
)
def test_the_answer_is_the_one_that_is_given_here(apart: Apart, question: Question) -> None:
    there, here = (_ask(one, question).result(60) for one in (apart, Desk()))
    assert (there.status, there.media_type, there.headers) == (here.status, here.media_type, here.headers)
    assert there.body == here.body
    assert there.seconds > 0


def test_many_questions_at_once_each_get_their_own_answer(apart: Apart) -> None:
    sources = [LINE.replace("lr=0.1", f"lr=0.{number}") for number in range(11, 31)]
    answers = [_ask(apart, _opening(source)) for source in sources]
    for source, answer in zip(sources, answers, strict=True):
        code = "".join(json.dumps(json.loads(answer.result(60).body)["head"]["code"]))
        assert source.split("lr=")[1].split(")")[0] in code


def test_when_it_ends_what_was_asked_is_said_to_be_lost_and_another_process_answers_the_next(apart: Apart) -> None:
    assert _ask(apart, _opening(LINE)).result(60).status == 200
    first = apart.process_id
    os.kill(first, signal.SIGSTOP)
    lost = [_ask(apart, _opening(LINE + "\n" * number)) for number in range(3)]
    os.kill(first, signal.SIGKILL)
    assert [one.result(20) for one in lost] == [ENDED] * 3
    assert _ask(apart, _opening(LINE)).result(60).status == 200
    assert apart.process_id != first


def test_what_is_withdrawn_before_it_was_begun_is_not_answered(apart: Apart) -> None:
    process = apart.process_id
    os.kill(process, signal.SIGSTOP)
    answers = [Future[Answer]() for _ in range(12)]
    asked = [
        Asked(Question("take", name_of(LINE), {"kind": "page", "to": "20"}, LINE), one.set_result)
        for one in answers
    ]
    for one in asked:
        apart.ask(one)
    for one in asked[1:]:
        apart.withdraw(one)
    os.kill(process, signal.SIGCONT)
    statuses = [one.result(60).status for one in answers]
    assert statuses[0] == 200
    assert 499 in statuses


def test_it_ends_with_the_one_who_asks() -> None:
    made = Apart()
    process = made.process_id
    assert _ask(made, Question("check", "", {"text": LINE})).result(60).body == b"null"
    made.end()
    for _ in range(100):
        if not Path(f"/proc/{process}").exists():
            return
        time.sleep(0.05)
    raise AssertionError("the process is still there")


@pytest.mark.parametrize(
    "question",
    [
        Question("node", "name", {"a": "é", "b": "\ud800"}, "x = '\ud800\n'", 2.5),
        Question("node", "name", source=""),
        Question("node", "name"),
    ],
)
def test_a_question_comes_through_the_pipe_as_it_was(question: Question) -> None:
    written = io.BytesIO()
    messages.Pipe(io.BytesIO(), written).send(*messages.packed_question(question))
    message = messages.Pipe(io.BytesIO(written.getvalue()), io.BytesIO()).receive()
    assert message is not None
    assert messages.question_of(*message) == question


def test_an_answer_comes_through_the_pipe_as_it_was_and_a_part_of_one_does_not_come() -> None:
    answer = Answer(b"\x00\xff" * 70_000, 404, "text/csv", {"A": "b"}, 0.25, Counts(3, 17, ((0.5, 2), (0.25, 1))))
    written = io.BytesIO()
    messages.Pipe(io.BytesIO(), written).send(*messages.packed_answer(answer))
    message = messages.Pipe(io.BytesIO(written.getvalue()), io.BytesIO()).receive()
    assert message is not None
    assert messages.answer_of(*message) == answer
    for length in (0, 5, 30, len(written.getvalue()) - 1):
        assert messages.Pipe(io.BytesIO(written.getvalue()[:length]), io.BytesIO()).receive() is None


def test_what_a_library_prints_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chatty = "import os, threading; threading.Timer(1.0, os.write, (1, b'some words' * 9)).start()\n"
    (tmp_path / "sitecustomize.py").write_text(chatty, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    made = Apart()
    for number in range(8):
        assert _ask(made, _opening(LINE + "\n" * number)).result(60).status == 200
        time.sleep(0.2)
    made.end()
