"""Finds what torch hides about views: where a view lies in its base, and the Node of a write into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import torch

from viz.frames.graph import Saved
from viz.pytorch.graph import TorchNode, function_of
from viz.recording.reading.saved import saved_by
from viz.recording.reading.values import Values

#: The Node of a base after an in-place write into a view of it.
COPY_SLICES = "CopySlices"
#: The Node of a view that torch rebuilt from its layout, after its base was changed in place.
AS_STRIDED = "AsStridedBackward0"

#: A tensor's layout in its storage, in elements: size, strides and storage offset.
TensorGeometry: TypeAlias = tuple[Sequence[int], Sequence[int], int]


def base_of(function: TorchNode, tensors: Iterable[torch.Tensor]) -> tuple[Saved, ...]:
    """Return the layout of the base of the view that `function` rebuilt, if one of `tensors` is that view.

    torch's Node holds the same, but Python cannot read it.
    """
    bases = [one._base for one in tensors if function_of(one) is function]
    return () if not bases or bases[0] is None else geometry("self", place(bases[0]))


def place(tensor: torch.Tensor) -> TensorGeometry:
    """Return a tensor's layout."""
    return tensor.shape, tensor.stride(), int(tensor.storage_offset())


def geometry(name: str, where: TensorGeometry) -> tuple[Saved, ...]:
    """Return a tensor's layout in the form in which a Node saves it."""
    size, stride, offset = where
    return (
        Saved(f"{name}_geometry.size", list(size)),
        Saved(f"{name}_geometry.stride", list(stride)),
        Saved(f"{name}_geometry.storage_offset", offset),
    )


class Write:
    """An operation that is about to write into a view of `base`; Python cannot read the Node that torch makes of
    it.

    `repeat` writes the same into a copy of the view, to make such a Node again; call it after the operation.
    """

    def __init__(self, base: torch.Tensor, view: torch.Tensor, repeat: Callable[[torch.Tensor], object]) -> None:
        self._base, self._view, self._repeat = base, view, repeat
        self._needs = base.requires_grad
        self._node = function_of(base)
        self._copy = view.detach().clone()

    def made(self) -> TorchNode | None:
        """Return the CopySlices that torch made of the write, None if it made none."""
        function = function_of(self._base)
        new = function is not None and function is not self._node and type(function).__name__ == COPY_SLICES
        return function if new else None

    def kept(self, values: Values, name_of: Callable[[torch.Tensor], str | None]) -> tuple[Saved, ...]:
        """Return what the CopySlices holds: what its inner Node (`fn`) saved, and the layouts of base and view."""
        copy = self._copy.requires_grad_(self._needs)
        if self._needs:
            copy = copy.clone()  # a leaf cannot be written into
        before = function_of(copy)
        self._repeat(copy)
        inner = function_of(copy)
        if inner is None or inner is before:
            raise RuntimeError("an operation on a copy of a view made no Node, and on the view it made one")
        return (
            *saved_by(inner, values, name_of),
            Saved("fn", type(inner).__name__),
            *geometry("base", place(self._base)),
            *geometry("view", place(self._view)),
        )
