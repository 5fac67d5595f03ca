"""The paths of a backward from its root to one leaf, and what comes along each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from viz.frames import Edge, Graph, Node
from viz.rules import Unknown, facts, left, local_derivative, rule_for
from viz.rules.apply import tensor_of

#: The edges of a path, from the root to the leaf; none where backward began at the leaf itself.
Path = tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One edge of a path.

    `factor` is the derivative along it (None where it is no factor for each element, and where one end has no
    elements), `reached` what came along the path up to its end, both float64. `elements` counts those that came to
    the edge.
    """

    edge: Edge
    factor: torch.Tensor | None
    elements: int
    reached: torch.Tensor


class Paths:
    """Every path that the last backward took to a leaf."""

    def __init__(self, graph: Graph, leaf: Node) -> None:
        """`leaf` was visited by that backward."""
        self._graph = graph
        visited = sorted(
            (node for node in graph.nodes if node.order is not None), key=lambda node: node.order or 0
        )
        self.root = visited[0]
        self._leaf = leaf
        self._edges: dict[int, list[Edge]] = {}
        for edge in graph.edges:
            node = graph.nodes[edge.node]
            if edge.gradient and edge.slot < len(node.sent) and node.sent[edge.slot] is not None:
                self._edges.setdefault(edge.node, []).append(edge)
        # The engine visits a Node after all that lead to it, so from behind each count finds those it needs.
        self._counts = {leaf.id: 1}
        for node in reversed(visited):
            if node.id != leaf.id:
                self._counts[node.id] = sum(self._counts.get(edge.input, 0) for edge in self.edges(node.id))

    @property
    def count(self) -> int:
        """How many there are; they are counted without walking them, since there may be very many."""
        return self._counts[self.root.id]

    def edges(self, node: int) -> list[Edge]:
        """The edges along which a gradient left a Node."""
        return self._edges.get(node, [])

    def __iter__(self) -> Iterator[Path]:
        """The paths, in the order of the arguments; with a stack, so that they may be long."""
        stack: list[Path] = [()]
        while stack:
            path = stack.pop()
            end = path[-1].input if path else self.root.id
            if end == self._leaf.id:
                yield path
                continue
            stack.extend((*path, edge) for edge in reversed(self.edges(end)) if self._counts.get(edge.input))

    def dtypes(self) -> set[str]:
        """The dtypes of everything that backward went through."""
        return {node.dtype for node in self._graph.nodes if node.order is not None}

    def begin(self) -> tuple[int, torch.Tensor]:
        """The result of the root at which backward began, and the gradient that it began with, float64."""
        return next((place, tensor_of(one)) for place, one in enumerate(self.root.received) if one is not None)

    def stages(self, path: Path) -> list[Stage]:
        """What comes along a path, edge by edge, by the rules of its Nodes; Unknown where one has no rule, or
        where a number was not recorded."""
        output, reached = self.begin()
        made = []
        for edge in path:
            before = reached
            reached = self._sent(edge, output, before)
            factor = self._factor(edge, output, before) if before.numel() and reached.numel() else None
            made.append(Stage(edge, factor, before.numel(), reached))
            output = edge.input_nr
        return made

    def _sent(self, edge: Edge, output: int, arrived: torch.Tensor) -> torch.Tensor:
        """What the edge's Node sends along it when `arrived` comes to its output."""
        node = self._graph.nodes[edge.node]
        rule = rule_for(node)
        if rule is None:
            raise Unknown(node.name)
        received = tuple(arrived.tolist() if place == output else None for place in range(len(node.received)))
        return left(self._graph, replace(node, received=received), rule, edge.slot)

    def _factor(self, edge: Edge, output: int, before: torch.Tensor) -> torch.Tensor | None:
        """The derivative along an edge as numbers: one that goes element by element, or of a single number."""
        node = self._graph.nodes[edge.node]
        rule = rule_for(node)
        if rule is not None and rule.is_local(edge.slot):
            derivative = local_derivative(rule, edge.slot, facts(self._graph, node, rule, edge.slot))
            return torch.as_tensor(derivative, dtype=torch.float64)
        return self._sent(edge, output, torch.ones_like(before)) if before.numel() == 1 else None
