"""The paths of a backward from its root to one leaf, and what comes along each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from viz.frames.graph import Edge, Graph, Node
from viz.rules import Unknown, facts, local_derivative, rule_for
from viz.rules.apply import leaving, precision_at, received
from viz.rules.rounding import Range, Rounded

#: The edges of a path, from the root to the leaf; none where backward began at the leaf itself.
Path = tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One edge of a path.

    `factor` is the derivative along it, float64: None where it is no factor for each element, and where one end
    has no elements. `came` is what came along the path up to it, float64, and `sent` what goes on from it.
    """

    edge: Edge
    factor: torch.Tensor | None
    came: torch.Tensor
    sent: Rounded

    @property
    def reached(self) -> torch.Tensor:
        """What came along the path up to the edge's end, float64."""
        return self.sent.value

    @property
    def chosen(self) -> bool:
        """Whether torch put a 0 somewhere though 0 times what arrived is nan: see `Way.chosen`."""
        if self.factor is None or self.factor.numel() == 0:
            return False
        met = ~self.came.isfinite() & (self.factor == 0)
        there = self.reached == 0 if met.shape == self.reached.shape else ~self.reached.isnan().any()
        return bool((met & there).any())

    @property
    def divided(self) -> bool:
        """Whether the derivative is inf somewhere and what goes on is not: see `Way.divided`."""
        if self.factor is None or self.factor.numel() == 0:
            return False
        beyond, there = self.factor.isinf(), self.reached.isfinite()
        return bool((beyond & (there if beyond.shape == there.shape else there.all())).any())


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
        #: How many gradients were added up at each result: each addition rounds.
        self._users = Counter((one.input, one.input_nr) for edges in self._edges.values() for one in edges)
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

    def begin(self) -> tuple[int, torch.Tensor]:
        """The result of the root at which backward began, and the gradient that it began with, float64."""
        return next((place, one) for place, one in enumerate(received(self.root)) if one is not None)

    def stages(self, path: Path, range_: Range = "any") -> list[Stage]:
        """What comes along a path, edge by edge, by the rules of its Nodes; Unknown where one has no rule, or
        where a number was not recorded. `range_` as in `Precision.of`."""
        output, first = self.begin()
        reached: Rounded | None = None
        made = []
        for edge in path:
            precision = precision_at(self._graph, self._graph.nodes[edge.node], edge.slot, range_)
            before = Rounded.exact(first, precision) if reached is None else reached.then(precision)
            reached = self._sent(edge, output, before).rounded(self._users[edge.input, edge.input_nr])
            known = before.value.numel() and reached.value.numel()
            factor = self._factor(edge, output, before) if known else None
            made.append(Stage(edge, factor, before.value, reached))
            output = edge.input_nr
        return made

    def _sent(self, edge: Edge, output: int, came: Rounded) -> Rounded:
        """What the edge's Node sends along it when `came` arrives at its output."""
        node = self._graph.nodes[edge.node]
        rule = rule_for(node)
        if rule is None:
            raise Unknown(node.name)
        arrivals = [came if place == output else None for place in range(len(node.received))]
        return leaving(self._graph, node, rule, edge.slot, came.precision, arrivals)

    def _factor(self, edge: Edge, output: int, before: Rounded) -> torch.Tensor | None:
        """The derivative along an edge as numbers: one that goes element by element, or of a single number."""
        node = self._graph.nodes[edge.node]
        rule = rule_for(node)
        if rule is not None and rule.is_local(edge.slot):
            derivative = local_derivative(rule, edge.slot, facts(self._graph, node, rule, edge.slot))
            return torch.as_tensor(derivative, dtype=torch.float64)
        if before.value.numel() != 1:
            return None
        return self._sent(edge, output, Rounded.exact(torch.ones_like(before.value), before.precision)).value
