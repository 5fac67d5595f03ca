"""Questions are answered in few threads: none waits for what others ask that takes longer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace

import pytest

from tests.programs import LINE
from viz.worker import dispatcher, scheduler
from viz.worker.dispatcher import Desk, Kind
from viz.worker.jobs import Answer, Asked, Question, name_of
from viz.worker.run_cache import show_named, show_of


@pytest.fixture
def asked() -> Iterator[Callable[..., Future[Answer]]]:
    """Asks a desk of its own; `kind`, and what the query says."""
    here = Desk()

    def ask(kind: str, show: str = "x", source: str | None = None, **query: str) -> Future[Answer]:
        answer: Future[Answer] = Future()
        here.ask(Asked(Question(kind, show, query, source), answer.set_result))
        return answer

    yield ask
    here.end()


def _answers_with(answer: Callable[[Question], Answer], *kinds: str) -> dict[str, Kind]:
    return {
        kind: replace(dispatcher.KINDS[kind], answer=answer, is_recorded=lambda question: True) for kind in kinds
    }


def test_an_explanation_does_not_wait_for_what_is_fetched_ahead_nor_for_a_download(
    asked: Callable[..., Future[Answer]], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = threading.Event()

    def slow(_: Question) -> Answer:
        opened.wait(20)
        return Answer(b"slow")

    quick = _answers_with(lambda _: Answer(b"quick"), "node")
    monkeypatch.setattr(dispatcher, "KINDS", {**_answers_with(slow, "tape", "take"), **quick})
    waiting = [asked(kind) for kind in ("tape", "take") for _ in range(10)]
    assert asked("node").result(5).body == b"quick"
    assert not any(one.done() for one in waiting)
    opened.set()
    assert {one.result(5).body for one in waiting} == {b"slow"}


def test_what_someone_waits_for_does_not_stand_behind_what_nobody_waits_for(
    asked: Callable[..., Future[Answer]], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = threading.Event()

    def answer(question: Question) -> Answer:
        if "urgent" not in question.query:
            opened.wait(20)
        return Answer(b"")

    monkeypatch.setattr(dispatcher, "KINDS", {**dispatcher.KINDS, **_answers_with(answer, "tape")})
    behind = [asked("tape") for _ in range(10)]
    assert asked("tape", urgent="1").result(5).status == 200
    opened.set()
    for one in behind:
        one.result(5)


def test_an_explanation_does_not_wait_for_those_who_ask_about_what_is_not_recorded(
    asked: Callable[..., Future[Answer]],
) -> None:
    source = LINE.replace("lr=0.1", "lr=0.0765").replace("range(20)", "range(400)")
    name, about = name_of(source), {"statement": "0", "node": "0"}
    show_of(source).record(2, 5.0)
    with scheduler.turn():
        waiting = [asked("node", name, source, iteration=str(at), **about) for at in (40, 41, 42, 43)]
        assert asked("node", name, source, iteration="1", **about).result(5).status == 200
        assert not any(one.done() for one in waiting)
    assert {one.result(20).status for one in waiting} == {200}


def test_reading_a_long_text_takes_a_turn_and_a_short_one_waits_for_nobody(
    asked: Callable[..., Future[Answer]],
) -> None:
    with scheduler.turn():
        long = asked("check", text="# a\n" * scheduler.LONG)
        assert asked("check", text="a = 1\n").result(5).body == b"null"
        time.sleep(0.2)
        assert not long.done()
    assert b"There is no statement" in long.result(5).body


def test_reading_a_long_program_that_is_not_kept_takes_a_turn_too(asked: Callable[..., Future[Answer]]) -> None:
    source = LINE + "# a\n" * scheduler.LONG
    with scheduler.turn():
        waiting = asked("tape", name_of(source), source, **{"from": "0", "to": "1"})
        time.sleep(0.2)
        assert show_named(name_of(source)) is None
    assert waiting.result(20).status == 200
    assert show_named(name_of(source)) is not None


def test_what_nobody_waits_for_any_more_is_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    opened, answered = threading.Event(), list[str]()

    def slow(question: Question) -> Answer:
        answered.append(question.show)
        opened.wait(20)
        return Answer(b"slow")

    monkeypatch.setattr(dispatcher, "KINDS", _answers_with(slow, "tape"))
    here, said = Desk(), [Future[Answer](), Future[Answer]()]
    first, gone = (Asked(Question("tape", name), one.set_result) for name, one in zip("ab", said, strict=True))
    here.ask(first)
    here.ask(gone)
    here.withdraw(gone)
    opened.set()
    assert [one.result(5).status for one in said] == [200, 499]
    assert answered == ["a"]


def test_work_is_measured_and_waiting_is_not(
    asked: Callable[..., Future[Answer]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(_: Question) -> Answer:
        end = time.thread_time() + 0.05
        while time.thread_time() < end:
            pass
        return Answer(b"")

    def wait(_: Question) -> Answer:
        time.sleep(0.1)
        return Answer(b"")

    monkeypatch.setattr(dispatcher, "KINDS", {**_answers_with(work, "take"), **_answers_with(wait, "node")})
    assert 0.05 <= asked("take").result(5).seconds < 0.1
    assert asked("node").result(5).seconds < 0.05


def test_what_fails_says_nothing_of_how_and_is_paid_for(
    asked: Callable[..., Future[Answer]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Question) -> Answer:
        end = time.thread_time() + 0.02
        while time.thread_time() < end:
            pass
        raise RuntimeError("some text of a program")

    monkeypatch.setattr(dispatcher, "KINDS", _answers_with(fail, "node"))
    answer = asked("node").result(5)
    assert (answer.status, answer.body) == (500, b"Something went wrong here.")
    assert answer.seconds >= 0.02
    assert "RuntimeError" in caplog.text
    assert "some text" not in caplog.text


def test_a_show_that_is_not_kept_is_made_from_the_source_that_comes_along(
    asked: Callable[..., Future[Answer]],
) -> None:
    source = LINE.replace("lr=0.1", "lr=0.0987")
    query = {"iteration": "1", "statement": "0", "node": "0"}
    assert asked("node", name_of(source), **query).result(20).status == 404
    assert asked("node", name_of(source), source, **query).result(20).status == 200


def test_what_was_recorded_is_told_once(asked: Callable[..., Future[Answer]]) -> None:
    source = LINE.replace("lr=0.1", "lr=0.0876")
    opening = {"at": "0", "until": "100", "address": "x"}
    counts = asked("opening", name_of(source), source, **opening).result(20).counts
    assert counts.tapes and counts.bytes
    assert sum(iterations for _, iterations in counts.recorded) >= 20
    assert asked("check", name_of(source), text=source).result(20).counts.recorded == ()
