"""A crowd of learners at one address: they arrive one after the other, work, and are measured."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.load.learner import Answers, Learner
from benchmarks.load.session import Session
from benchmarks.load.watch import cpu_seconds
from benchmarks.table import Row, row
from viz.catalog import DEFAULT_PROGRAM
from viz.editing import set_leaf
from viz.frames.tape import Cursor
from viz.linking import Moment, query_of

#: Sessions that arrive per second: each opening costs the server a run of the page.
ARRIVING = 5
#: The most openings of the page until the server is warm.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Goals:
    """The seconds within which 95 of 100 new learning rates, and 95 of 100 explanations, have to be answered."""

    moved: float = 0.5
    selected: float = 0.3


@dataclass(frozen=True, slots=True)
class Load:
    """The answers while all sessions of a crowd were open, and the share of one core that each side used."""

    answers: Answers
    seconds: float
    server: float
    generator: float

    def rows(self, who: str, goals: Goals) -> list[Row]:
        """The rows of the table, with the goals for the 95th percentiles."""
        there = self.answers
        milliseconds = [
            ("lr moved, new tape arrived", there.moved, f"p95 ≤ {1000 * goals.moved:.0f} ms"),
            ("node selected, explanation arrived", there.selected, f"p95 ≤ {1000 * goals.selected:.0f} ms"),
            ("stepped on, its explanation arrived", there.followed, ""),
            ("page opened, first graph arrived", there.opened, ""),
        ]
        return [
            *(
                row(f"{who}: {what}", [1000 * one for one in of], "ms", goal)
                for what, of, goal in milliseconds
                if of
            ),
            row(f"{who}: steps, lost ones", (float(there.lost),), f"of {there.steps}", "0"),
            row(f"{who}: errors", (float(len(there.errors)),), "", "0"),
            row(f"{who}: CPU of the server", (100 * self.server,), "% of a core"),
            row(f"{who}: CPU of this load generator", (100 * self.generator,), "% of a core"),
        ]


def the_same(count: int) -> list[str]:
    """Links for `count` learners, all to the program that the page opens with."""
    return [query_of(Moment(DEFAULT_PROGRAM.read_text(encoding="utf-8"), Cursor(0, 0)))] * count


def different(count: int, first: int = 0) -> list[str]:
    """Links for `count` learners, each to a different program: they begin at different weights."""
    source = DEFAULT_PROGRAM.read_text(encoding="utf-8")
    starts = [-0.5 + (first + number) / 1000 for number in range(count)]
    return [query_of(Moment(set_leaf(source, "W", [start]), Cursor(0, 0))) for start in starts]


async def gather(url: str, links: Sequence[str], seconds: float, servers: Sequence[int]) -> Load:
    """Run a learner with each link until all have worked together for `seconds`; `servers` are process ids."""
    coming = len(links) / ARRIVING
    answers = Answers()
    learners = [Learner(url, link, answers, seed) for seed, link in enumerate(links)]

    async def one(number: int, learner: Learner) -> None:
        await asyncio.sleep(number / ARRIVING)
        await learner.learn(coming + seconds - number / ARRIVING)

    tasks = [asyncio.create_task(one(number, learner)) for number, learner in enumerate(learners)]
    await asyncio.sleep(coming)
    # Answers from the time when learners were still arriving do not count.
    for samples in (answers.moved, answers.selected, answers.followed):
        samples.clear()
    began, used, own = time.monotonic(), sum(map(cpu_seconds, servers)), time.process_time()
    await asyncio.sleep(seconds)
    took = time.monotonic() - began
    load = Load(answers, took, (sum(map(cpu_seconds, servers)) - used) / took, (time.process_time() - own) / took)
    await asyncio.gather(*tasks)
    await asyncio.gather(*(learner.leave() for learner in learners))
    return load


async def warm(url: str) -> None:
    """Open the page until the server has imported torch. Raises TimeoutError if it does not."""
    for left in reversed(range(_TRIES)):
        session = Session(url)
        try:
            await session.open()
            break
        except TimeoutError:
            if not left:
                raise
        finally:
            await session.close()
