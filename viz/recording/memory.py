"""Finds names that share memory: `torch.as_tensor(array)` makes a tensor of the array's own memory."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch

from viz import limits


def shared(thing: torch.Tensor | np.ndarray, others: Iterable[tuple[str, torch.Tensor | np.ndarray]]) -> list[str]:
    """Return the names among `others` whose memory `thing` shares: tensors for an array, arrays for a tensor."""
    start, end = _place(thing)
    found = []
    for name, other in others:
        first, last = _place(other)
        if first < end and start < last:
            found.append(name)
    return found


def overlap(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two tensors of one storage have an element in common; of large ones, the stretches count."""
    if max(one.numel(), other.numel()) > limits.WHOLE:
        first, last = _stretch(one)
        start, end = _stretch(other)
        return first < end and start < last
    return bool(addresses(one) & addresses(other))


def addresses(tensor: torch.Tensor) -> set[int]:
    """Return the address of each element."""
    if tensor._is_zerotensor() or not tensor.numel():
        return set()
    places = torch.zeros((), dtype=torch.int64)
    for size, stride in zip(tensor.shape, tensor.stride(), strict=True):
        places = places.unsqueeze(-1) + torch.arange(size) * stride
    return set((places.flatten() * tensor.element_size() + tensor.data_ptr()).tolist())


def _stretch(tensor: torch.Tensor) -> tuple[int, int]:
    """Return the address of a tensor's first element, and the end of its last one."""
    last = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))
    return tensor.data_ptr(), tensor.data_ptr() + (last + 1) * tensor.element_size()


def _place(thing: torch.Tensor | np.ndarray) -> tuple[int, int]:
    """Return the first address and the end of the memory; for a tensor that of its whole storage, as views
    share it."""
    if isinstance(thing, torch.Tensor):
        if thing._is_zerotensor():
            return 0, 0
        try:
            storage = thing.untyped_storage()
        except NotImplementedError:  # a sparse tensor
            return 0, 0
        return storage.data_ptr(), storage.data_ptr() + storage.nbytes()
    return np.lib.array_utils.byte_bounds(thing)
