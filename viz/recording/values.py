"""Reads tensors into plain numbers, each version of a tensor once."""

from __future__ import annotations

from typing import TypeAlias, cast

import torch

from viz.frames.plain import Value

#: What a Python float in a list takes, and what a list takes before its first entry: for the size of a tape.
NUMBER = 32
_LIST = 56


#: The name of each dtype as PyTorch prints it, without `torch.`.
_dtype_names: dict[torch.dtype, str] = {}


def dtype_name(dtype: torch.dtype) -> str:
    """`"float32"` for `torch.float32`."""
    name = _dtype_names.get(dtype)
    if name is None:
        name = _dtype_names[dtype] = str(dtype).removeprefix("torch.")
    return name


#: Where a tensor lies, and how: the same numbers, as long as it is not freed.
_Place: TypeAlias = tuple[int, int, torch.Size, tuple[int, ...], torch.dtype]
#: Elements from which it pays to look for the same memory.
_LARGE = 16


class Values:
    """Plain copies of tensors; equal versions of one tensor give the very same object.

    So the gradient that leaves a Node and arrives at the next is kept once, and so are the data that every
    iteration uses. A copy is dropped when a whole iteration went by (`forget_unused`) without its being read.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self.readings = (
            0  # how often everything was forgotten: a tensor's numbers may differ, its version does not
        )
        # The tensor is kept beside its value, so that its id is not given to another one.
        self._recent: dict[int, tuple[torch.Tensor, int, Value]] = {}
        self._older: dict[int, tuple[torch.Tensor, int, Value]] = {}
        self._places: dict[_Place, Value] = {}  # of larger tensors read since `forget_unused`

    def read(self, tensor: torch.Tensor) -> Value:
        """The numbers of `tensor` as `Tensor.tolist()` gives them; treat them as read-only."""
        key = id(tensor)
        version = tensor._version
        known = self._recent.get(key)
        if known is not None and known[1] == version:
            return known[2]
        known = self._older.get(key)
        if known is None or known[1] != version:
            known = (tensor, version, self._numbers(tensor))
        self._recent[key] = known
        return known[2]

    def _numbers(self, tensor: torch.Tensor) -> Value:
        """The numbers, read once where several tensors are the same memory: a result, and what a Node saved of it.

        The tensor that was read first is kept, so nothing else can come to lie in its place meanwhile.
        """
        count = tensor.numel()
        memory = not tensor._is_zerotensor()  # the derivative of a sign: torch cannot read its zeros
        if count < _LARGE or not memory:
            self.bytes += _LIST + NUMBER * count
            return cast(Value, (tensor if memory else torch.zeros(tensor.shape, dtype=tensor.dtype)).tolist())
        place = tensor.data_ptr(), tensor._version, tensor.shape, tensor.stride(), tensor.dtype
        if place not in self._places:
            self.bytes += _LIST + NUMBER * count
            self._places[place] = cast(Value, tensor.tolist())
        return self._places[place]

    def read_optional(self, tensor: torch.Tensor | None) -> Value | None:
        """As `read`; None for None (a `.grad` that is not there)."""
        return None if tensor is None else self.read(tensor)

    def forget_all(self) -> None:
        """Read everything anew: memory was written without torch's knowing, through an array of NumPy."""
        self.readings += 1
        self._older = {}
        self._recent = {}
        self._places = {}

    def forget_unused(self) -> None:
        """Drop what was not read since the last call."""
        self._older = self._recent
        self._recent = {}
        self._places = {}
