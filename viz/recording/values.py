"""Reads tensors into plain numbers, each version of a tensor once."""

from __future__ import annotations

from typing import cast

import torch

from viz.frames import Value

#: What a Python float in a list takes, and what a list takes before its first entry: for the size of a tape.
_NUMBER = 32
_LIST = 56


#: The name of each dtype as PyTorch prints it, without `torch.`.
_dtype_names: dict[torch.dtype, str] = {}


def dtype_name(dtype: torch.dtype) -> str:
    """`"float32"` for `torch.float32`."""
    name = _dtype_names.get(dtype)
    if name is None:
        name = _dtype_names[dtype] = str(dtype).removeprefix("torch.")
    return name


class Values:
    """Plain copies of tensors; equal versions of one tensor give the very same object.

    So the gradient that leaves a Node and arrives at the next is kept once, and so are the data that every
    iteration uses. A copy is dropped when a whole iteration went by (`forget_unused`) without its being read.
    """

    def __init__(self) -> None:
        self.bytes = 0
        # The tensor is kept beside its value, so that its id is not given to another one.
        self._recent: dict[int, tuple[torch.Tensor, int, Value]] = {}
        self._older: dict[int, tuple[torch.Tensor, int, Value]] = {}

    def read(self, tensor: torch.Tensor) -> Value:
        """The numbers of `tensor` as `Tensor.tolist()` gives them; treat them as read-only."""
        key = id(tensor)
        version = tensor._version
        known = self._recent.get(key)
        if known is not None and known[1] == version:
            return known[2]
        known = self._older.get(key)
        if known is None or known[1] != version:
            self.bytes += _LIST + _NUMBER * tensor.numel()
            known = (tensor, version, cast(Value, tensor.tolist()))
        self._recent[key] = known
        return known[2]

    def read_optional(self, tensor: torch.Tensor | None) -> Value | None:
        """As `read`; None for None (a `.grad` that is not there)."""
        return None if tensor is None else self.read(tensor)

    def forget_all(self) -> None:
        """Read everything anew: memory was written without torch's knowing, through an array of NumPy."""
        self._older = {}
        self._recent = {}

    def forget_unused(self) -> None:
        """Drop what was not read since the last call."""
        self._older = self._recent
        self._recent = {}
