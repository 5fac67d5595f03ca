"""Applies a rule to a recorded Node: its facts as tensors, and the gradient that leaves along each edge."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import torch

from viz.frames.graph import Graph, Node, Saved
from viz.frames.plain import Summary, Value
from viz.rules.broadcast import undo_broadcast
from viz.rules.rounding import Precision, Range, Rounded, moved, plain
from viz.rules.rule import ARRIVED_AT, Rule

#: Separates a name from the name of its part.
_PART = re.compile(r"[\[.]")


class Unknown(Exception):
    """A number that a formula needs was not recorded; the message is its name."""


def tensor_of(value: Value, shape: tuple[int, ...] | None = None) -> torch.Tensor:
    """A recorded value as a float64 tensor (bool for truth values), in `shape` if that is given.

    Raises Unknown for a Summary.
    """
    if isinstance(value, Summary):
        raise Unknown("every number")
    first: Any = value
    while isinstance(first, list) and first:
        first = first[0]
    made = torch.tensor(value, dtype=torch.bool if isinstance(first, bool) else torch.float64)
    return made if shape is None else made.reshape(shape)


def arrived(node: Node) -> torch.Tensor:
    """The gradient that arrived, in float64; for a Node with several outputs, at the only one that took part.

    Raises Unknown if backward has not visited the Node.
    """
    found: torch.Tensor = _only(received(node))
    return found


def all_arrived(node: Node) -> list[torch.Tensor]:
    """The gradient that arrived at each output, in float64, zeros if none did; raises Unknown before backward."""
    return _filled(received(node))


def received(node: Node) -> list[torch.Tensor | None]:
    """The gradient that arrived at each output, in float64, None if none did."""
    return [None if value is None else tensor_of(value) for value in node.received]


def _only(came: Sequence[Any]) -> Any:
    found = [one for one in came if one is not None]
    if len(found) != 1:
        raise Unknown("grad")
    return found[0]


def _filled(came: Sequence[Any]) -> list[Any]:
    known = next((one for one in came if one is not None), None)
    if known is None:
        raise Unknown("grad")
    zeros = known.zeros() if isinstance(known, Rounded) else torch.zeros_like(known)
    return [zeros if one is None else one for one in came]


def input_shape(graph: Graph, node: Node, slot: int, argument: str = "") -> tuple[int, ...]:
    """The shape of the argument at entry `slot`, which torch calls `argument`.

    Raises Unknown if that is an inner Node whose shape was not saved, and backward has not visited it.
    """
    source = input_at(graph, node, slot)
    if source is not None and source.value is not None:
        return source.shape
    if slot < len(node.sent) and (value := node.sent[slot]) is not None:
        return tuple(tensor_of(value).shape)
    for saved in node.saved:
        if saved.name == argument and saved.shape is not None:
            return saved.shape
        if saved.name in (f"{argument}_geometry.size", "self_sym_sizes") and isinstance(saved.value, list):
            return tuple(int(size) for size in saved.value if isinstance(size, (int, float)))
    raise Unknown("shape")


def input_at(graph: Graph, node: Node, slot: int) -> Node | None:
    """The Node that the edge from entry `slot` leads to, data included; None if there is none."""
    for edge in graph.edges:
        if edge.node == node.id and edge.slot == slot:
            return graph.nodes[edge.input]
    return None


def facts(graph: Graph, node: Node, rule: Rule, slot: int, came: Sequence[Any] | None = None) -> dict[str, Any]:
    """The known values of the names in the rule's formula for `slot`: float64 or bool tensors, and plain numbers.

    Unknown names are left out. `came` replaces the recorded gradients that arrived at each output.
    """
    known: dict[str, Any] = {"infinity": float("inf"), "number": slot}
    if node.value is not None:
        known["result"] = tensor_of(node.value, node.shape)
    known |= _saved(node, dtype_at(graph, node, slot))
    needed = rule.names(slot)
    arrivals = received(node) if came is None else came
    if not ARRIVED_AT.isdisjoint(needed) and node.order is not None:
        known |= dict(zip(sorted(ARRIVED_AT), arrivals, strict=False))
    for name, find in (
        ("grad", lambda: _only(arrivals)),
        ("grads", lambda: _filled(arrivals)),
        ("grad_shape", lambda: tuple(plain(_only(arrivals)).shape)),
        ("shape", lambda: input_shape(graph, node, slot, rule.argument(slot))),
        ("shapes", lambda: [input_shape(graph, node, one) for one in _slots(graph, node)]),
    ):
        if name in needed:
            try:
                known[name] = find()
            except Unknown:
                continue
    return {name: known[name] for name in needed if name in known}


def local_derivative(rule: Rule, slot: int, known: dict[str, Any]) -> Any:
    """Return the value of the formula for `slot` with these facts: a float64 tensor, or one number for all
    elements.

    Raises Unknown, with its name, if a fact is missing.
    """
    return rule.formula(slot).evaluate(Named(known, rule))


def left(graph: Graph, node: Node, rule: Rule, slot: int) -> torch.Tensor:
    """Return the gradient that leaves along the edge at entry `slot` by the rule, in float64 and the argument's
    shape.

    Raises Unknown if backward has not visited the Node, or if a number was not recorded.
    """
    return leaving(graph, node, rule, slot, precision_at(graph, node, slot)).value


def leaving(
    graph: Graph,
    node: Node,
    rule: Rule,
    slot: int,
    precision: Precision,
    came: Sequence[Rounded | None] | None = None,
) -> Rounded:
    """Like `left`, with a bound for rounding errors; `came` as in `facts`."""
    wanted = input_shape(graph, node, slot)
    arrivals = came if came is not None else [_exact(one, precision) for one in received(node)]
    if not prod(wanted) or not any(one.value.numel() for one in _filled(arrivals)):
        # A sum of no terms is 0. The recorded value of a tensor without elements does not have its shape.
        return Rounded.exact(torch.zeros(wanted), precision)
    return moved(undo_broadcast, (product(graph, node, rule, slot, precision, arrivals),), wanted)


def product(
    graph: Graph, node: Node, rule: Rule, slot: int, precision: Precision, came: Sequence[Rounded | None]
) -> Rounded:
    """Return the gradient along an edge before a broadcast is undone."""
    known = facts(graph, node, rule, slot, came)
    names = Named({name: _exact(value, precision) for name, value in known.items()}, rule)
    formula = rule.formula(slot)
    value = formula.times(_only(came), names, rule.given) if rule.is_local(slot) else formula.evaluate(names)
    bounded = value if isinstance(value, Rounded) else Rounded.exact(torch.as_tensor(value), precision)
    at = names.get(rule.open_at_nan or "")
    return bounded if at is None else bounded.open_where(at.value.isnan())


def dtype_at(graph: Graph, node: Node, slot: int) -> torch.dtype:
    """The dtype that a Node computes in for the edge at `slot`: the coarser of its own and the argument's.

    The dtypes between two inner Nodes of an operation are not recorded: there it is the coarsest in the graph.
    """
    end = input_at(graph, node, slot)
    beside = {one.dtype for one in (node, end) if one is not None} & _ROUGHEST_FIRST.keys()
    around = beside or {one.dtype for one in graph.nodes}
    return next((dtype for name, dtype in _ROUGHEST_FIRST.items() if name in around), torch.float32)


def precision_at(graph: Graph, node: Node, slot: int, range_: Range = "any") -> Precision:
    """Return the precision of the arithmetic for the edge at `slot`; `range_` as in `Precision.of`."""
    return Precision.of(dtype_at(graph, node, slot), range_)


_ROUGHEST_FIRST: Mapping[str, torch.dtype] = {
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
    "float32": torch.float32,
    "float64": torch.float64,
}


def _exact(value: Any, precision: Precision) -> Any:
    """Return float tensors as Rounded numbers without an error so far, and everything else unchanged."""
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        return Rounded.exact(value, precision)
    return value


class Named(dict[str, Any]):
    """Facts, and the rule's own names for parts of its formula, evaluated on demand."""

    def __init__(self, known: dict[str, Any], rule: Rule) -> None:
        super().__init__(known)
        self._rule = rule

    def __missing__(self, name: str) -> Any:
        if name not in self._rule.given:
            raise Unknown(name)
        self[name] = value = self._rule.given[name].evaluate(self)
        return value


