"""One edge of a Node that has a rule: what is at its end, and whether the rule gives what torch sent along it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from viz.explaining.agreement import Agreement, agreement
from viz.frames.graph import Edge, Graph, Node
from viz.rules import Rule, Unknown, arrived, facts, input_shape, local_derivative, summed_axes
from viz.rules.apply import leaving, precision_at, product, received, tensor_of
from viz.rules.rounding import Range, Rounded
from viz.text import shortened
from viz.writing.numbers import flat

#: How torch comes to a 0 where 0 times inf would be nan.
CHOSEN = "what arrived is not finite, and where the local derivative is 0 torch puts a 0 and does not multiply"
#: How torch comes to a quotient where the local derivative, 1 over a small number, is inf.
DIVIDED = "the local derivative is out of float64's range, and torch divides what arrived without computing it"

#: Characters of an expression in a sentence about something else.
_LONGEST = 40


@dataclass(frozen=True)
class Way:
    """A gradient's way along one edge: `node` is where it arrived, and it leaves to the argument at `slot`.

    What is computed of it is computed once.
    """

    graph: Graph
    node: Node
    rule: Rule
    slot: int

    @cached_property
    def end(self) -> Node:
        """The Node that the edge leads to."""
        return self.graph.nodes[
            next(edge for edge in edges_of(self.graph, self.node) if edge.slot == self.slot).input
        ]

    @property
    def visited(self) -> bool:
        """Whether the last backward sent a gradient along this edge."""
        return self.slot < len(self.node.sent) and self.node.sent[self.slot] is not None

    @cached_property
    def sent(self) -> torch.Tensor:
        """The gradient that torch sent, float64; Unknown where it sent none."""
        value = self.node.sent[self.slot] if self.slot < len(self.node.sent) else None
        if value is None:
            raise Unknown("sent")
        return tensor_of(value)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What is known of the names that the formula needs: see `viz.rules.facts`."""
        return facts(self.graph, self.node, self.rule, self.slot)

    @cached_property
    def derivative(self) -> torch.Tensor:
        """What the formula gives: the local derivative, or the whole product of the vector and the Jacobian."""
        value = local_derivative(self.rule, self.slot, self.facts)
        return value if isinstance(value, torch.Tensor) else torch.tensor(float(value), dtype=torch.float64)

    @cached_property
    def product(self) -> torch.Tensor:
        """What leaves before a broadcast is undone, float64."""
        precision = precision_at(self.graph, self.node, self.slot)
        came = [None if one is None else Rounded.exact(one, precision) for one in received(self.node)]
        return product(self.graph, self.node, self.rule, self.slot, precision, came).value

    @cached_property
    def axes(self) -> tuple[int, ...]:
        """The axes over which the broadcast of the argument is undone."""
        wanted = input_shape(self.graph, self.node, self.slot)
        if self.visited and not self.is_empty:
            return summed_axes(self.product.shape, wanted)
        # Else the shape of the result tells, which a reduction has made smaller.
        shape = self._shape_ahead()
        return summed_axes(shape, wanted) if len(shape) >= len(wanted) else ()

    def _shape_ahead(self) -> tuple[int, ...]:
        """The shape of what leaves before a broadcast is undone, before it was there: () where it is not known."""
        if self.rule.is_local(self.slot):
            return result_shape(self.node)
        written = (one.value for one in self.node.saved if one.name == "view_geometry.size" and self.slot > 0)
        size = next(written, None)
        return tuple(int(one) for one in size if isinstance(one, int)) if isinstance(size, list) else ()

    @cached_property
    def is_empty(self) -> bool:
        """Whether what arrived or what left has no elements; numbers alone do not tell the shape of such."""
        values = (self.node.sent[self.slot], *self.node.received)
        return not all(flat(value) for value in values if value is not None)

    @cached_property
    def agreement(self) -> Agreement:
        """How what the rule gives compares with what torch sent; Unknown where a number was not recorded."""

        def bounded(range_: Range) -> Rounded:
            precision = precision_at(self.graph, self.node, self.slot, range_)
            return leaving(self.graph, self.node, self.rule, self.slot, precision)

        return agreement(bounded, self.sent)

    @cached_property
    def chosen(self) -> torch.Tensor:
        """Where torch put a 0 though 0 times what arrived is nan: it takes one of two numbers there, as `relu` and
        `where` do, and does not multiply."""
        if not self.rule.is_local(self.slot):
            return torch.zeros((), dtype=torch.bool)
        return ~arrived(self.node).isfinite() & (self.derivative == 0) & (self.product == 0)

    @cached_property
    def divided(self) -> torch.Tensor:
        """Where the local derivative is inf and what left is not: torch divides, and has no such factor."""
        if not self.rule.is_local(self.slot):
            return torch.zeros((), dtype=torch.bool)
        return self.derivative.isinf() & self.product.isfinite()

    @property
    def name(self) -> str:
        """What is at the end of the edge: the variable's name, or the argument's in PyTorch."""
        return self.end.variable or self.rule.argument(self.slot)


def result_shape(node: Node) -> tuple[int, ...]:
    """The shape of what the operation made; Unknown for an inner Node that backward has not visited."""
    return node.shape if node.value is not None else tuple(arrived(node).shape)


def edges_of(graph: Graph, node: Node) -> list[Edge]:
    """The edges from a Node to its arguments, those without a gradient included."""
    return [edge for edge in graph.edges if edge.node == node.id]


def ways(graph: Graph, node: Node, rule: Rule) -> Iterator[Way]:
    """The ways on which the gradient leaves a Node."""
    for edge in edges_of(graph, node):
        if edge.gradient and (rule.repeated or edge.slot < len(rule.formulas)):
            yield Way(graph, node, rule, edge.slot)


def described(node: Node) -> str:
    """A Node in a sentence: the variable's name, or the expression; of an inner Node its own name too."""
    if node.variable:
        return f"`{node.variable}`"
    if node.expression is None:
        return "a tensor without a name"
    short = shortened(node.expression.text, _LONGEST)
    inner = f", {node.name} inside" if node.kind == "operation" and node.value is None else ""
    return f"`{short}`{inner}"


def edge_end(way: Way) -> str:
    """The end of an edge in a sentence, with PyTorch's name for the argument."""
    return f"{described(way.end)} (argument `{way.rule.argument(way.slot)}`)"
