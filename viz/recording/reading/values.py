"""Reads tensors into plain numbers, each version of a tensor once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeAlias

import numpy as np
import torch

from viz import limits
from viz.frames.plain import Value
from viz.pytorch.storages import storage_of

#: Bytes of a Python float in a list, and of an empty list: to estimate the size of a tape.
NUMBER = 32
_LIST = 56


#: The name of each dtype as PyTorch prints it, without `torch.`.
_dtype_names: dict[torch.dtype, str] = {}


def dtype_name(dtype: torch.dtype) -> str:
    """Return `"float32"` for `torch.float32`."""
    name = _dtype_names.get(dtype)
    if name is None:
        name = _dtype_names[dtype] = str(dtype).removeprefix("torch.")
    return name


#: A tensor's address, version and layout: until it is freed, they determine its numbers.
_Place: TypeAlias = tuple[int, int, torch.Size, tuple[int, ...], torch.dtype]
#: The number of elements from which lookups by address, of which some fail, are faster than another reading.
_LARGE = 64


class Values:
    """Plain copies of tensors: reading the same version of a tensor again returns the same object.

    A gradient that leaves one Node and arrives at the next is therefore kept once, and so are the data of all
    iterations. `forget_unused`, called for each part, drops the copies that the last part did not read.
    """

    #: Makes the context in which a running backward is read.
    apart: Callable[[], AbstractContextManager[object]] = nullcontext

    def __init__(self) -> None:
        self.bytes = 0
        #: How often copies were forgotten: since then, numbers may differ though the tensor's version does not.
        self.readings = 0
        # The tensor is kept beside its value, so that no other tensor gets its id.
        self._recent: dict[int, tuple[torch.Tensor, int, Value]] = {}
        self._older: dict[int, tuple[torch.Tensor, int, Value]] = {}
        self._shapes: dict[torch.Size, tuple[int, ...]] = {}
        self._places: dict[_Place, Value] = {}  # of larger tensors read since `forget_unused`

    @property
    def nodes(self) -> int:
        """The most Nodes of the graph of one part."""
        return limits.NODES

    def read(self, tensor: torch.Tensor) -> Value:
        """Return the numbers of `tensor`, like `Tensor.tolist()`; treat them as read-only."""
        key = id(tensor)
        known = self._recent.get(key)
        if known is not None and known[1] == tensor._version:
            return known[2]
        older = self._older.get(key)
        if older is not None and older[1] == tensor._version:
            self._recent[key] = older
            return older[2]
        return self._read_first(tensor)

    def _read_first(self, tensor: torch.Tensor) -> Value:
        """Return the numbers of a tensor in a version that no copy has."""
        try:
            version = tensor._version
        except RuntimeError:  # it was made in inference mode
            self.bytes += _LIST + NUMBER * tensor.numel()
            unversioned: Value = tensor.tolist()
            return unversioned
        numbers = self._numbers(tensor)
        self._recent[id(tensor)] = tensor, version, numbers
        return numbers

    def _numbers(self, tensor: torch.Tensor) -> Value:
        """Return the numbers, read once for tensors at the same address: a result, and the Node's saved copy of
        it.

        The first tensor is kept, so its memory is not reused meanwhile.
        """
        count = tensor.numel()
        if count < _LARGE or tensor._is_zerotensor():
            self.bytes += _LIST + NUMBER * count
            try:
                small: Value = tensor.tolist()
            except RuntimeError:
                if not tensor._is_zerotensor():  # the derivative of a sign: torch cannot read its zeros
                    raise
                small = torch.zeros(tensor.shape, dtype=tensor.dtype).tolist()
            return small
        place = tensor.data_ptr(), tensor._version, tensor.shape, tensor.stride(), tensor.dtype
        if place not in self._places:
            self.bytes += _LIST + NUMBER * count
            self._places[place] = tensor.tolist()
        return self._places[place]

    def shape(self, tensor: torch.Tensor) -> tuple[int, ...]:
        """Return the shape of `tensor`; equal shapes are the same object, because a run has few.

        A tensor that has no shape, such as a nested one, is said to have an empty one.
        """
        try:
            size = tensor.shape
        except (RuntimeError, ValueError):
            return ()
        known = self._shapes.get(size)
        if known is None:
            known = self._shapes[size] = tuple(size)
        return known

    def read_array(self, array: np.ndarray[Any, Any]) -> Value:
        """Return the numbers of an array; treat them as read-only."""
        numbers: Value = array.tolist()
        return numbers

    def read_optional(self, tensor: torch.Tensor | None) -> Value | None:
        """Like `read`, but None for None (a missing `.grad`)."""
        return None if tensor is None else self.read(tensor)

    def forget_all(self) -> None:
        """Drop all copies: NumPy wrote into memory that tensors may share, and raised no tensor's version."""
        self.readings += 1
        self._older = {}
        self._recent = {}
        self._places = {}

    def forget(self, storages: Collection[int]) -> None:
        """Drop the copies of tensors in these storages: a write did not raise the versions of all of them."""
        self.readings += 1
        for copies in (self._recent, self._older):
            for key in [key for key, (tensor, _, _) in copies.items() if storage_of(tensor) in storages]:
                del copies[key]
        self._places = {}

    def forget_unused(self) -> None:
        """Drop the copies that were not read since the last call."""
        self._older = self._recent
        self._recent = {}
        self._places = {}
