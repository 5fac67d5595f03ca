"""Samples at the edges: zeros, ties, NaN, infinities, denormal and huge numbers, empty and single dimensions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count, cycle, islice

import torch

from tests.audit.catalogue_count import Sample

_NAN, _INF = math.nan, math.inf
#: The values that replace the elements of a sample's tensors, repeated in this order.
_VALUES: dict[str, tuple[float, ...]] = {
    "zeros": (0.0, -0.0, 1.0, 0.0),
    "ties": (2.0, 2.0, -1.0, 2.0, -1.0),
    "nan": (1.0, _NAN, -2.0, 0.5),
    "inf": (1.0, _INF, -_INF, 2.0),
}
#: The same, as multiples of the dtype's smallest normal number and of its largest number.
_TINY, _HUGE = (0.25, -0.001, 1.0, 8.0), (0.5, -0.75, 1e-20, 0.001)
_SIZES = {"empty": 0, "single": 1}
#: The number of samples of an operation that are taken to the edges, by dtype.
_SAMPLES = {torch.float32: 2, torch.float64: 1}


def of(samples: Iterable[Sample], dtype: torch.dtype) -> Iterator[tuple[str, Sample]]:
    """A few samples at each edge, with the edge's name."""
    for number, sample in enumerate([one for one in samples if _is_plain(one)][: _SAMPLES.get(dtype, 0)]):
        for name, values in _VALUES.items():
            yield f"{name} {number}", _filled(sample, partial(_same, values=values), number)
        yield f"denormals {number}", _filled(sample, _tiny, number)
        yield f"huge {number}", _filled(sample, _huge, number)
        largest = max(max(one.shape, default=0) for one in sample.tensors)
        for name, size in _SIZES.items():
            yield f"{name} {number}", sample.changed(partial(_resized, before=largest, after=size))


def _is_plain(sample: Sample) -> bool:
    """Whether the sample has a tensor with several floats that can be replaced."""
    return any(one.is_floating_point() and one.numel() > 3 for one in sample.tensors)


def _same(dtype: torch.dtype, values: tuple[float, ...]) -> tuple[float, ...]:
    return values


def _tiny(dtype: torch.dtype) -> tuple[float, ...]:
    return tuple([one * torch.finfo(dtype).smallest_normal for one in _TINY])


def _huge(dtype: torch.dtype) -> tuple[float, ...]:
    return tuple([one * torch.finfo(dtype).max for one in _HUGE])


def _filled(sample: Sample, values: Callable[[torch.dtype], tuple[float, ...]], shift: int) -> Sample:
    """The sample with these values in its tensors; each tensor begins `shift` places after the one before."""
    begin = count(0, shift)

    def filled(one: torch.Tensor) -> torch.Tensor:
        if not one.is_floating_point():
            return one
        elements = islice(cycle(values(one.dtype)), first := next(begin), first + one.numel())
        return torch.tensor(list(elements), dtype=one.dtype).reshape(one.shape).requires_grad_(one.requires_grad)

    return sample.changed(filled)


def _resized(value: torch.Tensor, before: int, after: int) -> torch.Tensor:
    """A tensor with each of its dimensions of size `before` cut to the size `after`."""
    part = value.detach()[tuple([slice(after if one == before else None) for one in value.shape])].clone()
    if after and not (part.is_floating_point() or part.dtype is torch.bool):
        part = part.clamp(max=after - 1)  # an index stays inside
    return part.requires_grad_(value.requires_grad)
