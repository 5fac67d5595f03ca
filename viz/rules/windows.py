"""Functions of formulas over the windows of a signal, an image or a volume: convolutions and pooling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F

Tensor = torch.Tensor
Shape = tuple[int, ...]
#: The part of each dimension that a window covers.
Window: TypeAlias = tuple[slice, ...]


def besides_channels(shape: Shape) -> Shape:
    """Return every dimension of this shape but the channels', the second one."""
    return (0, *range(2, len(shape)))


def convolved(
    value: Tensor, weight: Tensor, stride: Shape, padding: Shape, dilation: Shape, groups: int
) -> Tensor:
    """Return for each step of the convolution the sum of the window's numbers times the kernel's."""
    rows, sizes = value.shape[0], weight.shape[2:]
    padded = _padded(value, padding)
    reached = [step * (size - 1) + 1 for size, step in zip(sizes, dilation, strict=True)]
    steps = [(one - far) // step + 1 for one, far, step in zip(padded.shape[2:], reached, stride, strict=True)]
    split = padded.reshape(rows, groups, -1, *padded.shape[2:])
    kernel = weight.reshape(groups, -1, *weight.shape[1:])
    made = torch.zeros(rows, groups, kernel.shape[1], *steps, dtype=torch.float64)
    for tap, window in _taps(sizes, stride, dilation, steps):
        made = made + torch.einsum("ngc...,goc->ngo...", split[_at(window)], kernel[_at(tap)])
    return made.reshape(rows, -1, *steps)


def conv_input(
    grad: Tensor, weight: Tensor, stride: Shape, padding: Shape, dilation: Shape, groups: int, shape: Shape
) -> Tensor:
    """Return the gradient of a convolution's input: for each number, from the windows that contain it."""
    rows, channels, *lengths = shape
    wide = [length + 2 * more for length, more in zip(lengths, padding, strict=True)]
    padded = torch.zeros(rows, groups, channels // groups, *wide, dtype=torch.float64)
    grouped = grad.reshape(rows, groups, -1, *grad.shape[2:])
    kernel = weight.reshape(groups, -1, *weight.shape[1:])
    for tap, window in _taps(weight.shape[2:], stride, dilation, grad.shape[2:]):
        padded[_at(window)] += torch.einsum("ngo...,goc->ngc...", grouped, kernel[_at(tap)])
    inner = [slice(more, more + length) for length, more in zip(lengths, padding, strict=True)]
    return padded[_at(inner)].reshape(shape)


def conv_weight(
    grad: Tensor, value: Tensor, stride: Shape, padding: Shape, dilation: Shape, groups: int, shape: Shape
) -> Tensor:
    """Return the gradient of a convolution's kernel: for each number, the sum of gradients times inputs."""
    padded = _padded(value, padding)
    grouped = grad.reshape(grad.shape[0], groups, -1, *grad.shape[2:])
    split = padded.reshape(value.shape[0], groups, -1, *padded.shape[2:])
    taps = [
        torch.einsum("ngo...,ngc...->goc", grouped, split[_at(window)])
        for _, window in _taps(shape[2:], stride, dilation, grad.shape[2:])
    ]
    return torch.stack(taps, -1).reshape(shape)


def put_in_planes(value: Tensor, indices: Tensor, shape: Shape) -> Tensor:
    """Return zeros of this shape, with each number added at its index in its plane, the last two dimensions."""
    planes = torch.zeros(*shape[:-2], shape[-2] * shape[-1], dtype=torch.float64)
    return planes.scatter_add(-1, indices.long().flatten(-2), value.flatten(-2)).reshape(shape)


def picked_in_planes(value: Tensor, indices: Tensor) -> Tensor:
    """Return the number at each index in its plane, the last two dimensions."""
    return value.flatten(-2).gather(-1, indices.long().flatten(-2)).reshape(indices.shape)


def add_to_windows(value: Tensor, kernel: Shape, stride: Shape, padding: Shape, shape: Shape) -> Tensor:
    """Return zeros of this shape, to which each number is added wherever its window is."""
    return _added(value, _windows(kernel, stride, padding, value.shape, shape), shape)


def sum_windows(value: Tensor, kernel: Shape, stride: Shape, padding: Shape, shape: Shape) -> Tensor:
    """Return in this shape the sum over each window of `value`."""
    return _sums(value, _windows(kernel, stride, padding, shape, tuple(value.shape)), shape)


def window_sizes(
    kernel: Shape, stride: Shape, padding: Shape, counts_padding: bool, made: Shape, shape: Shape
) -> int | Tensor:
    """Return how many elements each window of an average has: one number if all have as many."""
    room = tuple(padding) if counts_padding else (0,) * len(padding)
    return _sizes(_windows(kernel, stride, padding, made, shape, room))


def add_to_regions(value: Tensor, shape: Shape, dims: int) -> Tensor:
    """Return zeros of this shape, to which each number is added in its region of the last `dims` dimensions."""
    return _added(value, _regions(value.shape, shape, dims), shape)


def sum_regions(value: Tensor, shape: Shape, dims: int) -> Tensor:
    """Return in this shape the sum over each region of the last `dims` dimensions of `value`."""
    return _sums(value, _regions(shape, value.shape, dims), shape)


def region_sizes(made: Shape, shape: Shape, dims: int) -> int | Tensor:
    """Return how many elements each region of an adaptive pooling has: one number if all have as many."""
    return _sizes(_regions(made, shape, dims))


def _at(places: Sequence[Any]) -> Any:
    """Return the key of these places in the last dimensions."""
    return (..., *places)


def _padded(value: Tensor, padding: Shape) -> Tensor:
    return F.pad(value, [one for more in reversed(padding) for one in (more, more)])


def _taps(
    sizes: Sequence[int], stride: Shape, dilation: Shape, steps: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], Window]]:
    """Yield the place of each number in a kernel, and where it lies at each step of the convolution."""
    for tap in product(*map(range, sizes)):
        firsts = [place * far for place, far in zip(tap, dilation, strict=True)]
        yield (
            tap,
            tuple(
                slice(first, first + step * (count - 1) + 1, step)
                for first, step, count in zip(firsts, stride, steps, strict=True)
            ),
        )


