"""Applies a rule to a recorded Node: its facts as tensors, and what leaves along each edge."""

from __future__ import annotations

import re
from math import prod
from typing import Any

import torch

from viz.frames import Graph, Node, Saved, Value
from viz.rules.broadcast import undo_broadcast
from viz.rules.formula import Formula
from viz.rules.rule import ARRIVED_AT, Rule

#: Where the name of a thing ends, and that of its part begins.
_PART = re.compile(r"[\[.]")


class Unknown(Exception):
    """A number that a formula needs was not recorded; the message is its name."""


def tensor_of(value: Value, shape: tuple[int, ...] | None = None) -> torch.Tensor:
    """A recorded value as a float64 tensor (a bool one for truth values), in `shape` where that is given."""
    first: Any = value
    while isinstance(first, list) and first:
        first = first[0]
    made = torch.tensor(value, dtype=torch.bool if isinstance(first, bool) else torch.float64)
    return made if shape is None else made.reshape(shape)


def arrived(node: Node) -> torch.Tensor:
    """The gradient that arrived, float64; of a Node with several outputs, at the only one that took part.

    Unknown before backward came here.
    """
    found = [value for value in node.received if value is not None]
    if len(found) != 1:
        raise Unknown("grad")
    return tensor_of(found[0])


def all_arrived(node: Node) -> list[torch.Tensor]:
    """The gradient that arrived at each output, float64, zeros where none did; Unknown before backward."""
    known = [tensor_of(value) for value in node.received if value is not None]
    if not known:
        raise Unknown("grad")
    return [torch.zeros_like(known[0]) if value is None else tensor_of(value) for value in node.received]


def input_shape(graph: Graph, node: Node, slot: int, argument: str = "") -> tuple[int, ...]:
    """The shape of the argument at entry `slot`, which torch calls `argument`.

    Unknown for an inner Node's that was not saved, before backward came there.
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
            return tuple(int(size) for size in saved.value if not isinstance(size, list))
    raise Unknown("shape")


def input_at(graph: Graph, node: Node, slot: int) -> Node | None:
    """The Node that the edge from entry `slot` leads to, data included; None where there is none."""
    for edge in graph.edges:
        if edge.node == node.id and edge.slot == slot:
            return graph.nodes[edge.input]
    return None


def facts(graph: Graph, node: Node, rule: Rule, slot: int) -> dict[str, Any]:
    """What is known of the names that the rule's formula for `slot` needs: float64 or bool tensors, and plain
    numbers; a name that is not known is left out."""
    known: dict[str, Any] = {"infinity": float("inf"), "number": slot}
    if node.value is not None:
        known["result"] = tensor_of(node.value, node.shape)
    known |= _saved(node)
    needed = rule.names(slot)
    if not ARRIVED_AT.isdisjoint(needed) and node.order is not None:
        shown = zip(sorted(ARRIVED_AT), node.received, strict=False)
        known |= {name: None if value is None else tensor_of(value) for name, value in shown}
    for name, find in (
        ("grad", lambda: arrived(node)),
        ("grads", lambda: all_arrived(node)),
        ("grad_shape", lambda: tuple(arrived(node).shape)),
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
    """What the formula for `slot` gives with these facts: a float64 tensor, or one number for every element.

    Unknown names a fact that is missing.
    """
    return _evaluate(rule.formula(slot), rule, known)


def left(graph: Graph, node: Node, rule: Rule, slot: int) -> torch.Tensor:
    """The gradient that leaves along the edge at entry `slot`, by the rule, float64, in the argument's shape.

    Unknown where backward has not visited the Node, or where a number was not recorded.
    """
    wanted = input_shape(graph, node, slot)
    if not prod(wanted) or not any(one.numel() for one in all_arrived(node)):
        # A sum of no terms is 0. What was recorded of a tensor without elements does not tell its shape.
        return torch.zeros(wanted, dtype=torch.float64)
    known = facts(graph, node, rule, slot)
    value = local_derivative(rule, slot, known)
    if rule.is_local(slot):
        value = arrived(node) * value
    return undo_broadcast(value, wanted)


class Named(dict[str, Any]):
    """Facts, and the rule's own names for parts of its formula, each found when it is asked for."""

    def __init__(self, known: dict[str, Any], rule: Rule) -> None:
        super().__init__(known)
        self._rule = rule

    def __missing__(self, name: str) -> Any:
        if name not in self._rule.given:
            raise Unknown(name)
        self[name] = value = self._rule.given[name].evaluate(self)
        return value


def _evaluate(formula: Formula, rule: Rule, known: dict[str, Any]) -> Any:
    return formula.evaluate(Named(known, rule))


def _content(saved: Saved) -> Any:
    if saved.shape is not None and saved.value is not None and not isinstance(saved.value, str):
        return tensor_of(saved.value, saved.shape)
    return tuple(saved.value) if isinstance(saved.value, list) else saved.value


def _saved(node: Node) -> dict[str, Any]:
    """What the Node saved; what belongs together (`indices[0]`, `indices[1]`) as one list.

    Of a tensor its shape too: of `self` as `self_shape`.
    """
    found: dict[str, Any] = {}
    for saved in node.saved:
        name, *entry = _PART.split(saved.name)
        if entry:
            found.setdefault(name, []).append(_content(saved))
            continue
        found[name] = _content(saved)
        if saved.shape is not None:
            found[f"{name}_shape"] = saved.shape
    return found


def _slots(graph: Graph, node: Node) -> range:
    """The places in a list of arguments: those too that lead nowhere, as the zeros that a backward makes do."""
    found = [edge.slot for edge in graph.edges if edge.node == node.id]
    return range(max(len(node.sent), max(found) + 1))