def _content(saved: Saved, dtype: torch.dtype) -> Any:
    if saved.shape is not None and saved.value is not None and not isinstance(saved.value, str):
        return tensor_of(saved.value, saved.shape)
    if isinstance(saved.value, float):
        # torch compares a tensor with the number rounded to its dtype: float32's 0.7 is a little less than 0.7.
        return float(torch.tensor(saved.value, dtype=dtype))
    return tuple(saved.value) if isinstance(saved.value, list) else saved.value


def _saved(node: Node, dtype: torch.dtype) -> dict[str, Any]:
    """What the Node saved, by name; entries of one list (`indices[0]`, `indices[1]`) are a list again.

    A tensor has its shape beside it: that of `self` is `self_shape`.
    """
    found: dict[str, Any] = {}
    for saved in node.saved:
        name, *entry = _PART.split(saved.name)
        if entry:
            found.setdefault(name, []).append(_content(saved, dtype))
            continue
        found[name] = _content(saved, dtype)
        if saved.shape is not None:
            found[f"{name}_shape"] = saved.shape
    return found


def _slots(graph: Graph, node: Node) -> range:
    """Return the indices in a list of arguments, also of those without a Node, such as the zeros that backward
    makes."""
    found = [edge.slot for edge in graph.edges if edge.node == node.id]
    return range(max(len(node.sent), max(found) + 1))
