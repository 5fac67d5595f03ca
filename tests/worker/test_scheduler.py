"""Threads take turns: those with little to do first, visitors with much recent work last."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from viz.budget import PAUSE_INTERVAL, Budget, HandedOver, work_time
from viz.turns import Turns
from viz.worker import scheduler
from viz.worker.scheduler import (
    BUSY,
    BUSY_HALF_LIFE,
    FAIR,
    HALF_LIFE,
    LEVEL_STEP,
    SHORT_SLICE,
    SLICE,
    Scheduler,
    Usage,
)


class Threads:
    """Threads that ask for turns, and the order in which they got them."""

    def __init__(self) -> None:
        self.scheduler = Scheduler()
        self.order: list[str] = []
        self.threads: list[threading.Thread] = []

    def ask(
        self, name: str, work: Callable[[], object] = lambda: None, background: bool = False, recent: float = 0.0
    ) -> None:
        """Let a thread ask for a turn, and wait until it has one or is in the queue."""
        usage = Usage()
        usage.add(recent)
        asked = len(self.scheduler._waiting) + len(self.order)

        def run() -> None:
            with self.scheduler.charged_to(usage), self.scheduler.turn(background):
                self.order.append(name)
                work()
                self.order.append(f"{name} ends")

        self.threads.append(threading.Thread(target=run, daemon=True))
        self.threads[-1].start()
        while len(self.scheduler._waiting) + len(self.order) == asked:
            time.sleep(0.001)

    def finish(self) -> list[str]:
        """Wait until every thread has had its turn; return what happened."""
        for thread in self.threads:
            thread.join(10.0)
            assert not thread.is_alive()
        return self.order


def work(seconds: float, then: Callable[[], object] = lambda: None) -> None:
    """Work for `seconds` in this thread, calling `then` all the while."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        then()


def test_one_thread_works_at_a_time_and_equals_go_in_the_order_of_arrival() -> None:
    threads, opened = Threads(), threading.Event()
    threads.ask("first", lambda: opened.wait(10.0))
    threads.ask("second")
    threads.ask("third")
    opened.set()
    assert threads.finish() == ["first", "first ends", "second", "second ends", "third", "third ends"]


def test_the_scheduler_is_busy_while_a_visitor_waits_for_a_turn() -> None:
    threads, opened = Threads(), threading.Event()
    threads.ask("present", lambda: opened.wait(10.0))
    assert not threads.scheduler.is_busy()
    threads.ask("feed", background=True)
    assert not threads.scheduler.is_busy()
    threads.ask("ordinary")
    assert threads.scheduler.is_busy()
    opened.set()
    threads.finish()
    assert not threads.scheduler.is_busy()


def test_the_scheduler_is_busy_if_turns_took_much_of_the_recent_time_not_counting_background_work() -> None:
    now = [0.0]
    scheduled = Scheduler(lambda: now[0])

    def busy(share: float, background: bool) -> bool:
        for _ in range(40):
            with scheduled.turn(background):
                began = time.thread_time()
                work(0.002)
            now[0] += (time.thread_time() - began) / share
        return scheduled.is_busy()

    assert not busy(0.9 * BUSY, background=False)
    assert not busy(0.9, background=True)
    now[0] += 10 * BUSY_HALF_LIFE
    assert [busy(1.3 * BUSY, background=False) for _ in range(60)][-1]
    now[0] += 10 * BUSY_HALF_LIFE
    assert not scheduled.is_busy()


def test_much_recent_work_goes_later_and_background_work_last() -> None:
    threads, opened = Threads(), threading.Event()
    threads.ask("present", lambda: opened.wait(10.0))
    threads.ask("greedy", recent=2 * FAIR)
    threads.ask("feed", background=True)
    threads.ask("ordinary")
    opened.set()
    assert threads.finish()[2::2] == ["ordinary", "greedy", "feed"]


def test_visitors_with_less_recent_work_go_first_even_below_the_fair_share() -> None:
    threads, opened = Threads(), threading.Event()
    threads.ask("present", lambda: opened.wait(10.0))
    for name, recent in (("some", 3 * LEVEL_STEP), ("less", 1.5 * LEVEL_STEP), ("nothing", 0.0), ("more", FAIR)):
        threads.ask(name, recent=recent)
    opened.set()
    assert threads.finish()[2::2] == ["nothing", "less", "some", "more"]


@pytest.mark.parametrize(("recent", "interrupted"), [(0.9 * FAIR, False), (1.1 * FAIR, True)])
def test_a_visitor_beyond_the_fair_share_gets_short_slices(recent: float, interrupted: bool) -> None:
    threads = Threads()
    waiting = threading.Event()

    def work_a_while() -> None:
        waiting.wait(10.0)
        work(2 * SHORT_SLICE, threads.scheduler.pause)

    threads.ask("present", work_a_while, recent=recent)
    threads.ask("other")
    waiting.set()
    assert (threads.finish()[1] == "other") is interrupted


