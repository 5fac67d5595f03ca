"""Walks the autograd graph that an iteration builds, and turns it into plain Nodes and Edges as it grows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import cast

import torch
from torch.autograd.graph import Node as Function
from torch.autograd.graph import get_gradient_edge

from viz import limits
from viz.frames import Accumulation, Edge, Graph, Node, Span, Value
from viz.recording.gradients import Visit
from viz.recording.saved import saved_by
from viz.recording.values import Values

_NODE_BYTES = 600
_EDGE_BYTES = 120

#: The name of each dtype as PyTorch prints it, without `torch.`.
_dtype_names: dict[torch.dtype, str] = {}


def dtype_name(dtype: torch.dtype) -> str:
    """`"float32"` for `torch.float32`."""
    name = _dtype_names.get(dtype)
    if name is None:
        name = _dtype_names[dtype] = str(dtype).removeprefix("torch.")
    return name


class GraphBuilder:
    """The graph of one iteration, grown operation by operation.

    `name_of` gives the variable that holds a tensor. `earlier` are the builders of the set-up and of the last
    iteration: where a walk comes to what they built, it takes over what they saw of it. While the builder
    lives it holds the graph's Nodes, so that torch keeps giving the same objects for them.
    """

    def __init__(
        self,
        values: Values,
        name_of: Callable[[torch.Tensor], str | None],
        earlier: tuple[GraphBuilder, ...] = (),
    ) -> None:
        self.bytes = 0
        self._values = values
        self._name_of = name_of
        self._earlier = earlier
        self._ids: dict[Function, int] = {}
        self._nodes: list[Node] = []
        self._edges: list[Edge] = []
        self._leaves: dict[int, tuple[int, torch.Tensor]] = {}
        self._data: dict[tuple[int, int], tuple[int, torch.Tensor]] = {}
        self._made: dict[int, tuple[torch.Tensor, Span]] = {}
        self._graph: Graph | None = Graph()

    def graph(self) -> Graph:
        """The graph so far; the same object as long as nothing in it changed."""
        for number, leaf in self._leaves.values():
            value = self._values.read(leaf)
            if self._nodes[number].value is not value:
                self._replace(number, replace(self._nodes[number], value=value))
        if self._graph is None:
            self._graph = Graph(tuple(self._nodes), tuple(self._edges))
            self.bytes += 8 * (len(self._nodes) + len(self._edges))
        return self._graph

    def id_of(self, tensor: torch.Tensor) -> int | None:
        """The id of the Node that stands for `tensor` as it is now, None where it is not in the graph."""
        function = tensor.grad_fn
        if function is not None:
            return self._ids.get(function)
        if tensor.requires_grad:
            known = self._leaves.get(id(tensor))
        else:
            known = self._data.get((id(tensor), tensor._version))
        return None if known is None else known[0]

    def add(self, result: torch.Tensor, expression: Span, operands: Sequence[torch.Tensor]) -> None:
        """Add what the operation `expression` made, and whatever it reaches that was not seen before.

        `operands` are the operation's tensor arguments in their order. Raises LimitReached past the number of
        nodes that a graph may have.
        """
        root = result.grad_fn
        if root is None:
            if not result.requires_grad:
                self._made[id(result)] = (result, expression)
            return
        if root in self._ids:
            return
        fresh = self._unseen(root)
        data = self._data_slots(fresh, operands)
        for function in fresh:
            if _is_leaf(function):
                self._add_leaf(function)
            else:
                value = self._values.read(result) if function is root else None
                self._add_operation(function, expression, value, result, data.get(function, []))

    def add_root(self, root: torch.Tensor, expression: Span) -> int | None:
        """Add the tensor that a backward begins at; its Node's id, None where it needs no gradient."""
        if root.grad_fn is None and root.requires_grad:
            function = get_gradient_edge(root).node
            if function not in self._ids:
                self._add_leaf(function)
        else:
            self.add(root, expression, ())
        return self.id_of(root)

    def name(self, tensor: torch.Tensor, variable: str) -> None:
        """Say that `variable` holds `tensor`; the first name of a Node stays."""
        number = self.id_of(tensor)
        if number is not None and self._nodes[number].variable is None:
            self._replace(number, replace(self._nodes[number], variable=variable))

    def functions(self) -> Iterator[tuple[int, Function]]:
        """Every autograd Node of the graph, with its id."""
        return ((number, function) for function, number in self._ids.items())

    def grads(self) -> dict[int, Value | None]:
        """The `.grad` of each leaf now, by the id of its Node."""
        return {number: self._values.read_optional(leaf.grad) for number, leaf in self._leaves.values()}

    def backward_ran(
        self, visits: dict[int, Visit], before: dict[int, Value | None], keeps: bool
    ) -> tuple[Accumulation, ...]:
        """Put on the Nodes what a backward did: `visits` in the engine's order, `before` the leaves' grads.

        `keeps` says that the saved tensors were kept (`retain_graph`). What an earlier backward left on Nodes
        that this one did not reach is taken off.
        """
        places = {number: place for place, number in enumerate(visits)}
        for number, node in enumerate(self._nodes):
            visit = visits.get(number)
            if visit is not None:
                freed = node.freed or (not keeps and any(saved.shape is not None for saved in node.saved))
                self._replace(
                    number,
                    replace(node, received=visit.received, sent=visit.sent, order=places[number], freed=freed),
                )
            elif node.order is not None:
                cleared = replace(node, received=(), sent=(), order=None)
                self._replace(number, replace(cleared, grad_before=None, contribution=None, grad_after=None))
        return tuple(self._accumulated(visits, before))

    def _accumulated(
        self, visits: dict[int, Visit], before: dict[int, Value | None]
    ) -> Iterator[Accumulation]:
        """What reached each leaf, in the engine's order; the leaf's Node gets it too."""
        after = self.grads()
        for number, visit in visits.items():
            node = self._nodes[number]
            if node.kind != "leaf" or visit.received[0] is None:
                continue
            contribution = visit.received[0]
            sums = {"grad_before": before[number], "contribution": contribution, "grad_after": after[number]}
            self._replace(number, replace(node, **sums))
            name = node.variable or (node.expression.text if node.expression else "")
            yield Accumulation(name, number, before[number], contribution, cast(Value, after[number]))

    def forget_earlier(self) -> None:
        """Let go of the builders before this one."""
        self._earlier = ()

    def _seen(self, function: Function) -> Node | None:
        """What an earlier builder knows of `function`."""
        for builder in self._earlier:
            number = builder._ids.get(function)
            if number is not None:
                return builder._nodes[number]
        return None

    def _unseen(self, root: Function) -> list[Function]:
        """The Nodes reachable from `root` that are new, each after what it leads to; with a stack, so that a
        chain may be longer than Python's recursion."""
        fresh: list[Function] = []
        entered = set()
        stack: list[tuple[Function, bool]] = [(root, False)]
        while stack:
            function, left = stack.pop()
            if left:
                fresh.append(function)
            elif function not in self._ids and function not in entered:
                entered.add(function)
                stack.append((function, True))
                for following, _ in reversed(function.next_functions):
                    if following is not None:
                        stack.append((following, False))
        return fresh

    def _data_slots(
        self, fresh: Sequence[Function], operands: Sequence[torch.Tensor]
    ) -> dict[Function, list[tuple[int, torch.Tensor]]]:
        """Where the operands that need no gradient went in: for each new Node, its slots and their tensors.

        `next_functions` has an entry for each differentiable input, None for those that need no gradient. It
        lines up with the operands where there are as many; where one call made several Nodes, the data fill
        the None entries from the result's Node inwards.
        """
        inputs = [(place, one) for place, one in enumerate(operands) if not one.requires_grad]
        if not inputs:
            return {}
        root = fresh[-1]
        if len(root.next_functions) == len(operands):
            return {root: inputs}
        free = [
            (function, slot)
            for function in reversed(fresh)
            for slot, (following, _) in enumerate(function.next_functions)
            if following is None
        ]
        slots: dict[Function, list[tuple[int, torch.Tensor]]] = {}
        for index, (place, one) in enumerate(inputs):
            function, slot = free[index] if index < len(free) else (root, place)
            slots.setdefault(function, []).append((slot, one))
        return slots

    def _add_operation(
        self,
        function: Function,
        expression: Span,
        value: Value | None,
        result: torch.Tensor,
        data: list[tuple[int, torch.Tensor]],
    ) -> None:
        """Add one Node; without a `value` it is an inner one, or one that an earlier iteration made."""
        inputs = [(slot, self._data_id(tensor)) for slot, tensor in data]
        seen = self._seen(function) if value is None else None
        if seen is not None:
            cleared = replace(seen, id=len(self._nodes), received=(), sent=(), order=None)
            number = self._append(cleared)
        else:
            saved = saved_by(function, self._values, self._name_of)
            self.bytes += _EDGE_BYTES * len(saved)
            shape, dtype = (tuple(result.shape), dtype_name(result.dtype)) if value is not None else ((), "")
            name = type(function).__name__
            number = self._append(
                Node(len(self._nodes), "operation", name, expression, None, value, shape, dtype, saved)
            )
        self._ids[function] = number
        for slot, (following, input_nr) in enumerate(function.next_functions):
            if following is not None:
                self._edges.append(Edge(number, self._ids[following], slot, input_nr))
        for slot, source in inputs:
            self._edges.append(Edge(number, source, slot, gradient=False))
        self.bytes += _EDGE_BYTES * (len(function.next_functions) + len(inputs))

    def _add_leaf(self, function: Function) -> None:
        leaf: torch.Tensor = function.variable  # type: ignore[attr-defined]  # AccumulateGrad has it
        number = self._append(self._tensor_node("leaf", type(function).__name__, leaf, None))
        self._ids[function] = number
        self._leaves[id(leaf)] = (number, leaf)

    def _data_id(self, tensor: torch.Tensor) -> int:
        """The Node for a tensor that needs no gradient: one for each version of it."""
        key = (id(tensor), tensor._version)
        known = self._data.get(key)
        if known is None:
            made = self._made.get(id(tensor))
            number = self._append(self._tensor_node("data", "", tensor, None if made is None else made[1]))
            known = self._data[key] = (number, tensor)
        return known[0]

    def _tensor_node(self, kind: str, name: str, tensor: torch.Tensor, expression: Span | None) -> Node:
        assert kind in ("leaf", "data")
        return Node(
            len(self._nodes),
            "leaf" if kind == "leaf" else "data",
            name,
            expression,
            self._name_of(tensor),
            self._values.read(tensor),
            tuple(tensor.shape),
            dtype_name(tensor.dtype),
        )

    def _append(self, node: Node) -> int:
        if node.id >= limits.NODES:
            raise limits.LimitReached(f"One iteration's graph has room for {limits.NODES:,} nodes; make it shorter.")
        self._nodes.append(node)
        self._graph = None
        self.bytes += _NODE_BYTES
        return node.id

    def _replace(self, number: int, node: Node) -> None:
        self._nodes[number] = node
        self._graph = None
        self.bytes += _NODE_BYTES


def _is_leaf(function: Function) -> bool:
    return type(function).__name__ == "AccumulateGrad"
