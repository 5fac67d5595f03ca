"""How the page asks behind the stage: in the processes that record, or here where there are none."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from threading import Thread
from zlib import crc32

from viz.operating import process
from viz.page.metrics import metrics
from viz.worker import scheduler
from viz.worker.counters import Counts
from viz.worker.dispatcher import Desk, warm_up
from viz.worker.jobs import Answer, Answering, Asked, Question
from viz.worker.worker_process import ENDED, Apart


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: its answer, once it is there, and how to say that nobody waits for it any more."""

    answer: Future[Answer]
    withdraw: Callable[[], None]


class Failed(RuntimeError):
    """Something of ours failed behind the stage, which logged what."""


class Backstage:
    """Those who answer. Equal sources are asked of the same one, which knows them then."""

    def __init__(self, desks: list[Answering]) -> None:
        self._desks = desks
        self._kept = [Counts()] * len(desks)

    def ask(self, question: Question) -> Request:
        """Have a question answered."""
        number = crc32(question.show.encode(errors="replace")) % len(self._desks)
        future: Future[Answer] = Future()
        future.set_running_or_notify_cancel()  # whoever waits for it cannot call it off, but by `withdraw`
        asked = Asked(question, partial(self._take, number, future))
        self._desks[number].ask(asked)
        return Request(future, partial(self._desks[number].withdraw, asked))

    def answer(self, question: Question) -> Answer:
        """The answer to a question, which is asked again where a process ended over it.

        Raises Failed where something failed, or a process ended once more.
        """
        with scheduler.aside():
            answer = self.ask(question).answer.result()
            if answer is ENDED:
                answer = self.ask(question).answer.result()
        if answer.status != 200:
            raise Failed(answer.body.decode())
        return answer

    @property
    def tapes(self) -> int:
        """How many tapes are kept."""
        return sum(counts.tapes for counts in self._kept)

    @property
    def tape_bytes(self) -> int:
        """What they take."""
        return sum(counts.bytes for counts in self._kept)

    def end(self) -> None:
        """Answer nothing more."""
        for one in self._desks:
            one.end()

    def _take(self, number: int, future: Future[Answer], answer: Answer) -> None:
        if answer is not ENDED:
            self._kept[number] = answer.counts
        for seconds, iterations in answer.counts.recorded:
            metrics.recorded(seconds, iterations)
        future.set_result(answer)


_backstage: list[Backstage] = []


def backstage() -> Backstage:
    """Those who answer; in this process, unless `begin` said otherwise."""
    if not _backstage:
        _backstage.append(Backstage([Desk()]))
    return _backstage[0]


def begin(processes: int) -> None:
    """From now on ask so many processes, which start now; none: this one. What they need is imported meanwhile."""
    desks: list[Answering] = [Apart() for _ in range(processes)]
    _backstage[:] = [Backstage(desks or [Desk()])]
    Thread(target=process.Garbage().begin if desks else warm_up, daemon=True, name="warm-up").start()


def end() -> None:
    """The processes end."""
    for one in _backstage:
        one.end()
    _backstage.clear()
