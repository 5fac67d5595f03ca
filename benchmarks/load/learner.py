"""The behaviour of a learner: steps, changes of the learning rate, selected nodes; and the time of each answer."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from websockets.exceptions import WebSocketException

from benchmarks.load.session import Session

#: Seconds between two steps, two changes of the learning rate, and two selections.
STEP, MOVE, SELECT = 0.5, 10.0, 5.0
#: Seconds without a step after which the stage asks about the selected node again.
REST = 0.15


@dataclass(slots=True)
class Answers:
    """The seconds from each action to its answer, and the errors, for any number of learners."""

    opened: list[float] = field(default_factory=list)
    moved: list[float] = field(default_factory=list)
    selected: list[float] = field(default_factory=list)
    followed: list[float] = field(default_factory=list)
    steps: int = 0
    lost: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether a step was lost, or anything went wrong."""
        return bool(self.lost or self.errors)


class Learner:
    """One learner with a link to a program, who behaves randomly; the same `seed` repeats the behaviour."""

    def __init__(self, url: str, query: str, answers: Answers, seed: int) -> None:
        self.session = Session(url, query)
        self._answers = answers
        self._chance = random.Random(seed)

    async def learn(self, seconds: float) -> None:
        """Open the link, and work for `seconds`."""
        if not await self._timed(self._answers.opened, self.session.open, "opening the page"):
            return
        ends = asyncio.get_running_loop().time() + seconds
        await asyncio.gather(
            self._every(STEP, self.step, ends),
            self._every(MOVE, self.move, ends),
            self._every(SELECT, self.select, ends),
        )

    async def leave(self) -> None:
        """Close the page."""
        await self.session.close()
        self._answers.errors += self.session.errors

    async def step(self) -> None:
        """Go to the next statement; if a node is selected, wait for its explanation once the cursor rests."""
        self._answers.steps += 1
        try:
            await self.session.step()
        except TimeoutError:
            self._answers.lost += 1
            return
        if not self.session.explained:
            await asyncio.sleep(REST)
            await self._timed(self._answers.followed, self.session.explain, "an explanation that follows")

    async def move(self) -> None:
        """Move the learning rate."""
        rates = [rate for rate in self.session.rates if rate != self.session.rate]
        await self._timed(
            self._answers.moved, lambda: self.session.move_rate(self._chance.choice(rates)), "moving lr"
        )

    async def select(self) -> None:
        """Select a node of the graph."""
        tape = self.session.tape
        if tape is None or not tape.nodes:
            return
        self.session.selected = self._chance.choice(tape.nodes)
        if not self.session.explained:
            await self._timed(self._answers.selected, self.session.explain, "an explanation")

    async def _every(self, seconds: float, act: Callable[[], Awaitable[None]], ends: float) -> None:
        """Act every `seconds`, beginning at a random moment; an action that takes longer delays the next one."""
        loop = asyncio.get_running_loop()
        due = loop.time() + self._chance.random() * seconds
        while due < ends:
            await asyncio.sleep(max(0.0, due - loop.time()))
            await act()
            due = max(due + seconds, loop.time())

    async def _timed(self, into: list[float], act: Callable[[], Awaitable[None]], what: str) -> bool:
        """Note how long an action takes; return whether it finished."""
        began = time.perf_counter()
        try:
            await act()
        except (OSError, TimeoutError, WebSocketException) as error:
            self._answers.errors.append(f"{what}: {type(error).__name__}")
            return False
        into.append(time.perf_counter() - began)
        return True
