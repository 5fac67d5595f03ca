"""Finds the slots of an operation's data inputs: its operands that need no gradient."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import torch

from viz.pytorch.graph import Entries, TorchNode
from viz.pytorch.saved_tensors import saved_tensors
from viz.pytorch.storages import storage_of
from viz.recording.memory import overlap


def data_slots(
    fresh: dict[TorchNode, Entries], operands: Sequence[torch.Tensor]
) -> dict[TorchNode, list[tuple[int, torch.Tensor]]]:
    """Return, for each Node, the slots of the operands that need no gradient, with their tensors.

    `fresh` are the Nodes that one call made, the result's last. `next_functions` has an entry for each
    differentiable input, None if the input needs no gradient. If operands and entries correspond, an operand's
    slot is its entry's index. Otherwise (several Nodes, or another order) the data inputs take the None entries:
    those of the Nodes that saved them, then, in order, the others, beginning with those of the result's Node. An
    operand without an entry, such as the condition of `where`, gets a slot past the entries. No two inputs share
    a slot.
    """
    data = _data(operands)
    if not data:
        return {}
    root = next(reversed(fresh))
    entries = fresh[root]
    if _correspond(entries, operands, data):
        return {root: data}
    numbers = [one for one in operands if one.is_floating_point()]
    slots: dict[TorchNode, list[tuple[int, torch.Tensor]]] = {}
    data_numbers = _data(numbers)
    if _correspond(entries, numbers, data_numbers):
        free = [(root, slot) for slot, _ in data_numbers]
    else:
        free = [(function, slot) for function in reversed(list(fresh)) for slot in _empty_entries(fresh[function])]
        if len(fresh) > 1 and len(free) > 1:
            slots = _of_those_that_saved(free, [one for _, one in data if one.is_floating_point()])
            free = [one for one in free if one[0] not in slots]
    placed = {id(one) for several in slots.values() for _, one in several}
    past = count(len(entries))
    for _, one in data:
        if id(one) not in placed:
            function, slot = free.pop(0) if free and one.is_floating_point() else (root, next(past))
            slots.setdefault(function, []).append((slot, one))
    return slots


def _of_those_that_saved(
    free: Sequence[tuple[TorchNode, int]], data: Sequence[torch.Tensor]
) -> dict[TorchNode, list[tuple[int, torch.Tensor]]]:
    """Return the slots of the operands whose memory a Node saved; a call may use an operand in several Nodes."""
    found: dict[TorchNode, list[tuple[int, torch.Tensor]]] = {}
    for function in dict.fromkeys(function for function, _ in free):
        saved = list(saved_tensors(function))
        used = [one for one in data if any(_is_part(other, one) for other in saved)]
        empty = [slot for other, slot in free if other is function]
        if used:
            found[function] = list(zip(empty, used, strict=False))
    return found


def _is_part(saved: torch.Tensor, operand: torch.Tensor) -> bool:
    # A sparse tensor, which has no addresses, is at least itself.
    return saved is operand or (storage_of(saved) == storage_of(operand) and overlap(saved, operand))


def _data(operands: Sequence[torch.Tensor]) -> list[tuple[int, torch.Tensor]]:
    """Return the operands that need no gradient, with their places."""
    return [(place, one) for place, one in enumerate(operands) if not one.requires_grad]


def _correspond(
    entries: Entries, operands: Sequence[torch.Tensor], data: Sequence[tuple[int, torch.Tensor]]
) -> bool:
    """Whether each operand has its entry in `next_functions`, None if and only if it is among the `data`."""
    return len(entries) == len(operands) and [place for place, _ in data] == _empty_entries(entries)


def _empty_entries(entries: Entries) -> list[int]:
    return [slot for slot, (following, _) in enumerate(entries) if following is None]