def _windows(
    kernel: Shape, stride: Shape, padding: Shape, made: Sequence[int], shape: Sequence[int], room: Shape = ()
) -> list[list[slice]]:
    """Return, for each pooled dimension, where its windows lie in the input of this shape.

    A window ends at the input's border, or at most `room` past it. Without a stride, it is the kernel's size.
    """
    count = len(kernel)
    rows = zip(kernel, stride or kernel, padding, made[-count:], shape[-count:], room or (0,) * count, strict=True)
    return [
        [
            slice(max(place * step - more, -past), min(place * step - more + size, length + past))
            for place in range(steps)
        ]
        for size, step, more, steps, length, past in rows
    ]


def _regions(made: Sequence[int], shape: Sequence[int], dims: int) -> list[list[slice]]:
    """Return where the regions of an adaptive pooling lie in each of the last `dims` dimensions of this shape."""
    return [
        [slice(place * length // steps, -(-(place + 1) * length // steps)) for place in range(steps)]
        for steps, length in zip(made[-dims:], shape[-dims:], strict=True)
    ]


def _added(value: Tensor, windows: list[list[slice]], shape: Shape) -> Tensor:
    made = torch.zeros(shape, dtype=torch.float64)
    for place, window in _places(windows):
        made[_at(window)] += value[_at(place)]
    return made


def _sums(value: Tensor, windows: list[list[slice]], shape: Shape) -> Tensor:
    made = torch.zeros(shape, dtype=torch.float64)
    for place, window in _places(windows):
        part = value[_at(window)].to(torch.float64)
        made[_at(place)] = part.sum(tuple(range(-len(windows), 0)), keepdim=True)
    return made


def _sizes(windows: list[list[slice]]) -> int | Tensor:
    counts = [[one.stop - one.start for one in line] for line in windows]
    sizes = torch.tensor([prod(one) for one in product(*counts)], dtype=torch.float64)
    if sizes.numel() and bool((sizes == sizes[0]).all()):
        return int(sizes[0])
    return sizes.reshape([len(line) for line in windows])


def _places(windows: list[list[slice]]) -> Iterator[tuple[Window, Window]]:
    """Yield the place of each window in the result, as a slice of one element, and the window."""
    numbered = [[(slice(place, place + 1), one) for place, one in enumerate(line)] for line in windows]
    for together in product(*numbered):
        yield tuple(place for place, _ in together), tuple(one for _, one in together)
