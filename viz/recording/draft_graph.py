"""The plain side of a growing graph: Drafts and edges, the last backward, and the Graph that they make."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch

from viz.errors import PartLimit
from viz.frames.changes import ChangeKind
from viz.frames.events import Accumulation
from viz.frames.graph import Edge, Graph, Node
from viz.frames.plain import Span, Value
from viz.recording.accumulating import Grads
from viz.recording.changes import Reported
from viz.recording.draft import NOT_VISITED, Draft, Kind
from viz.recording.visits import Visit

_NODE_BYTES = 500
#: About how much memory an edge takes, or a saved tensor without its numbers.
EDGE_BYTES = 120


class DraftGraph:
    """A graph whose Nodes may still change."""

    def __init__(self, room: int) -> None:
        """`room` is how many Nodes it may have."""
        self.bytes = 0
        self._room = room
        self.passes: tuple[int, ...] = ()  # of the inner loops around what is added now
        self._drafts: list[Draft] = []
        self._changed: set[int] = set()
        self._nodes: list[Node] = []
        self._edges: list[Edge] = []
        self._graph = Graph()
        self._roots: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self._drafts)

    def record_backward(self, visits: dict[int, Visit], retain_graph: bool, roots: tuple[int, ...] = ()) -> None:
        """Record what arrived at the Nodes and what left them in a backward, in place of the previous backward.

        `visits` are in the engine's order, from `roots` on. Without `retain_graph`, torch freed the saved tensors.
        """
        self._roots = roots if len(roots) > 1 else ()
        for draft in self._drafts:
            if draft.backward is not NOT_VISITED:
                self._change(draft.id).backward = NOT_VISITED
        self._changed.update(visits)
        for place, (number, (received, sent)) in enumerate(visits.items()):
            draft = self._drafts[number]
            draft.backward = (received, sent, place, None, None, None)
            if not retain_graph:
                draft.free()

    def record_accumulations(
        self, visits: dict[int, Visit], grads: Grads, path_of: Callable[[torch.Tensor], str | None]
    ) -> tuple[tuple[Accumulation, ...], Reported]:
        """Record what a backward added to each `.grad`; return the additions, and what each `.grad` is now.

        `path_of` returns how the program reaches a tensor without a name.
        """
        accumulations = []
        reported: dict[tuple[int, ChangeKind], Value | None] = {}
        for number, after in grads.after.items():
            tensor = grads.tensors[number]
            received, _ = visits[number]
            contribution = received[tensor.output_nr]
            if contribution is not None:
                draft = self._change(number)
                draft.backward = (*draft.backward[:3], grads.before[number], contribution, after)
                accumulations.append(draft.accumulation(path_of(tensor)))
                reported[id(tensor), "grad"] = after
        return tuple(accumulations), reported

    def record_ends(self, ends: Iterable[tuple[int | None, torch.Tensor, Value | None]]) -> tuple[int, ...]:
        """Record the gradients that `torch.autograd.grad` returned for inputs that the engine did not visit.

        Returns the ids of their Nodes: the gradient reached those last.
        """
        order = sum(draft.backward is not NOT_VISITED for draft in self._drafts)
        reached: list[int] = []
        for number, tensor, gradient in ends:
            if number is None or gradient is None or self._drafts[number].backward is not NOT_VISITED:
                continue
            received = (*[None] * tensor.output_nr, gradient)
            self._change(number).backward = (received, (), order + len(reached), None, None, None)
            reached.append(number)
        return tuple(reached)

    def _snapshot(self) -> Graph:
        """Return the graph with all changes since the last snapshot."""
        known = len(self._nodes)
        for number in self._changed:
            if number < known:
                self._nodes[number] = self._drafts[number].plain()
        self._nodes.extend(map(Draft.plain, self._drafts[known:]))
        edges = self._graph.edges
        if len(edges) != len(self._edges):  # edges only come, and never change
            edges = tuple(self._edges)
            self.bytes += 8 * len(edges)
        self.bytes += _NODE_BYTES * len(self._changed) + 8 * len(self._nodes)
        self._graph = Graph(tuple(self._nodes), edges, self._roots)
        self._changed.clear()
        return self._graph

    def _change(self, number: int) -> Draft:
        """Return a Draft that is about to change."""
        self._changed.add(number)
        return self._drafts[number]

    def _draft(self, kind: Kind, name: str, expression: Span | None) -> Draft:
        """Add a Draft; raises PartLimit if the graph would have too many Nodes."""
        number = len(self._drafts)
        if number >= self._room:
            raise PartLimit(f"builds a graph of at most {self._room:,} nodes; compute less in it.")
        draft = Draft(number, kind, name, expression, self.passes)
        self._drafts.append(draft)
        self._changed.add(number)
        return draft
