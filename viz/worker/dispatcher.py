"""Where questions are answered: each kind in few threads, so that none waits for what takes longer."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from viz.operating import events, process
from viz.operating.settings import settings
from viz.worker import chunks, downloads, drawings, explain, gradient_checks, programs, scheduler
from viz.worker.counters import counter
from viz.worker.jobs import GONE, Answer, Asked, Question

#: The threads of who has something recorded, and waits for his turn.
RECORDING = "recording"
#: What is said where something of ours failed: nothing of how.
FAILED = Answer(b"Something went wrong here.", 500)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of question: what answers it, and in which threads. Those are others where nobody waits for it
    (`behind`), and where something has to be recorded first, which `is_recorded` says."""

    answer: Callable[[Question], Answer]
    threads: str
    behind: str = ""
    is_recorded: Callable[[Question], bool] = lambda question: True


#: What there is to ask, by its word.
KINDS = {
    "check": Kind(programs.check, RECORDING),
    "opening": Kind(programs.opening, RECORDING),
    "tape": Kind(chunks.more, RECORDING, "behind"),
    "node": Kind(explain.node, "explain", is_recorded=explain.is_recorded),
    "checks": Kind(gradient_checks.gradients, "take"),
    "picture": Kind(drawings.drawing, "take"),
    "take": Kind(downloads.file, "take"),
}


class Desk:
    """Answers questions in this process.

    Where many compute, each takes as many times longer, and whoever sends the answers has to get his share of the
    interpreter among them: so there are few threads. Only who records has as many as there may be: of those one
    works, and the others wait for their turn.
    """

    def __init__(self) -> None:
        self._threads = {
            name: ThreadPoolExecutor(count, name)
            for name, count in {
                RECORDING: 2 * settings().max_sessions,
                "behind": 1,
                "explain": 2,
                "take": 2,
            }.items()
        }

    def ask(self, asked: Asked) -> None:
        """Have it answered in a thread of its kind."""
        question = asked.question
        kind = KINDS[question.kind]
        behind = kind.behind and "urgent" not in question.query

        def answer() -> None:
            asked.then(GONE if asked.gone else _answered(kind, question))

        def answer_or_wait() -> None:
            if asked.gone or kind.is_recorded(question):
                answer()
            else:
                self._threads[RECORDING].submit(answer)

        self._threads[kind.behind if behind else kind.threads].submit(answer_or_wait)

    def withdraw(self, asked: Asked) -> None:
        """Nobody waits for it any more."""
        asked.gone = True

    def end(self) -> None:
        """Answer nothing more that was not begun."""
        for threads in self._threads.values():
            threads.shutdown(wait=False, cancel_futures=True)


def warm_up() -> None:
    """Import what the first question would wait for, and collect garbage seldom from then on."""
    from viz.worker import run_cache

    run_cache.warm_up()
    process.Garbage().begin()


def _answered(kind: Kind, question: Question) -> Answer:
    began = time.thread_time()
    try:
        with scheduler.of(scheduler.Account(had=question.had)):
            _keep(question)
            answer = kind.answer(question)
    except Exception as error:  # noqa: BLE001  # whatever failed, the one who asks is to hear so
        events.failed(error)
        answer = FAILED
    return replace(answer, seconds=time.thread_time() - began, counts=counter.take())


def _keep(question: Question) -> None:
    """Have the show kept that the question is about, where its source came along."""
    from viz.worker.run_cache import show_named, show_of

    if question.source is not None and show_named(question.show) is None:
        show_of(question.source)