def test_a_long_turn_lets_short_ones_go_first() -> None:
    threads = Threads()
    waiting = threading.Event()

    def long() -> None:
        work(SLICE / 2, threads.scheduler.pause)
        waiting.wait(10.0)
        work(2 * SLICE, threads.scheduler.pause)

    threads.ask("long", long)
    threads.ask("short")
    assert threads.order == ["long"]
    waiting.set()
    assert threads.finish() == ["long", "short", "short ends", "long ends"]


def test_an_interrupted_turn_gets_short_slices() -> None:
    threads = Threads()
    waiting, again = threading.Event(), threading.Event()

    def long() -> None:
        waiting.wait(10.0)
        work(1.1 * SLICE, threads.scheduler.pause)
        again.wait(10.0)
        work(2 * SHORT_SLICE, threads.scheduler.pause)

    threads.ask("long", long)
    threads.ask("short")
    waiting.set()
    threads.threads[1].join(10.0)
    threads.ask("another")
    again.set()
    assert threads.finish() == ["long", "short", "short ends", "another", "another ends", "long ends"]


def test_a_short_turn_is_not_interrupted() -> None:
    threads = Threads()
    waiting = threading.Event()

    def little() -> None:
        waiting.wait(10.0)
        work(SLICE / 4, threads.scheduler.pause)

    threads.ask("little", little)
    threads.ask("next")
    waiting.set()
    assert threads.finish() == ["little", "little ends", "next", "next ends"]


@pytest.mark.parametrize("other_is_one_too", [False, True])
def test_background_work_yields_at_once_but_not_to_other_background_work(other_is_one_too: bool) -> None:
    threads = Threads()
    waiting = threading.Event()

    def ahead() -> None:
        waiting.wait(10.0)
        work(SLICE / 4, threads.scheduler.pause)

    threads.ask("feed", ahead, background=True)
    threads.ask("other", background=other_is_one_too)
    waiting.set()
    undisturbed = ["feed", "feed ends", "other", "other ends"]
    interrupted = ["feed", "other", "other ends", "feed ends"]
    assert threads.finish() == (undisturbed if other_is_one_too else interrupted)


def test_an_interrupted_turn_continues_after_a_while_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "MAX_PAUSE", 0.05)
    threads, lock = Threads(), threading.Lock()
    waiting = threading.Event()

    def long() -> None:
        with lock:
            waiting.wait(10.0)
            work(2 * SLICE, threads.scheduler.pause)

    def wants_the_lock() -> None:
        with lock:
            pass

    threads.ask("long", long)
    threads.ask("other", wants_the_lock)
    waiting.set()
    assert sorted(threads.finish()) == ["long", "long ends", "other", "other ends"]


def test_a_nested_turn_is_the_same_turn_and_an_error_ends_it() -> None:
    threads = Threads()
    with pytest.raises(ZeroDivisionError), threads.scheduler.turn(), threads.scheduler.turn():
        raise ZeroDivisionError
    threads.ask("next")
    assert threads.finish() == ["next", "next ends"]


def test_a_thread_that_waits_for_others_releases_its_turn_and_gets_it_back() -> None:
    threads, answered = Threads(), threading.Event()

    def ask_someone() -> None:
        with threads.scheduler.released():
            assert answered.wait(10.0)

    threads.ask("asks", ask_someone)
    threads.ask("answers", answered.set)
    order = threads.finish()
    assert order.index("answers ends") < order.index("asks ends")
    with threads.scheduler.released():  # without a turn, nothing happens
        assert threads.scheduler._current is None


def test_recent_work_halves_with_time() -> None:
    now = [0.0]
    usage = Usage(lambda: now[0])
    levels = [usage.level]
    for seconds in (0.9 * LEVEL_STEP, 0.2 * LEVEL_STEP, LEVEL_STEP, 4 * LEVEL_STEP):
        usage.add(seconds)
        levels.append(usage.level)
    now[0] += 3 * HALF_LIFE
    assert [*levels, usage.level] == [0, 0, 1, 2, 3, 0]


def test_a_running_program_lets_others_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(Budget, "pause", staticmethod(lambda: pauses.append(time.perf_counter())))
    budget = Budget(1.0)
    until = time.perf_counter() + 5 * PAUSE_INTERVAL
    while time.perf_counter() < until:
        assert not budget.over
    assert 1 <= len(pauses) <= 5


def test_time_spent_waiting_is_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget, "pause", staticmethod(lambda: time.sleep(0.05)))
    budget = Budget(0.04)
    time.sleep(PAUSE_INTERVAL)
    assert not budget.over
    assert not budget.over


def test_a_thread_that_works_for_another_has_its_turn_and_counts_as_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns_of, usage, seen = Scheduler(), Usage(), list[bool]()
    monkeypatch.setattr(HandedOver, "of_turn", staticmethod(turns_of.hand_over))
    run = Turns()

    def work() -> None:
        for _ in range(2):
            with turns_of.turn():  # of a thread without one, it would wait for the thread that asked
                seen.append(True)
            until = time.thread_time() + 0.03
            while time.thread_time() < until:
                turns_of.pause()
            run.pause()

    before = work_time()
    with turns_of.charged_to(usage), turns_of.turn():
        run.next(work)
        run.next(work)
    assert seen == [True, True]
    assert work_time() - before >= 0.06
    assert usage.seconds >= 0.05
    run.close()
