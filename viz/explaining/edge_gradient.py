"""The gradient along one edge of a Node that has a rule, and whether the rule gives what torch sent."""

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

#: The reason why torch has a 0 where 0 times inf would be nan.
CHOSEN = (
    "the received gradient is not finite, and where the local derivative is 0 torch writes 0 without multiplying"
)
#: The reason why torch has a finite quotient where the local derivative, 1 over a small number, is inf.
DIVIDED = "the local derivative exceeds float64's range; torch divides the received gradient without computing it"

#: The most characters of an expression in a sentence about something else.
_LONGEST = 40


@dataclass(frozen=True)
class EdgeGradient:
    """The gradient that `node` sends to its argument at `slot`. Each property is computed once."""

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
        """The gradient that torch sent, in float64. Raises Unknown if it sent none."""
        value = self.node.sent[self.slot] if self.slot < len(self.node.sent) else None
        if value is None:
            raise Unknown("sent")
        return tensor_of(value)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The known values of the formula's names: see `viz.rules.facts`."""
        return facts(self.graph, self.node, self.rule, self.slot)

    @cached_property
    def derivative(self) -> torch.Tensor:
        """The formula's result: the local derivative, or the whole vector-Jacobian product."""
        value = local_derivative(self.rule, self.slot, self.facts)
        return value if isinstance(value, torch.Tensor) else torch.tensor(float(value), dtype=torch.float64)

    @cached_property
    def product(self) -> torch.Tensor:
        """The gradient before a broadcast is undone, in float64."""
        precision = precision_at(self.graph, self.node, self.slot)
        came = [None if one is None else Rounded.exact(one, precision) for one in received(self.node)]
        return product(self.graph, self.node, self.rule, self.slot, precision, came).value

    @cached_property
    def axes(self) -> tuple[int, ...]:
        """The axes over which the broadcast of the argument is undone."""
        wanted = input_shape(self.graph, self.node, self.slot)
        if self.visited and not self.is_empty:
            return summed_axes(self.product.shape, wanted)
        # Without a gradient, compare the result's shape, unless a reduction made it smaller.
        shape = self._shape_ahead()
        return summed_axes(shape, wanted) if len(shape) >= len(wanted) else ()

    def _shape_ahead(self) -> tuple[int, ...]:
        """The shape that `product` will have, for a Node that backward has not visited; () if it is not known."""
        if self.rule.is_local(self.slot):
            return result_shape(self.node)
        written = (one.value for one in self.node.saved if one.name == "view_geometry.size" and self.slot > 0)
        size = next(written, None)
        return tuple(int(one) for one in size if isinstance(one, int)) if isinstance(size, list) else ()

    @cached_property
    def is_empty(self) -> bool:
        """Whether a received or the sent gradient has no elements; its numbers then do not tell its shape."""
        values = (self.node.sent[self.slot], *self.node.received)
        return not all(flat(value) for value in values if value is not None)

    @cached_property
    def agreement(self) -> Agreement:
        """How the rule's result compares with what torch sent. Raises Unknown if a number was not recorded."""

        def bounded(range_: Range) -> Rounded:
            precision = precision_at(self.graph, self.node, self.slot, range_)
            return leaving(self.graph, self.node, self.rule, self.slot, precision)

        return agreement(bounded, self.sent)

    @cached_property
    def chosen(self) -> torch.Tensor:
        """Where torch sent 0 although 0 times the received gradient is nan.

        `relu` and `where` choose one of two numbers there and do not multiply.
        """
        if not self.rule.is_local(self.slot):
            return torch.zeros((), dtype=torch.bool)
        return ~arrived(self.node).isfinite() & (self.derivative == 0) & (self.product == 0)

    @cached_property
    def divided(self) -> torch.Tensor:
        """Where the local derivative is inf but the sent gradient is finite: torch does not multiply."""
        if not self.rule.is_local(self.slot):
            return torch.zeros((), dtype=torch.bool)
        return self.derivative.isinf() & self.product.isfinite()

    @property
    def name(self) -> str:
        """The name at the end of the edge: the variable's, or else PyTorch's for the argument."""
        return self.end.variable or self.rule.argument(self.slot)


def result_shape(node: Node) -> tuple[int, ...]:
    """The shape of the operation's result. Raises Unknown for an inner Node that backward has not visited."""
    return node.shape if node.value is not None else tuple(arrived(node).shape)


def edges_of(graph: Graph, node: Node) -> list[Edge]:
    """The edges from a Node to its arguments, including those without a gradient."""
    return [edge for edge in graph.edges if edge.node == node.id]


def edge_gradients(graph: Graph, node: Node, rule: Rule) -> Iterator[EdgeGradient]:
    """The edges along which a Node sends gradients and for which its rule has a formula."""
    for edge in edges_of(graph, node):
        if edge.gradient and (rule.repeated or edge.slot < len(rule.formulas)):
            yield EdgeGradient(graph, node, rule, edge.slot)


def described(node: Node) -> str:
    """The words for a Node: the variable's name or the expression; for an inner Node, also its own name."""
    if node.variable:
        return f"`{node.variable}`"
    if node.expression is None:
        return "an unnamed tensor"
    inner = f"{node.name} of " if node.kind == "operation" and node.value is None else ""
    return f"{inner}`{shortened(node.expression.text, _LONGEST)}`"


def not_visited(graph: Graph, what: str) -> str:
    """A sentence on a Node (or a leaf: `what`) that the last backward did not visit."""
    if any(node.order is not None for node in graph.nodes):
        return f"The last backward pass did not visit this {what}."
    return f"In this graph, no backward pass has reached this {what} yet."


def edge_end(edge: EdgeGradient) -> str:
    """The words for the end of an edge, with PyTorch's name for the argument."""
    return f"{described(edge.end)} (argument `{edge.rule.argument(edge.slot)}`)"
