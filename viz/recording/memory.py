"""Finds names that share memory: `torch.as_tensor(array)` makes a tensor of the array's own memory."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch


def shared(thing: torch.Tensor | np.ndarray, others: Iterable[tuple[str, torch.Tensor | np.ndarray]]) -> list[str]:
    """Return the names among `others` whose memory `thing` shares: tensors for an array, arrays for a tensor."""
    start, end = _place(thing)
    found = []
    for name, other in others:
        first, last = _place(other)
        if first < end and start < last:
            found.append(name)
    return found


def _place(thing: torch.Tensor | np.ndarray) -> tuple[int, int]:
    """Return the first address and the end of the memory; for a tensor that of its whole storage, as views
    share it."""
    if isinstance(thing, torch.Tensor):
        if thing._is_zerotensor():
            return 0, 0
        storage = thing.untyped_storage()
        return storage.data_ptr(), storage.data_ptr() + storage.nbytes()
    return np.lib.array_utils.byte_bounds(thing)
