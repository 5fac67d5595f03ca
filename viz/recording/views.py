"""What torch knows of a view and shows nobody: its place in its base, and the Node of what is written into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import torch

from viz.frames.graph import Saved
from viz.pytorch.graph import TorchNode, function_of
from viz.recording.saved import saved_by
from viz.recording.values import Values

#: The Node of a base after something was written into a view of it.
COPY_SLICES = "CopySlices"
#: The Node of a view that torch made anew, from its place in memory.
AS_STRIDED = "AsStridedBackward0"

#: Where a tensor lies in memory, in elements: its size, its strides and where it begins.
TensorGeometry: TypeAlias = tuple[Sequence[int], Sequence[int], int]


def base_of(function: TorchNode, tensors: Iterable[torch.Tensor]) -> tuple[Saved, ...]:
    """Where the base of the view lies that `function` made anew, which is one of `tensors`; nothing where none is.

    torch keeps that in the Node too, out of sight.
    """
    bases = [one._base for one in tensors if function_of(one) is function]
    return () if not bases or bases[0] is None else geometry("self", place(bases[0]))


def place(tensor: torch.Tensor) -> TensorGeometry:
    """Where a tensor lies in memory."""
    return tensor.shape, tensor.stride(), int(tensor.storage_offset())


def geometry(name: str, where: TensorGeometry) -> tuple[Saved, ...]:
    """Where a tensor lies, as what a Node keeps of it by this name."""
    size, stride, offset = where
    return (
        Saved(f"{name}_geometry.size", list(size)),
        Saved(f"{name}_geometry.stride", list(stride)),
        Saved(f"{name}_geometry.storage_offset", offset),
    )


class Write:
    """An operation that is about to write into a part of `base`, of which torch will keep the Node out of sight.

    `again` does the same to a copy of the part; it is called once torch has done it.
    """

    def __init__(self, base: torch.Tensor, part: torch.Tensor, again: Callable[[torch.Tensor], object]) -> None:
        self._base, self._part, self._again = base, part, again
        self._needs = base.requires_grad
        self._node = function_of(base)
        self._copy = part.detach().clone()

    def made(self) -> TorchNode | None:
        """The CopySlices that torch made of it; None where it needed none."""
        function = function_of(self._base)
        new = function is not None and function is not self._node and type(function).__name__ == COPY_SLICES
        return function if new else None

    def kept(self, values: Values, name_of: Callable[[torch.Tensor], str | None]) -> tuple[Saved, ...]:
        """What the CopySlices has inside: what its inner Node (`fn`) saved, and where base and view lie."""
        copy = self._copy.requires_grad_(self._needs)
        if self._needs:
            copy = copy.clone()  # a leaf cannot be written into
        before = function_of(copy)
        self._again(copy)
        inner = function_of(copy)
        if inner is None or inner is before:
            raise RuntimeError("an operation on a copy of a view made no Node, and on the view it made one")
        return (
            *saved_by(inner, values, name_of),
            Saved("fn", type(inner).__name__),
            *geometry("base", place(self._base)),
            *geometry("view", place(self._part)),
        )
