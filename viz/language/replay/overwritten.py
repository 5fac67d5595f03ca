"""Finds operations whose tensors a line overwrote without autograd noticing: through `.data`, or through NumPy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

import numpy as np
import torch

from viz.pytorch.storages import Unversioned, storage_of


class Overwritten:
    """The calls so far whose tensors were written into since, though the version of these stayed the same."""

    def __init__(self) -> None:
        self._shared = Unversioned()
        self._users: dict[int, tuple[int, set[int]]] = {}  # by a storage's address: its end, and its calls
        self._held: list[torch.Tensor] = []  # so that no other tensor gets the address
        self._writes: Counter[int] = Counter()
        self._calls: set[int] = set()

    def share(self, tensor: torch.Tensor) -> None:
        """Take down that a tensor shares its memory with tensors that have another version."""
        self._shared.add(tensor)

    def use(self, call: int, tensors: Iterable[torch.Tensor]) -> None:
        """Take down the tensors that a call takes and makes."""
        for one in tensors:
            start = storage_of(one)
            if start != id(one):
                self._held.append(one)
                end = start + one.untyped_storage().nbytes()
                self._users.setdefault(start, (end, set()))[1].add(call)

    def write(self, thing: object) -> None:
        """Take down a write into a tensor or an array."""
        if isinstance(thing, np.ndarray):
            first, last = np.lib.array_utils.byte_bounds(thing)
            written = [start for start, (end, _) in self._users.items() if start < last and first < end]
        elif isinstance(thing, torch.Tensor) and thing in self._shared:
            written = [storage_of(thing)]
        else:
            return
        for start in written:
            self._writes[start] += 1
            if start in self._users:
                self._calls |= self._users[start][1]

    def version(self, tensor: torch.Tensor) -> int:
        """Return the version of a tensor, counting such writes too."""
        return tensor._version + self._writes[storage_of(tensor)]

    def among(self, calls: Collection[int]) -> bool:
        """Whether one of these calls was overwritten."""
        return not self._calls.isdisjoint(calls)
