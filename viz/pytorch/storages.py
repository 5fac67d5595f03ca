"""Where tensors have their memory, and which of them share it without sharing a version, as `x.data` does."""

from __future__ import annotations

from weakref import WeakSet

import torch
from torch.nn.parameter import is_lazy


def storage_of(tensor: torch.Tensor) -> int:
    """Return the address of a tensor's storage; a tensor without memory of its own gets a number of its own."""
    try:
        return id(tensor) if tensor._is_zerotensor() else tensor.untyped_storage().data_ptr() or id(tensor)
    except (RuntimeError, NotImplementedError):  # a sparse tensor, for example
        return id(tensor)


def same_memory(one: object, other: object) -> bool:
    """Whether two tensors are the same numbers in memory, so that `one.data = other` changes nothing."""
    if not isinstance(one, torch.Tensor) or not isinstance(other, torch.Tensor) or is_lazy(one) or is_lazy(other):
        return False
    layouts = [
        (storage_of(each), each.storage_offset(), each.stride(), each.shape, each.dtype) for each in (one, other)
    ]
    return layouts[0] == layouts[1]


class Unversioned:
    """The storages in which a write may leave the version of a tensor as it is; most programs have none.

    `x.data` has the memory of `x`, and a version of its own.
    """

    def __init__(self) -> None:
        self._storages: WeakSet[torch.UntypedStorage] = WeakSet()

    def __bool__(self) -> bool:
        return bool(self._storages)

    def __contains__(self, tensor: torch.Tensor) -> bool:
        return bool(self._storages) and storage_of(tensor) in self.addresses()

    def add(self, tensor: torch.Tensor) -> None:
        """Add the memory of a tensor, unless it has none of its own."""
        if storage_of(tensor) != id(tensor):
            self._storages.add(tensor.untyped_storage())

    def addresses(self) -> set[int]:
        """Return the address of each storage."""
        return {one.data_ptr() for one in self._storages}
