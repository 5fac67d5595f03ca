"""The paths of a backward pass from its root to one leaf, and the gradient along each path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from viz.frames.graph import Edge, Graph, Node
from viz.rules import Unknown, facts, local_derivative, rule_for
from viz.rules.apply import leaving, precision_at, received
from viz.rules.rounding import Range, Rounded

#: The edges of a path from the root to the leaf; empty if backward started at the leaf itself.
Path = tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class PathStep:
    """One edge of a path.

    `factor` is the derivative along it in float64; None if it is not one factor per element, or if one end has
    no elements. `arrived` is the gradient that reached the edge along this path, and `sent` the one that it passes
    on, both in float64.
    """

    edge: Edge
    factor: torch.Tensor | None
    arrived: torch.Tensor
    sent: Rounded

    @property
    def reached(self) -> torch.Tensor:
        """The numbers of `sent`."""
        return self.sent.value

    @property
    def chosen(self) -> bool:
        """Whether torch sent a 0 although 0 times what arrived is nan: see `EdgeGradient.chosen`."""
        if self.factor is None or self.factor.numel() == 0:
            return False
        met = ~self.arrived.isfinite() & (self.factor == 0)
        there = self.reached == 0 if met.shape == self.reached.shape else ~self.reached.isnan().any()
        return bool((met & there).any())

    @property
    def divided(self) -> bool:
        """Whether the derivative is inf somewhere but `sent` is finite: see `EdgeGradient.divided`."""
        if self.factor is None or self.factor.numel() == 0:
            return False
        beyond, there = self.factor.isinf(), self.reached.isfinite()
        return bool((beyond & (there if beyond.shape == there.shape else there.all())).any())


class Paths:
    """Every path that the last backward took to a leaf."""

    def __init__(self, graph: Graph, leaf: Node) -> None:
        """Find the edges to `leaf`, which backward must have visited."""
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
        #: How many gradients were added at each output; each addition rounds.
        self._users = Counter((one.input, one.input_nr) for edges in self._edges.values() for one in edges)
        # The engine visits a Node after all its users, so in reverse order its inputs are counted before it.
        self._counts = {leaf.id: 1}
        for node in reversed(visited):
            if node.id != leaf.id:
                self._counts[node.id] = sum(self._counts.get(edge.input, 0) for edge in self.edges(node.id))

    @property
    def count(self) -> int:
        """The number of paths, counted without walking them, because there may be very many."""
        return self._counts[self.root.id]

    def edges(self, node: int) -> list[Edge]:
        """The edges along which a Node sent a gradient."""
        return self._edges.get(node, [])

    def __iter__(self) -> Iterator[Path]:
        """The paths in the order of the arguments. A stack instead of recursion, because a path may be long."""
        stack: list[Path] = [()]
        while stack:
            path = stack.pop()
            end = path[-1].input if path else self.root.id
            if end == self._leaf.id:
                yield path
                continue
            stack.extend((*path, edge) for edge in reversed(self.edges(end)) if self._counts.get(edge.input))

    def begin(self) -> tuple[int, torch.Tensor]:
        """The root's output at which backward started, and the gradient that it started with, in float64."""
        return next((place, one) for place, one in enumerate(received(self.root)) if one is not None)

    def steps(self, path: Path, range_: Range = "any") -> list[PathStep]:
        """The gradient along a path, edge by edge, by the rules of its Nodes; `range_` as in `Precision.of`.

        Raises Unknown if a Node has no rule, or if a number was not recorded.
        """
        output, first = self.begin()
        reached: Rounded | None = None
        made = []
        for edge in path:
            precision = precision_at(self._graph, self._graph.nodes[edge.node], edge.slot, range_)
            before = Rounded.exact(first, precision) if reached is None else reached.then(precision)
            reached = self._sent(edge, output, before).rounded(self._users[edge.input, edge.input_nr])
            known = before.value.numel() and reached.value.numel()
            factor = self._factor(edge, output, before) if known else None
            made.append(PathStep(edge, factor, before.value, reached))
            output = edge.input_nr
        return made

    def _sent(self, edge: Edge, output: int, arrived: Rounded) -> Rounded:
        """What the edge's Node sends along it when `arrived` arrives at its output."""
        node = self._graph.nodes[edge.node]
        rule = rule_for(node)
        if rule is None:
            raise Unknown(node.name)
        arrivals = [arrived if place == output else None for place in range(len(node.received))]
        return leaving(self._graph, node, rule, edge.slot, arrived.precision, arrivals)

    def _factor(self, edge: Edge, output: int, before: Rounded) -> torch.Tensor | None:
        """The derivative along an edge in numbers, if it applies to each element or to a single number."""
        node = self._graph.nodes[edge.node]
        rule = rule_for(node)
        if rule is not None and rule.is_local(edge.slot):
            derivative = local_derivative(rule, edge.slot, facts(self._graph, node, rule, edge.slot))
            return torch.as_tensor(derivative, dtype=torch.float64)
        if before.value.numel() != 1:
            return None
        return self._sent(edge, output, Rounded.exact(torch.ones_like(before.value), before.precision)).value
