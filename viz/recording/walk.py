"""Finds what an operation added to torch's graph: the new Nodes, and where its data went in."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from itertools import count
from typing import TypeAlias

import torch
from torch.autograd.graph import Node

#: torch's own Node, as against the plain one of `viz.frames`.
Function: TypeAlias = Node
#: A Node's `next_functions`: where each gradient that it sends goes, and to which of that Node's outputs.
Entries: TypeAlias = tuple[tuple[Function | None, int], ...]


def unseen(root: Function, known: Container[Function]) -> dict[Function, Entries]:
    """The Nodes reachable from `root` that are not `known`, and their `next_functions`: each after its inputs.

    torch makes that tuple anew each time that it is asked. Walks with a stack, so that a chain may be longer than
    Python's recursion.
    """
    fresh: dict[Function, Entries] = {}
    entered: dict[Function, Entries] = {}
    stack: list[tuple[Function, bool]] = [(root, False)]
    while stack:
        function, left = stack.pop()
        if left:
            fresh[function] = entered[function]
        elif function not in known and function not in entered:
            entries = entered[function] = function.next_functions
            stack.append((function, True))
            for following, _ in reversed(entries):
                if following is not None:
                    stack.append((following, False))
    return fresh


def function_of(tensor: torch.Tensor) -> Function | None:
    """The Node that made `tensor`, None for a leaf.

    None too where torch does not say: for one of several views (of `unbind`) whose base was changed in place.
    """
    try:
        return tensor.grad_fn
    except RuntimeError:
        return None


def is_leaf_tensor(tensor: torch.Tensor) -> bool:
    """As `Tensor.is_leaf`; False where torch does not say (see `function_of`)."""
    try:
        return tensor.is_leaf
    except RuntimeError:
        return False


def outputs(function: Function) -> int:
    """How many tensors a Node made: `unbind` and `split` make several."""
    return len(function._input_metadata)


def is_leaf(function: Function) -> bool:
    """True for the Node that adds to a leaf's `.grad`."""
    return type(function).__name__ == "AccumulateGrad"


def data_slots(
    fresh: Mapping[Function, Entries], operands: Sequence[torch.Tensor]
) -> dict[Function, list[tuple[int, torch.Tensor]]]:
    """Where the operands that need no gradient went in: for each Node, its slots and their tensors.

    `fresh` are the Nodes that one call made, the result's last. `next_functions` has an entry for each
    differentiable input, None where that needs no gradient. Where operands and entries line up, an operand's
    slot is its entry. Where they do not (several Nodes, or another order), the data fill the None entries from
    the result's Node inwards. What has no entry (the condition of `where`) gets a slot past the entries, so that
    a slot has one input.
    """
    data = [(place, one) for place, one in enumerate(operands) if not one.requires_grad]
    if not data:
        return {}
    *_, root = fresh
    entries = fresh[root]
    if _line_up(entries, operands):
        return {root: data}
    numbers = [one for one in operands if one.is_floating_point()]
    if _line_up(entries, numbers):
        free = [(root, slot) for slot, one in enumerate(numbers) if not one.requires_grad]
    else:
        free = [(function, slot) for function in reversed(list(fresh)) for slot in _empty_entries(fresh[function])]
    past = count(len(entries))
    slots: dict[Function, list[tuple[int, torch.Tensor]]] = {}
    for _, one in data:
        function, slot = free.pop(0) if free and one.is_floating_point() else (root, next(past))
        slots.setdefault(function, []).append((slot, one))
    return slots


def _line_up(entries: Entries, operands: Sequence[torch.Tensor]) -> bool:
    """True where each operand has its entry in `next_functions`, None just where it needs no gradient."""
    return len(entries) == len(operands) and all(
        one.requires_grad == (following is not None) for one, (following, _) in zip(operands, entries, strict=True)
    )


def _empty_entries(entries: Entries) -> list[int]:
    return [slot for slot, (following, _) in enumerate(entries) if following is None]
