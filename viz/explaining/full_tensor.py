"""A tensor in full: every number up to a hundred, beyond that a summary and a strip of cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from viz.frames.plain import Value
from viz.writing.numbers import flat, number

#: Elements up to which every number is shown.
MOST_NUMBERS = 100
#: Numbers in a row of a tensor with one dimension.
ACROSS = 5
#: Cells of the strip that stands for a larger tensor; each is the mean of its part.
CELLS = 64


@dataclass(frozen=True, slots=True)
class Whole:
    """A tensor's numbers as texts, in rows along its last dimension; or, of a large one, what they come to.

    `summary` has the least, the mean and the largest finite number, and `strip` the means of equal parts of the
    tensor in row-major order, from 0 (the least of them) to 1; None for a part without a finite number.
    """

    shape: tuple[int, ...]
    dtype: str
    rows: tuple[tuple[str, ...], ...] = ()
    summary: tuple[tuple[str, str], ...] = ()
    strip: tuple[float | None, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The fields, as `json.dumps` takes them."""
        return {name: getattr(self, name) for name in self.__slots__}


def whole(value: Value, shape: tuple[int, ...], dtype: str) -> Whole:
    """All of a tensor that there is room for."""
    numbers = flat(value)
    if len(numbers) <= MOST_NUMBERS:
        width = shape[-1] if shape and shape[-1] else 1
        width = width if len(shape) > 1 else ACROSS
        texts = [number(one) for one in numbers]
        return Whole(shape, dtype, tuple(tuple(texts[at : at + width]) for at in range(0, len(texts), width)))
    finite = [one for one in numbers if math.isfinite(one)]
    summary = [("elements", str(len(numbers)))]
    if finite:
        summary += [("min", number(min(finite))), ("mean", number(_mean(finite))), ("max", number(max(finite)))]
    if len(finite) < len(numbers):
        summary.append(("inf or NaN", str(len(numbers) - len(finite))))
    return Whole(shape, dtype, summary=tuple(summary), strip=_strip(numbers))


def _strip(numbers: Sequence[float]) -> tuple[float | None, ...]:
    bounds = [len(numbers) * cell // CELLS for cell in range(CELLS + 1)]
    means = [
        _mean([one for one in numbers[start:end] if math.isfinite(one)])
        for start, end in pairwise(bounds)
        if end > start
    ]
    known = [mean for mean in means if mean is not None]
    # Halves, because the difference of two numbers may be larger than any float.
    low, high = min(known, default=0.0) / 2, max(known, default=0.0) / 2
    return tuple(
        None if mean is None else (mean / 2 - low) / (high - low) if high > low else 0.5 for mean in means
    )


def _mean(numbers: Sequence[float]) -> float | None:
    if not numbers:
        return None
    try:
        return math.fsum(numbers) / len(numbers)
    except OverflowError:  # the sum is larger than any float, the mean is not
        return math.fsum(one / len(numbers) for one in numbers)
