"""Samples at the edges: with zeros, ties, NaN, infinities, denormal numbers, and empty or single dimensions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import partial

import torch

from tests.audit.catalogue_count import Sample

_NAN, _INF = math.nan, math.inf
#: What the elements of a sample's tensors become, over and over in this order.
_VALUES: dict[str, tuple[float, ...]] = {
    "zeros": (0.0, -0.0, 1.0, 0.0),
    "ties": (2.0, 2.0, -1.0, 2.0, -1.0),
    "nan": (1.0, _NAN, -2.0, 0.5),
    "inf": (1.0, _INF, -_INF, 2.0),
    "denormals": (1e-40, -1e-42, 1.0, 1e-38),
}
_SIZES = {"empty": 0, "single": 1}
#: Samples of an operation that are taken to the edges.
_SAMPLES = 2


def of(samples: Iterable[Sample]) -> Iterator[tuple[str, Sample]]:
    """A few samples at each edge, with the edge's name."""
    for number, sample in enumerate([one for one in samples if _is_plain(one)][:_SAMPLES]):
        for name, values in _VALUES.items():
            yield f"{name} {number}", sample.changed(partial(_filled, values=values))
        largest = max(max(one.shape, default=0) for one in sample.tensors)
        for name, size in _SIZES.items():
            yield f"{name} {number}", sample.changed(partial(_resized, before=largest, after=size))


def _is_plain(sample: Sample) -> bool:
    """Whether the sample has a tensor of several floats, which can become others."""
    return any(one.is_floating_point() and one.numel() > 3 for one in sample.tensors)


def _filled(value: torch.Tensor, values: tuple[float, ...]) -> torch.Tensor:
    """A tensor of the same shape with these values, over and over."""
    if not value.is_floating_point():
        return value
    repeated = (values * (value.numel() // len(values) + 1))[: value.numel()]
    filled = torch.tensor(repeated, dtype=value.dtype).reshape(value.shape)
    return filled.requires_grad_(value.requires_grad)


def _resized(value: torch.Tensor, before: int, after: int) -> torch.Tensor:
    """A tensor with each of its dimensions of size `before` cut to the size `after`."""
    part = value.detach()[tuple([slice(after if one == before else None) for one in value.shape])].clone()
    if after and not (part.is_floating_point() or part.dtype is torch.bool):
        part = part.clamp(max=after - 1)  # an index stays inside
    return part.requires_grad_(value.requires_grad)
