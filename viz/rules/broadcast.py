"""Undoes a broadcast: what was repeated on the way forward is summed on the way back."""

from __future__ import annotations

from collections.abc import Sequence

import torch


def summed_axes(shape: Sequence[int], wanted: Sequence[int]) -> tuple[int, ...]:
    """The axes of `shape` along which an operand of shape `wanted` was repeated by broadcasting."""
    fresh = len(shape) - len(wanted)
    return tuple(
        axis for axis, size in enumerate(shape) if axis < fresh or (wanted[axis - fresh] == 1 and size != 1)
    )


def undo_broadcast(gradient: torch.Tensor, wanted: Sequence[int]) -> torch.Tensor:
    """`gradient` summed over the axes that broadcasting added or repeated, in the shape `wanted`."""
    axes = summed_axes(gradient.shape, wanted)
    return (gradient.sum(axes, keepdim=True) if axes else gradient).reshape(tuple(wanted))
