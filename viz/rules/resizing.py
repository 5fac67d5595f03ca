"""Functions of formulas that change the size of images and signals: padding, upsampling, shuffled pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from viz.rules.rounding import Rounded, plain

Tensor = torch.Tensor
Shape = tuple[int, ...]


def unpadded(value: Tensor, pad: Shape, shape: Shape) -> Tensor:
    """Return in this shape what lies inside the padding; zeros where a negative padding cut something off."""
    inside, target = [slice(None)] * len(shape), [slice(None)] * len(shape)
    for place in range(len(pad) // 2):
        before, after = pad[2 * place : 2 * place + 2]
        dim = len(shape) - 1 - place
        inside[dim] = slice(max(before, 0), value.shape[dim] - max(after, 0))
        target[dim] = slice(max(-before, 0), shape[dim] - max(-after, 0))
    made = torch.zeros(shape, dtype=torch.float64)
    made[tuple(target)] = value[tuple(inside)]
    return made


def reflected(value: Tensor, padding: Shape) -> Tensor:
    """Return `value` padded with its own numbers, mirrored at the border."""
    return _picked(value, _reflections(padding, tuple(value.shape)))


def add_reflected(value: Tensor, padding: Shape, shape: Shape) -> Tensor:
    """Return zeros of this shape, to which each number is added where it came from when it was mirrored."""
    return _added(value, _reflections(padding, shape), shape)


def replicated(value: Tensor, padding: Shape) -> Tensor:
    """Return `value` padded with the numbers at its border."""
    return _picked(value, _replications(padding, tuple(value.shape)))


def add_replicated(value: Tensor, padding: Shape, shape: Shape) -> Tensor:
    """Return zeros of this shape, to which each number is added where it came from; at the border, several are."""
    return _added(value, _replications(padding, shape), shape)


def nearest(value: Tensor, shape: Shape, *scales: float | None) -> Tensor:
    """Return `value` resized to this shape: each element is the nearest one."""
    return _picked(value, _nearest(tuple(value.shape), shape, scales))


def add_nearest(value: Tensor, shape: Shape, *scales: float | None) -> Tensor:
    """Return zeros of this shape, to which each number is added at the element that it was taken from."""
    return _added(value, _nearest(shape, tuple(value.shape), scales), shape)


def interpolated(value: Tensor, shape: Shape, align_corners: bool, *scales: float | None) -> Tensor:
    """Return `value` resized to this shape, linearly between its elements."""
    for dim, first, second, share in _neighbours(tuple(value.shape), shape, align_corners, scales):
        value = value.index_select(dim, first) * (1 - share) + value.index_select(dim, second) * share
    return value


def add_interpolated(value: Tensor, shape: Shape, align_corners: bool, *scales: float | None) -> Tensor:
    """Return zeros of this shape, to which each number is added at the elements that it lay between."""
    for dim, first, second, share in _neighbours(shape, tuple(value.shape), align_corners, scales):
        size = [*value.shape]
        size[dim] = shape[dim]
        made = torch.zeros(size, dtype=torch.float64).index_add(dim, first, value * (1 - share))
        value = made.index_add(dim, second, value * share)
    return value


def between(call: Callable[..., Tensor], numbers: Sequence[Any], shape: Shape, *others: Any) -> Rounded:
    """The value of a linear interpolation, or of its transpose, whose weights torch rounds too."""
    (value,) = numbers
    sizes = [max(one, other) for one, other in zip(shape, value.value.shape, strict=True)]
    steps = 4 * sum(sizes)  # the position of an element is rounded in relation to the number of elements
    finite = value.value.abs().nan_to_num(0.0, 0.0)
    spread = call(finite + value.error, shape, *map(plain, others))
    for dim in range(2, len(shape)):  # a position that is rounded to a neighbour
        spread = _with_neighbours(spread, dim)
    error = call(value.error, shape, *map(plain, others)) + value.precision.unit * steps * spread
    return Rounded(call(value.value, shape, *map(plain, others)), error, value.precision)


def shuffled(value: Tensor, factor: int) -> Tensor:
    """Return an image whose channels became pixels, `factor` times as many in each direction."""
    *rows, channels, height, width = value.shape
    split = value.reshape(*rows, channels // factor**2, factor, factor, height, width)
    moved = split.movedim((-2, -1), (-4, -2))
    return moved.reshape(*rows, channels // factor**2, height * factor, width * factor)


def unshuffled(value: Tensor, factor: int) -> Tensor:
    """Return an image whose pixels became channels."""
    *rows, channels, height, width = value.shape
    split = value.reshape(*rows, channels, height // factor, factor, width // factor, factor)
    moved = split.movedim((-4, -2), (-2, -1))
    return moved.reshape(*rows, channels * factor**2, height // factor, width // factor)


def regrouped(value: Tensor, groups: int) -> Tensor:
    """Return the channels of each group together again, after they were dealt out in turn."""
    rows, channels, *rest = value.shape
    return value.reshape(rows, channels // groups, groups, *rest).transpose(1, 2).reshape(value.shape)


def _picked(value: Tensor, indices: Sequence[tuple[int, Tensor]]) -> Tensor:
    for dim, index in indices:
        value = value.index_select(dim, index)
    return value


def _added(value: Tensor, indices: Sequence[tuple[int, Tensor]], shape: Shape) -> Tensor:
    for dim, index in indices:
        size = [*value.shape]
        size[dim] = shape[dim]
        value = torch.zeros(size, dtype=torch.float64).index_add(dim, index, value)
    return value


def _positions(padding: Shape, shape: Shape) -> list[tuple[int, Tensor, int]]:
    """Return for each padded dimension the places in the padded tensor, counted from the input's first element,
    and the input's length."""
    found = []
    for place in range(len(padding) // 2):
        dim = len(shape) - 1 - place
        before, after = padding[2 * place : 2 * place + 2]
        found.append((dim, torch.arange(-before, shape[dim] + after), shape[dim]))
    return found


def _reflections(padding: Shape, shape: Shape) -> list[tuple[int, Tensor]]:
    return [
        (dim, length - 1 - (length - 1 - places.abs()).abs()) for dim, places, length in _positions(padding, shape)
    ]


def _replications(padding: Shape, shape: Shape) -> list[tuple[int, Tensor]]:
    return [(dim, places.clamp(0, length - 1)) for dim, places, length in _positions(padding, shape)]


def _nearest(shape: Shape, made: Shape, scales: Sequence[float | None]) -> list[tuple[int, Tensor]]:
    """Return for each resized dimension where each result comes from, which torch computes in float32."""
    found = []
    for dim, scale in enumerate(scales, 2):
        length, count = shape[dim], made[dim]
        step = torch.tensor(1 / scale if scale else length / count, dtype=torch.float32)
        places = (torch.arange(count, dtype=torch.float32) * step).floor().long()
        found.append((dim, places.clamp(max=length - 1)))
    return found


def _neighbours(
    shape: Shape, made: Shape, align_corners: bool, scales: Sequence[float | None]
) -> Iterator[tuple[int, Tensor, Tensor, Tensor]]:
    """Yield for each resized dimension the two elements that each result lies between, and the second one's share,
    in a shape that broadcasts along the dimension."""
    for dim, scale in enumerate(scales, 2):
        length, count = shape[dim], made[dim]
        results = torch.arange(count, dtype=torch.float64)
        if align_corners:
            places = results * ((length - 1) / (count - 1) if count > 1 else 0.0)
        else:
            places = ((results + 0.5) * (1 / scale if scale else length / count) - 0.5).clamp(min=0.0)
        if length == count:
            places = results
        first = places.floor().long().clamp(max=length - 1)
        second = first if length == count else (first + 1).clamp(max=length - 1)
        share = (places - first).clamp(0.0, 1.0).reshape([-1] + [1] * (len(shape) - 1 - dim))
        yield dim, first, second, share


def _with_neighbours(value: Tensor, dim: int) -> Tensor:
    """Return for each element the sum of it and its two neighbours."""
    made = value.clone()
    count = value.shape[dim] - 1
    if count > 0:
        made.narrow(dim, 0, count).add_(value.narrow(dim, 1, count))
        made.narrow(dim, 1, count).add_(value.narrow(dim, 0, count))
    return made
