"""Finds what an operation added to torch's graph: the new Nodes, and where its data went in."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TypeAlias

import torch
from torch.autograd.graph import Node

#: torch's own Node, as against the plain one of `viz.frames`.
Function: TypeAlias = Node


def unseen(root: Function, known: Container[Function]) -> list[Function]:
    """The Nodes reachable from `root` that are not `known`, each after what it leads to.

    Walks with a stack, so that a chain may be longer than Python's recursion.
    """
    fresh: list[Function] = []
    entered: set[Function] = set()
    stack: list[tuple[Function, bool]] = [(root, False)]
    while stack:
        function, left = stack.pop()
        if left:
            fresh.append(function)
        elif function not in known and function not in entered:
            entered.add(function)
            stack.append((function, True))
            for following, _ in reversed(function.next_functions):
                if following is not None:
                    stack.append((following, False))
    return fresh


def is_leaf(function: Function) -> bool:
    """True for the Node that adds to a leaf's `.grad`."""
    return type(function).__name__ == "AccumulateGrad"


def data_slots(
    fresh: Sequence[Function], operands: Sequence[torch.Tensor]
) -> dict[Function, list[tuple[int, torch.Tensor]]]:
    """Where the operands that need no gradient went in: for each Node, its slots and their tensors.

    `fresh` are the Nodes that one call made, the result's last. `next_functions` has an entry for each
    differentiable input, None where that needs no gradient. It lines up with the operands where there are as
    many; where one call made several Nodes, the data fill the None entries from the result's Node inwards; what
    has no entry at all (the condition of `where`) gets the position of its argument.
    """
    data = [(place, one) for place, one in enumerate(operands) if not one.requires_grad]
    if not data:
        return {}
    root = fresh[-1]
    if len(root.next_functions) == len(operands):
        return {root: data}
    free = [
        (function, slot)
        for function in reversed(fresh)
        for slot, (following, _) in enumerate(function.next_functions)
        if following is None
    ]
    slots: dict[Function, list[tuple[int, torch.Tensor]]] = {}
    for index, (place, one) in enumerate(data):
        function, slot = free[index] if index < len(free) else (root, place)
        slots.setdefault(function, []).append((slot, one))
    return slots
