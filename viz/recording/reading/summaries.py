"""Reads the tensors of any script: those that are too large, or of an odd kind, as a Summary."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from viz import limits
from viz.frames.plain import Summary, Value
from viz.pytorch.storages import storage_of
from viz.pytorch.undisturbed import undisturbed
from viz.recording.reading.blocks import blocks
from viz.recording.reading.values import Values, dtype_name

#: The classes of tensors whose numbers are kept one by one.
_ORDINARY = frozenset({torch.Tensor, nn.Parameter, nn.Buffer})
#: The dtypes whose numbers Python has.
_REAL = frozenset(
    {
        torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.bool, torch.uint8, torch.int8,
        torch.int16, torch.int32, torch.int64, torch.uint16, torch.uint32, torch.uint64,
    }
)  # fmt: skip
_SPARSE: dict[torch.layout, Callable[[torch.Tensor], torch.Tensor]] = {
    torch.sparse_coo: torch.Tensor._values,
    **dict.fromkeys((torch.sparse_csr, torch.sparse_csc, torch.sparse_bsr, torch.sparse_bsc), torch.Tensor.values),
}
#: Numbers that a histogram looks at, and its bins.
_SAMPLE = 1024
_BINS = 16
#: The most Nodes of the graph of one part of a script.
_NODES = 100_000
#: About how many bytes a Summary takes.
_BYTES = 600


class Summaries(Values):
    """Values of any tensor: whole up to some numbers (always those of a single one), beyond that a Summary.

    Reading never raises. A large tensor is not kept alive: its Summary is forgotten with it.
    """

    apart = staticmethod(undisturbed)

    def __init__(self, whole: int = limits.WHOLE, nodes: int = _NODES) -> None:
        """`whole` is the most numbers of a tensor that are kept one by one, `nodes` the most Nodes of a part."""
        super().__init__()
        self._whole = max(1, whole)
        self._nodes = nodes
        self._large: dict[int, tuple[weakref.ref[torch.Tensor], int, Summary]] = {}
        self._at: dict[tuple[Any, ...], tuple[weakref.ref[torch.Tensor], Summary]] = {}

    @property
    def nodes(self) -> int:
        """The most Nodes of the graph of one part."""
        return self._nodes

    def _read_first(self, tensor: torch.Tensor) -> Value:
        """Return the numbers of a tensor, or its Summary."""
        if type(tensor) in _ORDINARY and tensor.dtype in _REAL and tensor.layout is torch.strided:
            try:
                return super()._read_first(tensor) if tensor.numel() <= self._whole else self._read_large(tensor)
            except (RuntimeError, NotImplementedError):
                pass  # no numbers or no version: on the meta device, in inference mode, inside `torch.func`
        self.bytes += _BYTES
        with undisturbed():
            return _summary(tensor)

    def read_array(self, array: np.ndarray[Any, Any]) -> Value:
        """Return the numbers of an array, or its Summary, without numbers if its entries are none."""
        if array.size <= self._whole:
            return super().read_array(array)
        self.bytes += _BYTES
        shape, dtype = array.shape, str(array.dtype)
        try:
            with undisturbed():
                return Summary(shape, dtype, "cpu", "", *_said(_tensor_of(array)))
        except TypeError:  # its entries are strings, dates or objects
            return Summary(shape, dtype, "cpu", type(array).__name__)

    def forget_all(self) -> None:
        """Drop all copies and Summaries."""
        super().forget_all()
        self._large, self._at = {}, {}

    def forget(self, storages: Collection[int]) -> None:
        """Drop the copies and Summaries of tensors in these storages."""
        super().forget(storages)
        for key, (refers, _, _) in list(self._large.items()):
            if (tensor := refers()) is None or storage_of(tensor) in storages:
                del self._large[key]
        self._at = {}

    def forget_unused(self) -> None:
        """Drop the copies that were not read since the last call, and the Summaries of tensors that are gone."""
        super().forget_unused()
        self._large = {key: one for key, one in self._large.items() if one[0]() is not None}
        self._at = {key: one for key, one in self._at.items() if one[0]() is not None}

    def _read_large(self, tensor: torch.Tensor) -> Summary:
        """Return the Summary of an ordinary tensor, made once for each version of its numbers."""
        key, version = id(tensor), tensor._version
        known = self._large.get(key)
        if known is not None and known[1] == version and known[0]() is tensor:
            return known[2]
        line = _in_one_line(tensor.detach())
        layout: tuple[Any, ...] = (tensor.shape, tensor.stride()) if line is None else (tensor.numel(),)
        place = tensor.data_ptr(), version, tensor.dtype, *layout
        there = self._at.get(place)
        other = None if there is None else there[0]()
        if there is not None and other is not None:
            made = there[1]  # another tensor with the same numbers, such as the transpose that a Node saved
            if (other.shape, other.stride()) != (tensor.shape, tensor.stride()):
                self.bytes += _BYTES
                with undisturbed():
                    rows, picture = blocks(tensor.detach())
                made = replace(made, shape=tuple(tensor.shape), rows=rows, blocks=picture)
        else:
            self.bytes += _BYTES
            with undisturbed():
                made = _summary(tensor)
            self._at[place] = weakref.ref(tensor), made
        self._large[key] = weakref.ref(tensor), version, made
        return made


def _summary(tensor: torch.Tensor) -> Summary:
    """Return the Summary of any tensor; what cannot be read of it is left out."""
    shape: tuple[int, ...] | None = None
    kind, device = type(tensor).__name__, ""
    try:
        if is_lazy(tensor):
            return Summary(None, dtype_name(tensor.dtype), str(tensor.device), "uninitialized")
        device, kind = str(tensor.device), _kind(tensor)
        shape = None if tensor.is_nested else tuple(tensor.shape)
        numbers = _numbers(tensor.detach(), kind)
        return Summary(shape, dtype_name(tensor.dtype), device, kind, *(() if numbers is None else _said(numbers)))
    except Exception:  # noqa: BLE001  # a class of tensors may raise anything
        return Summary(shape, dtype_name(tensor.dtype), device, kind)


def _kind(tensor: torch.Tensor) -> str:
    """Say which kind of tensor this is, empty for an ordinary one."""
    own = type(tensor).__torch_dispatch__ is not torch.Tensor.__torch_dispatch__
    if own or tensor.is_nested:
        return "nested" if tensor.is_nested else type(tensor).__name__
    if _is_wrapped(tensor):
        return "batched"
    if tensor.is_meta:
        return "meta"
    if tensor.layout is not torch.strided:
        return str(tensor.layout).removeprefix("torch.")
    if tensor.is_quantized:
        return "quantized"
    return "complex" if tensor.is_complex() else ""


def _numbers(tensor: torch.Tensor, kind: str) -> torch.Tensor | None:
    """Return the numbers that describe a tensor, as an ordinary real one; None if there are none to be read."""
    if tensor.layout in _SPARSE and kind == str(tensor.layout).removeprefix("torch."):
        tensor = _SPARSE[tensor.layout](tensor)
    elif kind == "nested":
        tensor = (
            tensor.values() if tensor.layout is torch.jagged else torch.cat([t.flatten() for t in tensor.unbind()])
        )
    elif kind == "quantized":
        tensor = tensor.dequantize()
    elif kind not in ("", "complex"):
        return None
    if tensor._is_zerotensor():
        tensor = torch.zeros(tensor.shape, dtype=tensor.dtype)
    if tensor.is_complex():
        return tensor.abs()
    if tensor.dtype in (torch.float32, torch.float64):
        return tensor
    return tensor.to(torch.float32 if tensor.is_floating_point() else torch.float64)


def _said(numbers: torch.Tensor) -> tuple[Any, ...]:
    """Return the fields of a Summary from `minimum` on."""
    count = numbers.numel()
    if not count:
        return ()
    least, largest = (float(one) for one in torch.aminmax(numbers))
    mean, norm = float(numbers.mean()), float(torch.linalg.vector_norm(numbers))
    zeros = 0.0 if least > 0 or largest < 0 else 1 - _nonzero(numbers) / count
    nans = infs = 0.0
    if not (math.isfinite(least) and math.isfinite(largest)):
        nans, infs = int(numbers.isnan().sum()) / count, int(numbers.isinf().sum()) / count
    line = _in_one_line(numbers)
    sample = (numbers.flatten() if line is None else line)[:: max(1, count // _SAMPLE)]
    if nans or infs:
        sample = sample[sample.isfinite()]
    histogram = torch.histc(sample.cpu().double(), _BINS).tolist() if sample.numel() else []
    counts = tuple([int(one) for one in histogram])
    return least, largest, mean, norm, zeros, nans, infs, counts, *blocks(numbers)


def _tensor_of(array: np.ndarray[Any, Any]) -> torch.Tensor:
    """Return an array's numbers as a real tensor; raises TypeError if they are none."""
    kept = array.dtype in (np.float32, np.float64)
    numbers = array if kept else np.abs(array) if array.dtype.kind == "c" else array.astype(np.float64)
    return torch.from_numpy(np.ascontiguousarray(numbers))


def _in_one_line(tensor: torch.Tensor) -> torch.Tensor | None:
    """Return a view of all numbers in the order of the memory; None if they are not one stretch of it."""
    if tensor.is_contiguous():
        return tensor.view(-1)
    strides = tensor.stride()
    sorted_ = tensor.permute(sorted(range(tensor.dim()), key=strides.__getitem__, reverse=True))
    return sorted_.view(-1) if sorted_.is_contiguous() else None


def _nonzero(numbers: torch.Tensor) -> int:
    """Count the numbers that are not 0, NaN included; less than half as long as `torch.count_nonzero` takes."""
    if numbers.numel() >= 2**31:
        return int(torch.count_nonzero(numbers))
    return int(numbers.bool().view(torch.int8).sum(dtype=torch.int32))


def _is_wrapped(tensor: torch.Tensor) -> bool:
    """Whether a transform of `torch.func`, or `is_grads_batched=True`, wraps the tensor: it has no numbers."""
    functorch: Any = torch._C._functorch  # torch has no types for it
    wrapped: bool = functorch.is_functorch_wrapped_tensor(tensor) or functorch.is_legacy_batchedtensor(tensor)
    return wrapped
