"""The parts of `make load`: each starts its own servers and returns rows of one table."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from statistics import quantiles

from websockets.exceptions import WebSocketException

from benchmarks.load import crowd
from benchmarks.load.learner import Answers, Learner
from benchmarks.load.outcome import Outcome
from benchmarks.load.proxy import serving
from benchmarks.load.session import Session
from benchmarks.load.watch import cpu_seconds
from benchmarks.table import row
from tests.language.costly import HEAD, LARGEST, PROGRAMS
from viz.linking import Moment, TooLong, query_of

#: Sessions on the same program, sessions on different programs, and the seconds for which all of them work.
SAME, DIFFERENT, SECONDS = 200, 100, 40.0
#: The sizes of the hostile crowd and of the honest one.
HOSTILE, HONEST = 20, 50
#: The most seconds that a hostile session waits for one program.
ATTACK = 4.0
#: The number of sessions by which a crowd grows until it has to wait a second, and its largest size.
MORE, MOST = 20, 200


def crowds() -> Outcome:
    """Measure learners on the same program, and then learners on different ones."""
    outcome = Outcome()
    for who, links in (
        (f"{SAME} at the same program", crowd.the_same(SAME)),
        (f"{DIFFERENT} at different programs", crowd.different(DIFFERENT)),
    ):
        with serving() as (url, servers):
            outcome.add(who, asyncio.run(crowd.gather(url, links, SECONDS, servers)), crowd.Goals())
    return outcome


def actions() -> Outcome:
    """Measure the server's CPU time for each action of a learner, one after the other, without other sessions."""
    outcome = Outcome()
    with serving() as (url, servers):
        asyncio.run(_actions(url, servers[0], outcome))
    return outcome


async def _actions(url: str, server: int, outcome: Outcome) -> None:
    answers = Answers()
    learners = [Learner(url, link, answers, seed) for seed, link in enumerate(crowd.different(10))]

    async def cost(what: str, times: int, act: Callable[[int], Awaitable[object]]) -> None:
        began = cpu_seconds(server)
        for number in range(times):
            await act(number)
        spent = cpu_seconds(server) - began
        outcome.rows.append(row(f"CPU of the server for {what}", (1000 * spent / times,), "ms"))

    first = learners[0].session
    await cost("a page that opens on a new program", 10, lambda number: learners[number].session.open())
    await cost("what it fetches behind", 10, lambda number: learners[number].session.fetched())
    for what in ("a new lr", "an lr that someone had before"):
        await cost(what, 10, lambda number: first.move_rate(first.rates[10 + number]))
    await first.fetched()
    await cost("an explanation", 20, lambda _: learners[0].select())
    await cost("a step", 100, lambda _: first.step())
    for learner in learners:
        await learner.leave()
    outcome.errors += answers.errors


def grow() -> Outcome:
    """Find how many learners it takes until a new tape takes a second: with one server, then with two."""
    outcome = Outcome()
    for count in (1, 2):
        with serving(count) as (url, _):
            held, samples = asyncio.run(_grow(url, outcome))
        who = "one server" if count == 1 else "two servers behind HAProxy"
        outcome.rows.append(row(f"learners at different programs until lr takes 1 s at p95: {who}", (held,), ""))
        outcome.rows += [row(f"{who}, {at} learners: lr moved", took, "ms") for at, took in samples.items()]
    return outcome


async def _grow(url: str, outcome: Outcome) -> tuple[int, dict[int, list[float]]]:
    answers = Answers()
    links = crowd.different(MOST)
    learners: list[Learner] = []
    tasks: list[asyncio.Task[None]] = []
    samples: dict[int, list[float]] = {}
    held = 0
    while len(learners) < MOST:
        for number in range(len(learners), len(learners) + MORE):
            learners.append(Learner(url, links[number], answers, number))
            tasks.append(asyncio.create_task(learners[-1].learn(float("inf"))))
            await asyncio.sleep(1 / crowd.ARRIVING)
        answers.moved.clear()
        await asyncio.sleep(12)
        samples[len(learners)] = taken = [1000 * one for one in answers.moved]
        if len(taken) < 2 or quantiles(taken, n=20, method="inclusive")[-1] > 1000:
            break
        held = len(learners)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for learner in learners:
        await learner.leave()
    outcome.errors += answers.errors
    return held, samples


def hostile() -> Outcome:
    """Measure honest learners while other sessions send the costliest programs again and again."""
    outcome = Outcome()
    with serving() as (url, servers):
        load = asyncio.run(_beside(url, servers))
        outcome.add(f"{HONEST} beside {HOSTILE} hostile sessions", load, crowd.Goals(moved=1.0, selected=1.0))
    return outcome


async def _beside(url: str, servers: list[int]) -> crowd.Load:
    programs = list(_costly())
    attacks = [asyncio.create_task(_attack(url, programs[number::HOSTILE])) for number in range(HOSTILE)]
    try:
        return await crowd.gather(url, crowd.different(HONEST), SECONDS, servers)
    finally:
        for attack in attacks:
            attack.cancel()
        await asyncio.gather(*attacks, return_exceptions=True)


async def _attack(url: str, links: list[str]) -> None:
    """Open one costly program after the other in one session, and have each recorded for some seconds."""
    session = Session(url)
    try:
        await session.open()
        for link in itertools.cycle(links):
            with suppress(TimeoutError):
                async with asyncio.timeout(ATTACK):
                    await session.follow(link)
    except (OSError, TimeoutError, WebSocketException):
        return
    finally:
        await session.close()


def _costly() -> Iterator[str]:
    """Links to the costliest programs that are allowed or end at a limit; the longest do not fit a link."""
    for source in [*(source for source, _ in PROGRAMS.values()), *LARGEST.values()]:
        with suppress(TooLong):
            yield query_of(Moment(HEAD + source))
