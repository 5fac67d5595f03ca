"""Chooses the graph in the drawing of a part: the set-up, an iteration, or what follows the loop.

Each part builds its own graph and has its own drawing, with two exceptions. A set-up whose graph is the beginning
of the first iteration's graph (usually an empty one) shows that iteration. Statements after the loop that build
nothing show the last iteration.
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

    `frames` are the part's own; `built` are those of the part that built `graph`, which the drawing shows.
    `when` says whether that is the same part (`"during"`), or whether this part comes before or after it.
    """

    frames: Sequence[Frame]
    built: Sequence[Frame]
    when: Literal["before", "during", "after"] = "during"

    @property
    def graph(self) -> Graph:
        """The graph that the drawing shows, at the end of the part that built it."""
        return self.built[-1].graph if self.built else Graph()

    def until(self, statement: int) -> Sequence[Frame]:
        """The frames up to a statement of the part, for the drawing's state there (-1: before the first)."""
        return self.built if self.when == "after" else self.frames[: statement + 1]


def part_drawing(tape: Taped, iteration: int) -> PartDrawing:
    """The drawing of a part: the set-up (SETUP), an iteration, or what follows the loop (the next number).

    Raises IndexError if the run has no such part.
    """
    if iteration == SETUP:
        return _setup(tape)
    if tape.complete and tape.after and iteration == available(tape):
        return _after(tape)
    return PartDrawing(frames := tape.iteration(iteration), frames)


def available(tape: Taped) -> int:
    """The number of iterations with a frame: the complete ones, and the one that an error ended."""
    last = tape[-1] if len(tape) else None
    broken = last is not None and last.error is not None and last.phase == "loop"
    return tape.recorded + (1 if broken else 0)


def begins_with(graph: Graph, start: Graph) -> bool:
    """Whether `graph` begins with the Nodes and edges of `start`; values do not count."""
    return graph is start or (
        [*map(_identity, graph.nodes[: len(start.nodes)])] == [*map(_identity, start.nodes)]
        and tuple(edge for edge in graph.edges if edge.node < len(start.nodes)) == start.edges
    )


def _identity(node: Node) -> object:
    return node.kind, node.name, node.expression, node.variable


def first_iteration(tape: Taped) -> Sequence[Frame]:
    """The frames of iteration 0, recorded now if necessary; empty if the run ended before it."""
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
