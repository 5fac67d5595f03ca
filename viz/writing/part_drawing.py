"""Which graph the drawing of each part of a run shows: the set-up, an iteration, what follows the loop.

Each part builds a graph of its own, so each has a drawing of its own. Two kinds of parts do without: a set-up
whose graph is also how the first iteration begins (as a rule it is empty), and statements after the loop that
build nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from viz.frames.frame import SETUP, Frame
from viz.frames.graph import Graph, Node
from viz.frames.tape import Taped


@dataclass(frozen=True, slots=True)
class PartDrawing:
    """A part of a run and its drawing.

    `frames` are the part's, and `built` those of the part that built `graph`, which the drawing shows.
    `when` says whether the part is that one (`"during"`), or comes before it or after it.
    """

    frames: Sequence[Frame]
    built: Sequence[Frame]
    when: Literal["before", "during", "after"] = "during"

    @property
    def graph(self) -> Graph:
        """The graph that the drawing shows, as the part that built it ends with it."""
        return self.built[-1].graph if self.built else Graph()

    def until(self, statement: int) -> Sequence[Frame]:
        """The frames that made what the drawing shows after a statement of the part (-1: before its first)."""
        return self.built if self.when == "after" else self.frames[: statement + 1]


def part_drawing(tape: Taped, iteration: int) -> PartDrawing:
    """The set-up (SETUP), an iteration, or what follows the loop (the number after the last iteration).

    IndexError where the run has no such part.
    """
    if iteration == SETUP:
        return _setup(tape)
    if tape.complete and tape.after and iteration == available(tape):
        return _after(tape)
    return PartDrawing(frames := tape.iteration(iteration), frames)


def available(tape: Taped) -> int:
    """Iterations with at least one frame: those recorded whole, and the one that an error ended."""
    last = tape[-1] if len(tape) else None
    broken = last is not None and last.error is not None and last.phase == "loop"
    return tape.recorded + (1 if broken else 0)


def begins_with(graph: Graph, start: Graph) -> bool:
    """Whether `start` is how `graph` begins, Node by Node and edge by edge, whatever the values."""
    return graph is start or (
        [*map(_identity, graph.nodes[: len(start.nodes)])] == [*map(_identity, start.nodes)]
        and tuple(edge for edge in graph.edges if edge.node < len(start.nodes)) == start.edges
    )


def _identity(node: Node) -> object:
    return node.kind, node.name, node.expression, node.variable


def first_iteration(tape: Taped) -> Sequence[Frame]:
    """The frames of iteration 0, recorded now if need be; none where the run ended before."""
    try:
        return tape.iteration(0)
    except IndexError:
        return ()


def _setup(tape: Taped) -> PartDrawing:
    frames, first = tape.setup, first_iteration(tape)
    if first and begins_with(first[-1].graph, frames[-1].graph if frames else Graph()):
        return PartDrawing(frames, first, "before")
    return PartDrawing(frames, frames)


def _after(tape: Taped) -> PartDrawing:
    frames, count = tape.after, available(tape)
    if frames[-1].graph.nodes:
        return PartDrawing(frames, frames)
    return PartDrawing(frames, tape.iteration(count - 1) if count else tape.setup, "after")
