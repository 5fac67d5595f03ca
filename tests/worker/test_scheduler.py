"""Who records goes one after the other: who needs little first, and who had much lately last."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from viz import limits
from viz.worker import scheduler
from viz.worker.scheduler import BRIEFLY, FAIR, FORGOTTEN, FULL, LATELY, NOTICED, UNDISTURBED, Account, Turns


class House:
    """Threads that ask for turns, and the order in which they got them."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.order: list[str] = []
        self.threads: list[threading.Thread] = []

    def ask(
        self, name: str, work: Callable[[], object] = lambda: None, behind: bool = False, had: float = 0.0
    ) -> None:
        """Have a thread ask for a turn, and wait until it stands in line or has it."""
        account = Account()
        account.add(had)
        asked = len(self.turns._waiting) + len(self.order)

        def run() -> None:
            with self.turns.of(account), self.turns.turn(behind):
                self.order.append(name)
                work()
                self.order.append(f"{name} ends")

        self.threads.append(threading.Thread(target=run, daemon=True))
        self.threads[-1].start()
        while len(self.turns._waiting) + len(self.order) == asked:
            time.sleep(0.001)

    def empty(self) -> list[str]:
        """Wait until everyone had a turn; what happened."""
        for thread in self.threads:
            thread.join(10.0)
            assert not thread.is_alive()
        return self.order


