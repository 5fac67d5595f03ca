"""Functions of formulas that read or place elements: classes, indices, slices, views, rows of a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

import torch
import torch.nn.functional as F

Tensor = torch.Tensor
Shape = tuple[int, ...]
#: A tensor's layout in its storage, in elements: size, strides and storage offset.
Geometry = tuple[Shape, Shape, int]


def class_dim(shape: Shape) -> int:
    """The dimension of the classes: the second one, or the only one of a single row."""
    return 0 if len(shape) < 2 else 1


def one_hot(target: Tensor, ignored: int, shape: Shape) -> Tensor:
    """Return a tensor of this shape with 1 at the class of each row and 0 elsewhere; an ignored row is all 0."""
    dim = class_dim(shape)
    classes = target.long()
    counts = classes != ignored
    # A tensor without dimensions is a row of one class.
    chosen = F.one_hot(classes.where(counts, 0), shape[dim] if shape else 1).movedim(-1, dim)
    return (chosen.to(torch.float64) * counts.unsqueeze(dim)).reshape(shape)


def for_classes(weight: Tensor, shape: Shape) -> Tensor:
    """Return `weight`, a number for each class, in a shape that broadcasts along the classes of this shape."""
    dim = class_dim(shape)
    return weight.reshape([-1 if place == dim else 1 for place in range(len(shape))])


def for_rows(value: Tensor, shape: Shape) -> Tensor:
    """Return `value`, a number for each row, in a shape that broadcasts over the classes of a row."""
    return value.unsqueeze(class_dim(shape))


def for_groups(value: Tensor, shape: Shape) -> Tensor:
    """Return `value`, a number for each group of a row's channels, in this shape."""
    return value.unsqueeze(-1).expand(*value.shape, math.prod(shape[1:]) // value.shape[1]).reshape(shape)


def group_sums(value: Tensor, groups: int) -> Tensor:
    """Return for each element the sum over its row's group of channels."""
    sums = value.to(torch.float64).reshape(value.shape[0], groups, -1).sum(-1)
    return for_groups(sums, tuple(value.shape))


def first_half(value: Tensor, dim: int) -> Tensor:
    """Return the first half of a dimension."""
    return value.chunk(2, dim)[0]


def second_half(value: Tensor, dim: int) -> Tensor:
    """Return the second half of a dimension."""
    return value.chunk(2, dim)[1]


def both_halves(first: Tensor, second: Tensor, dim: int) -> Tensor:
    """Return the two halves of a dimension together."""
    return torch.cat([first, second], dim)


def listed(target: Tensor) -> Tensor:
    """Return how often each class occurs in its row's list of classes, which ends at the first -1."""
    classes = target.long()
    valid = (classes >= 0).cummin(-1).values
    counts = torch.zeros(classes.shape, dtype=torch.float64)
    return counts.scatter_add(-1, classes.clamp(min=0), valid.to(torch.float64))


def put_select(value: Tensor, dim: int, index: int, shape: Shape) -> Tensor:
    """Return zeros of this shape, with `value` at `index` of a dimension."""
    return torch.zeros(shape, dtype=torch.float64).select_scatter(value, dim, index)


def put_along(value: Tensor, dim: int, indices: Tensor, keepdim: bool, shape: Shape) -> Tensor:
    """Return zeros of this shape, with each number of `value` added at its index along a dimension."""
    if not shape:
        return value.reshape(shape)
    if not keepdim:
        value, indices = value.unsqueeze(dim), indices.unsqueeze(dim)
    return torch.zeros(shape, dtype=torch.float64).scatter_add(dim, indices.long(), value)


def joined(values: Sequence[Tensor], sizes: int | Shape, dim: int, shape: Shape) -> Tensor:
    """Return zeros of this shape, with the pieces one after the other along a dimension; the last may be
    smaller."""
    made = torch.zeros(shape, dtype=torch.float64)
    starts = list(accumulate([sizes] * len(values) if isinstance(sizes, int) else sizes, initial=0))
    for start, value in zip(starts, values, strict=False):
        if value.any():  # a piece at which no gradient arrived is zeros, in the shape of another piece
            made.narrow(dim, start, value.shape[dim]).copy_(value)
    return made


def added_up(value: Tensor, repeats: Shape, shape: Shape) -> Tensor:
    """Return the sum over the copies of a tensor of this shape that was repeated along each dimension."""
    sizes = (1,) * (len(repeats) - len(shape)) + shape
    split = [size for pair in zip(repeats, sizes, strict=True) for size in pair]
    return value.reshape(split).sum(tuple(range(0, len(split), 2))).reshape(shape)


def put_slice(value: Tensor, dim: int, start: int, end: int | None, step: int, shape: Shape) -> Tensor:
    """Return zeros of this shape, with `value` at a slice of a dimension; up to its end without one."""
    length = shape[dim]
    end = length if end is None else min(end, length)
    return torch.zeros(shape, dtype=torch.float64).slice_scatter(value, dim, start, end, step)


def sliced(value: Tensor, dim: int, start: int, end: int | None, step: int) -> Tensor:
    """Return the elements at a slice of a dimension; up to its end without one."""
    length = value.shape[dim]
    return value.index_select(
        dim, torch.arange(length)[start : length if end is None else min(end, length) : step]
    )


def put_indices(value: Tensor, indices: Sequence[Tensor | None], shape: Shape) -> Tensor:
    """Return zeros of this shape, to which `value` is added at the places that the indices name."""
    places = _places(indices, shape)
    made = torch.zeros(math.prod(shape), dtype=torch.float64)
    return made.index_add(0, places.flatten(), value.expand(places.shape).flatten()).reshape(shape)


def erased(value: Tensor, indices: Sequence[Tensor | None]) -> Tensor:
    """`value` with zeros at the places that the indices name."""
    places = _places(indices, tuple(value.shape))
    return value.flatten().index_fill(0, places.flatten(), 0.0).reshape(value.shape)


def picked(value: Tensor, indices: Sequence[Tensor | None]) -> Tensor:
    """Return the elements at the places that the indices name."""
    places = _places(indices, tuple(value.shape))
    return value.flatten()[places.flatten()].reshape(places.shape)


def erased_along(value: Tensor, dim: int, indices: Tensor) -> Tensor:
    """Set the elements at the indices along one dimension to 0."""
    return value.scatter(dim, indices.long(), 0) if value.dim() else torch.zeros_like(value)


def picked_along(value: Tensor, dim: int, indices: Tensor) -> Tensor:
    """Return the elements at each index along a dimension."""
    return value.gather(dim, indices.long()) if value.dim() else value


def put_masked(value: Tensor, mask: Tensor, shape: Shape) -> Tensor:
    """Return zeros of this shape, widened to the mask's, with the numbers of `value` where the mask is true."""
    return torch.zeros(shape, dtype=torch.float64).where(mask, 0.0).masked_scatter(mask, value)


def picked_masked(value: Tensor, mask: Tensor) -> Tensor:
    """Return the numbers of `value` where the mask is true, as a vector."""
    return value.masked_select(mask)


def put_rows(value: Tensor, indices: Tensor, padding: int, shape: Shape) -> Tensor:
    """Return zeros of this shape, with each row of `value` added to the row that its index names, but the
    padding's."""
    rows, places = value.reshape(-1, shape[-1]), indices.long().flatten()
    learned = (places != padding).unsqueeze(1)
    return torch.zeros(shape, dtype=torch.float64).index_add(0, places, rows.where(learned, 0.0))


def picked_rows(value: Tensor, indices: Tensor, padding: int) -> Tensor:
    """Return the row of `value` that each index names; zeros for the padding's."""
    places = indices.long()
    return value[places] * (places != padding).unsqueeze(-1)


def put_index(value: Tensor, dim: int, index: Tensor, shape: Shape) -> Tensor:
    """Return zeros of this shape, to which each slice of `value` is added at its index of a dimension."""
    return torch.zeros(shape, dtype=torch.float64).index_add(dim, index.long(), value)


def picked_index(value: Tensor, dim: int, index: Tensor) -> Tensor:
    """Return the slice of `value` at each index of a dimension."""
    return value.index_select(dim, index.long())


def put_diagonal(value: Tensor, offset: int, dim1: int, dim2: int, shape: Shape) -> Tensor:
    """Return zeros of this shape, with `value` on a diagonal of two dimensions."""
    return torch.zeros(shape, dtype=torch.float64).diagonal_scatter(value, offset, dim1, dim2)


def at_view(value: Tensor, base: Geometry, view: Geometry) -> Tensor:
    """Return the elements at a view's places in a tensor with this base's shape."""
    return value.flatten()[_within(base, view)]


def put_at_view(value: Tensor, new: Tensor | float, base: Geometry, view: Geometry) -> Tensor:
    """`value`, which has this base's shape, with `new` (or that number everywhere) at a view's places."""
    places = _within(base, view)
    filled = torch.as_tensor(new, dtype=torch.float64).expand(places.shape)
    return value.flatten().index_copy(0, places.flatten(), filled.flatten()).reshape(value.shape)


def put_strided(value: Tensor, size: Shape, stride: Shape, offset: int, base: Geometry) -> Tensor:
    """Return zeros of the base's shape, with each number of `value` added at its place in memory."""
    places = _within(base, (size, stride, offset)).flatten()
    made = torch.zeros(math.prod(base[0]), dtype=torch.float64)
    return made.index_add(0, places, value.flatten()).reshape(base[0])


def _places(indices: Sequence[Tensor | None], shape: Shape) -> Tensor:
    """The places that the indices name in a tensor of this shape, counted in reading order."""
    found = tuple(
        slice(None) if one is None else one if one.dtype == torch.bool else one.long() for one in indices
    )
    return torch.arange(math.prod(shape)).reshape(shape)[found]


def _within(base: Geometry, view: Geometry) -> Tensor:
    """The place of each element of a view in its base, counted in the base's reading order."""
    base_size, base_stride, base_offset = base
    size, stride, offset = view
    count = math.prod(base_size)
    if not count:
        return torch.zeros(size, dtype=torch.int64)
    last = sum((length - 1) * step for length, step in zip(base_size, base_stride, strict=True))
    memory = torch.zeros(last + 1, dtype=torch.int64)
    memory.as_strided(base_size, base_stride).copy_(torch.arange(count).reshape(base_size))
    return memory.as_strided(size, stride, offset - base_offset)
