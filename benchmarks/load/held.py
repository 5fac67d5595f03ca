"""The part of a tape that a stage has, which decides what it requests: see viz/stage/playback/tape.js."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from viz.slots import node_of

SETUP = -1

Place = tuple[int, int]  # iteration, statement


@dataclass(slots=True)
class Held:
    """A tape with its name: the number of frames in each part, and the nodes of its graphs."""

    name: str
    link: str = ""
    setup: int = 0
    iterations: dict[int, int] = field(default_factory=dict)
    have: int = 0
    alone: range = range(0)
    drawn: int = 0
    path: int = 0
    brief: bool = False
    after: int = 0
    total: int | None = None
    complete: bool = False
    nodes: tuple[int, ...] = ()

    def add(self, chunk: dict[str, Any]) -> None:
        """Add a chunk written by `StageWriter`; chunks may overlap."""
        self.link = self.link or chunk.get("link", "")
        if "head" in chunk:
            self.setup = len(chunk["head"]["setup"]["f"])
        self.drawn = max(self.drawn, chunk["series"]["from"] + len(chunk["series"]["of"]))
        for at, one in enumerate(chunk["iterations"], chunk["from"]):
            if one is not None:
                self._put(at, one["f"])
        for number, one in chunk.get("alone", {}).items():
            self._put(int(number), one["f"])
        if alone := [int(number) for number in chunk.get("alone", ())]:
            self.alone = range(alone[0], alone[-1] + 1)
        while self.iterations.get(self.have):
            self.have += 1
        self.path = chunk.get("path", self.path)
        if "head" in chunk:
            self.brief = self.drawn < self.path
        self.total = chunk["total"]
        if chunk["to"] >= self.have:
            self.complete = chunk["complete"]
            self.after = len(chunk.get("after", {"f": ()})["f"])

    def _put(self, number: int, frames: list[dict[str, Any]]) -> None:
        self.iterations.setdefault(number, len(frames))
        if not self.nodes:
            nodes = {node_of(slot) for frame in frames for slot in frame["t"]}
            self.nodes = tuple(sorted(node for node in nodes if node is not None))

    def end(self, iteration: int) -> int:
        """The first missing iteration from this one on."""
        return next(at for at in count(max(0, iteration)) if not self.iterations.get(at))

    def frames(self, iteration: int) -> int:
        """How many frames a part has; 0 if it is missing."""
        if iteration == SETUP:
            return self.setup
        return self.iterations.get(iteration) or (self.after if iteration == self.have and self.complete else 0)

    @property
    def start(self) -> Place:
        """The moment before the first statement of the loop."""
        return (SETUP, self.setup - 1) if self.setup else (0, 0)

    def holds(self, place: Place) -> bool:
        """Whether the frame of a moment has arrived."""
        return 0 <= place[1] < self.frames(place[0])

    def ends_before(self, place: Place) -> bool:
        """Whether the tape is complete and has no such moment."""
        return self.complete and not self.holds(place)

    def nearest(self, place: Place) -> Place:
        """The same place on this tape, or the tape's last one; its frame may not have arrived yet."""
        iteration, statement = place
        if self.complete and iteration >= self.have and not self.holds(place):
            iteration = self.have - 1
        if iteration < 0:
            return self.start
        frames = self.frames(iteration)
        return iteration, min(statement, frames - 1) if frames else statement

    def following(self, place: Place) -> Place | None:
        """The moment after the next statement, whose frame may not have arrived yet; None at the end."""
        iteration, statement = place
        if statement + 1 < self.frames(iteration):
            return iteration, statement + 1
        if self.complete and not self.frames(iteration + 1):
            return None
        return iteration + 1, 0
