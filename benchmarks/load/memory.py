"""Measures the memory of a session, and whether the server's memory stays flat over many steps and visits."""

from __future__ import annotations

import asyncio
from statistics import linear_regression

from benchmarks.load import crowd
from benchmarks.load.learner import Answers, Learner
from benchmarks.load.outcome import Outcome
from benchmarks.load.proxy import serving
from benchmarks.load.watch import resident_mebibytes
from benchmarks.table import Row, row

#: The number of idle sessions.
IDLE = 200
#: The steps of the leak test and the number of sessions that make them; its visits and the number at a time. Only
#: the second half of each counts: in the first, the allocator grows, and Streamlit keeps 128 closed sessions.
STEPS, STEPPING, VISITS, AT_ONCE = 10_000, 20, 4_000, 10


def idle() -> Outcome:
    """The memory that each additional idle session takes."""
    outcome = Outcome()
    with serving() as (url, (pid,)):
        outcome.rows.append(asyncio.run(_idle(url, pid, outcome)))
    return outcome


async def _idle(url: str, pid: int, outcome: Outcome) -> Row:
    answers = Answers()
    learners = [Learner(url, link, answers, seed) for seed, link in enumerate(crowd.the_same(IDLE))]
    held: list[tuple[int, float]] = []
    for number, learner in enumerate(learners):
        await learner.session.open()
        if number % 10 == 9:
            held.append((number + 1, resident_mebibytes(pid)))
    for learner in learners:
        await learner.leave()
    outcome.errors += answers.errors
    return row("memory for each further idle session", (1024 * _slope(held),), "KiB", "≤ 1024")


def slope() -> Outcome:
    """The growth of memory over steps, and over sessions that opened and closed."""
    outcome = Outcome()
    with serving() as (url, (pid,)):
        outcome.rows += asyncio.run(_steps(url, pid, outcome))
        outcome.rows += asyncio.run(_visits(url, pid, outcome))
    return outcome


async def _steps(url: str, pid: int, outcome: Outcome) -> list[Row]:
    answers = Answers()
    learners = [Learner(url, link, answers, seed) for seed, link in enumerate(crowd.the_same(STEPPING))]
    for learner in learners:
        await learner.session.open()
    held: list[tuple[int, float]] = []
    while answers.steps < STEPS:
        for learner in learners:
            await learner.step()
        if answers.steps % 500 < STEPPING:
            held.append((answers.steps, resident_mebibytes(pid)))
    for learner in learners:
        await learner.leave()
    outcome.errors += answers.errors
    outcome.lost += answers.lost
    # The server caches what the first steps fetched, for all sessions.
    late = held[len(held) // 2 :]
    return [
        row(f"memory, first to last of {STEPS:,} steps", (held[-1][1] - held[0][1],), "MiB"),
        row("memory for each 1,000 steps, in the second half", (1000 * _slope(late),), "MiB", "0"),
    ]


async def _visits(url: str, pid: int, outcome: Outcome) -> list[Row]:
    answers = Answers()
    link = crowd.the_same(1)[0]
    held: list[tuple[int, float]] = []

    async def visit(number: int) -> None:
        learner = Learner(url, link, answers, number)
        await learner.session.open()
        await learner.step()
        await learner.leave()

    for number in range(0, VISITS, AT_ONCE):
        await asyncio.gather(*(visit(number + one_more) for one_more in range(AT_ONCE)))
        if number % 100 == 0:
            held.append((number + AT_ONCE, resident_mebibytes(pid)))
    outcome.errors += answers.errors
    outcome.lost += answers.lost
    late = held[len(held) // 2 :]
    return [
        row(
            f"memory, first to last of {VISITS:,} sessions that came and went", (held[-1][1] - held[0][1],), "MiB"
        ),
        row(f"memory for each 100 of the last {VISITS // 2:,}", (100 * _slope(late),), "MiB", "0"),
    ]


def _slope(points: list[tuple[int, float]]) -> float:
    """The slope of the straight line nearest to the points."""
    return linear_regression(*zip(*points, strict=True)).slope
