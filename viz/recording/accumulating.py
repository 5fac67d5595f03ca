"""Reads each `.grad` at the moment when a backward has added to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

import torch

from viz.frames.plain import Value
from viz.pytorch.storages import storage_of
from viz.recording.memory import overlap
from viz.recording.reading.values import Values


class Grads:
    """The `.grad` of leaves, and of tensors that retain their own, by the ids of their Nodes, during a backward.

    `before` and `after` hold each `.grad` before and after the engine visits its Node.
    """

    def __init__(self, tensors: Mapping[int, torch.Tensor], values: Values) -> None:
        self.before = {number: values.read_optional(tensor.grad) for number, tensor in tensors.items()}
        self.after: dict[int, Value] = {}
        self.tensors = tensors
        self._values = values
        self._groups = _sharing(tensors)
        self._shared: set[int] = set().union(*self._groups)

    def record(self, number: int) -> None:
        """Read the `.grad` of the Node with this id, which the engine has just visited."""
        tensor = self.tensors.get(number)
        if tensor is None or tensor.grad is None:
            return
        if self._shared:
            self._values.forget_all()  # a write to memory that NumPy shares raises no tensor's version
            for other in self._shared - self.after.keys() - {number}:
                self.before[other] = self._values.read_optional(self.tensors[other].grad)
        self.after[number] = self._values.read(tensor.grad)

    def together(self, numbers: Collection[int]) -> bool:
        """Whether two of these share memory of their `.grad`, so an addition to one shows in the other."""
        return bool(self._groups) and any(len(group.intersection(numbers)) > 1 for group in self._groups)


def _sharing(tensors: Mapping[int, torch.Tensor]) -> list[set[int]]:
    """Group the numbers whose `.grad` share memory; a `.grad` that shares only with a tensor is a group alone."""
    grads = [(number, tensor.grad) for number, tensor in tensors.items() if tensor.grad is not None]
    if not grads:
        return []
    others = [(number, tensor) for number, tensor in tensors.items()]
    starts = [storage_of(one) for _, one in (*grads, *others)]
    if len(set(starts)) == len(starts):
        return []  # nearly always
    storages = Counter(starts)
    groups = []
    for place, (number, grad) in enumerate(grads):
        if storages[storage_of(grad)] > 1:
            mine = storage_of(grad)
            near = [(other, one) for other, one in grads[:place] if storage_of(one) == mine]
            group = {number, *[other for other, one in near if overlap(grad, one)]}
            if len(group) > 1 or any(overlap(grad, one) for _, one in others if storage_of(one) == mine):
                groups.append(group)
    return groups