def work(seconds: float, then: Callable[[], object] = lambda: None) -> None:
    """Work so long in this thread."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        then()


def test_one_works_at_a_time_and_of_equals_who_came_first_goes_first() -> None:
    house, opened = House(), threading.Event()
    house.ask("first", lambda: opened.wait(10.0))
    house.ask("second")
    house.ask("third")
    opened.set()
    assert house.empty() == ["first", "first ends", "second", "second ends", "third", "third ends"]


def test_it_is_crowded_as_long_as_someone_is_waited_for_and_has_no_turn() -> None:
    house, opened = House(), threading.Event()
    house.ask("present", lambda: opened.wait(10.0))
    assert not house.turns.crowded()
    house.ask("feed", behind=True)
    assert not house.turns.crowded()
    house.ask("ordinary")
    assert house.turns.crowded()
    opened.set()
    house.empty()
    assert not house.turns.crowded()


def test_it_is_crowded_where_turns_took_much_of_the_time_lately_and_not_what_nobody_waits_for() -> None:
    now = [0.0]
    crowd = Turns(lambda: now[0])

    def busy(share: float, behind: bool) -> bool:
        for _ in range(40):
            with crowd.turn(behind):
                began = time.thread_time()
                work(0.002)
            now[0] += (time.thread_time() - began) / share
        return crowd.crowded()

    assert not busy(0.9 * FULL, behind=False)
    assert not busy(0.9, behind=True)
    now[0] += 10 * LATELY
    assert [busy(1.3 * FULL, behind=False) for _ in range(60)][-1]
    now[0] += 10 * LATELY
    assert not crowd.crowded()


def test_who_had_much_stands_behind_and_what_nobody_waits_for_behind_that() -> None:
    house, opened = House(), threading.Event()
    house.ask("present", lambda: opened.wait(10.0))
    house.ask("greedy", had=2 * FAIR)
    house.ask("feed", behind=True)
    house.ask("ordinary")
    opened.set()
    assert house.empty()[2::2] == ["ordinary", "greedy", "feed"]


def test_of_those_who_had_little_too_whoever_had_less_goes_first() -> None:
    house, opened = House(), threading.Event()
    house.ask("present", lambda: opened.wait(10.0))
    for name, had in (("some", 3 * NOTICED), ("less", 1.5 * NOTICED), ("nothing", 0.0), ("more", FAIR)):
        house.ask(name, had=had)
    opened.set()
    assert house.empty()[2::2] == ["nothing", "less", "some", "more"]


@pytest.mark.parametrize(("had", "interrupted"), [(0.9 * FAIR, False), (1.1 * FAIR, True)])
def test_who_had_more_than_is_fair_is_interrupted_soon(had: float, interrupted: bool) -> None:
    house = House()
    waiting = threading.Event()

    def work_a_while() -> None:
        waiting.wait(10.0)
        work(2 * BRIEFLY, house.turns.give_way)

    house.ask("present", work_a_while, had=had)
    house.ask("other")
    waiting.set()
    assert (house.empty()[1] == "other") is interrupted


def test_who_works_long_lets_those_go_first_who_need_little() -> None:
    house = House()
    waiting = threading.Event()

    def long() -> None:
        work(UNDISTURBED / 2, house.turns.give_way)
        waiting.wait(10.0)
        work(2 * UNDISTURBED, house.turns.give_way)

    house.ask("long", long)
    house.ask("short")
    assert house.order == ["long"]
    waiting.set()
    assert house.empty() == ["long", "short", "short ends", "long ends"]


def test_who_was_interrupted_once_is_interrupted_sooner() -> None:
    house = House()
    waiting, again = threading.Event(), threading.Event()

    def long() -> None:
        waiting.wait(10.0)
        work(1.1 * UNDISTURBED, house.turns.give_way)
        again.wait(10.0)
        work(2 * BRIEFLY, house.turns.give_way)

    house.ask("long", long)
    house.ask("short")
    waiting.set()
    house.threads[1].join(10.0)
    house.ask("another")
    again.set()
    assert house.empty() == ["long", "short", "short ends", "another", "another ends", "long ends"]


def test_who_needs_little_is_not_interrupted() -> None:
    house = House()
    waiting = threading.Event()

    def little() -> None:
        waiting.wait(10.0)
        work(UNDISTURBED / 4, house.turns.give_way)

    house.ask("little", little)
    house.ask("next")
    waiting.set()
    assert house.empty() == ["little", "little ends", "next", "next ends"]


@pytest.mark.parametrize("other_is_one_too", [False, True])
def test_what_nobody_waits_for_gives_way_at_once_but_not_to_its_like(other_is_one_too: bool) -> None:
    house = House()
    waiting = threading.Event()

    def ahead() -> None:
        waiting.wait(10.0)
        work(UNDISTURBED / 4, house.turns.give_way)

    house.ask("feed", ahead, behind=True)
    house.ask("other", behind=other_is_one_too)
    waiting.set()
    undisturbed = ["feed", "feed ends", "other", "other ends"]
    interrupted = ["feed", "other", "other ends", "feed ends"]
    assert house.empty() == (undisturbed if other_is_one_too else interrupted)


def test_who_was_interrupted_goes_on_after_a_while_whoever_has_the_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "LONGEST", 0.05)
    house, lock = House(), threading.Lock()
    waiting = threading.Event()

    def long() -> None:
        with lock:
            waiting.wait(10.0)
            work(2 * UNDISTURBED, house.turns.give_way)

    def wants_the_lock() -> None:
        with lock:
            pass

    house.ask("long", long)
    house.ask("other", wants_the_lock)
    waiting.set()
    assert sorted(house.empty()) == ["long", "long ends", "other", "other ends"]


def test_a_turn_inside_a_turn_is_the_same_one_and_an_error_gives_it_back() -> None:
    house = House()
    with pytest.raises(ZeroDivisionError), house.turns.turn(), house.turns.turn():
        raise ZeroDivisionError
    house.ask("next")
    assert house.empty() == ["next", "next ends"]


def test_who_waits_for_others_has_no_turn_meanwhile_and_has_it_again_then() -> None:
    house, answered = House(), threading.Event()

    def ask_someone() -> None:
        with house.turns.aside():
            assert answered.wait(10.0)

    house.ask("asks", ask_someone)
    house.ask("answers", answered.set)
    order = house.empty()
    assert order.index("answers ends") < order.index("asks ends")
    with house.turns.aside():  # nor does anything happen to whoever has none
        assert house.turns._present is None


def test_what_someone_had_is_forgotten() -> None:
    now = [0.0]
    account = Account(lambda: now[0])
    levels = [account.level]
    for seconds in (0.9 * NOTICED, 0.2 * NOTICED, NOTICED, 4 * NOTICED):
        account.add(seconds)
        levels.append(account.level)
    now[0] += 3 * FORGOTTEN
    assert [*levels, account.level] == [0, 0, 1, 2, 3, 0]


def test_a_program_that_runs_lets_others_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    breaths: list[float] = []
    monkeypatch.setattr(limits.Budget, "breathe", staticmethod(lambda: breaths.append(time.perf_counter())))
    budget = limits.Budget(1.0)
    until = time.perf_counter() + 5 * limits.BREATH
    while time.perf_counter() < until:
        assert not budget.over
    assert 1 <= len(breaths) <= 5


def test_time_that_a_breath_waits_is_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.Budget, "breathe", staticmethod(lambda: time.sleep(0.05)))
    budget = limits.Budget(0.04)
    time.sleep(limits.BREATH)
    assert not budget.over
    assert not budget.over
