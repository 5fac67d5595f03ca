"""Which names hold the same memory: a tensor made with `torch.as_tensor(array)` has the array's own numbers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch


def shared(thing: torch.Tensor | np.ndarray, others: Iterable[tuple[str, torch.Tensor | np.ndarray]]) -> list[str]:
    """The names among `others`, tensors for an array and arrays for a tensor, whose memory `thing` shares."""
    start, end = _place(thing)
    found = []
    for name, other in others:
        first, last = _place(other)
        if first < end and start < last:
            found.append(name)
    return found


def _place(thing: torch.Tensor | np.ndarray) -> tuple[int, int]:
    """Where the numbers lie; of a tensor the whole storage, which views of it share too. Nowhere for none."""
    if isinstance(thing, torch.Tensor):
        if thing._is_zerotensor():
            return 0, 0
        storage = thing.untyped_storage()
        return storage.data_ptr(), storage.data_ptr() + storage.nbytes()
    return np.lib.array_utils.byte_bounds(thing)
