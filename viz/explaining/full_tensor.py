"""A tensor in full: every number up to a hundred; for a larger one, a summary and a strip or a picture."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from viz.frames.plain import Summary, Value
from viz.writing.numbers import flat, number

#: Up to this number of elements, every number is shown.
MOST_NUMBERS = 100
#: Numbers per row, for a tensor with one dimension.
ACROSS = 5
#: Cells in the strip for a larger tensor; each shows the mean of its part.
CELLS = 64
#: The bytes of a Summary's blocks: of one that is not finite, and of the largest.
_NOT_FINITE, _LARGEST = -128, 127


@dataclass(frozen=True, slots=True)
class FullTensor:
    """A tensor's numbers as strings, in rows along its last dimension; or the summary of a large tensor.

    `summary` has the minimum, mean and maximum of the finite numbers. `strip` has the means of equal parts of the
    tensor in row-major order, scaled from 0 (the smallest) to 1; None for a part without a finite number. `blocks`
    has rows of blocks of a recorded Summary, from -1 to 1; None for a block with a number that is not finite.
    """

    shape: tuple[int, ...]
    dtype: str
    rows: tuple[tuple[str, ...], ...] = ()
    summary: tuple[tuple[str, str], ...] = ()
    strip: tuple[float | None, ...] = ()
    blocks: tuple[tuple[float | None, ...], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The tensor as the stage shows it: `about` and `summary` are texts."""
        about = f"shape [{', '.join(map(str, self.shape))}], {self.dtype}"
        summary = "   ".join([f"{word} {number_}" for word, number_ in self.summary])
        more = {"blocks": self.blocks} if self.blocks else {}
        return {"about": about, "rows": self.rows, "summary": summary, "strip": self.strip, **more}


def full_tensor(value: Value, shape: tuple[int, ...], dtype: str) -> FullTensor:
    """Return all numbers of a tensor, or its summary if it is large."""
    if isinstance(value, Summary):
        return FullTensor(shape, dtype, summary=_recorded(value), blocks=tuple(_blocks(value)))
    numbers = flat(value)
    if len(numbers) <= MOST_NUMBERS:
        width = shape[-1] if shape and shape[-1] else 1
        width = width if len(shape) > 1 else ACROSS
        texts = [number(one) for one in numbers]
        return FullTensor(shape, dtype, tuple(tuple(texts[at : at + width]) for at in range(0, len(texts), width)))
    finite = [one for one in numbers if math.isfinite(one)]
    summary = [("elements", str(len(numbers)))]
    if finite:
        summary += [("min", number(min(finite))), ("mean", number(_mean(finite))), ("max", number(max(finite)))]
    if len(finite) < len(numbers):
        summary.append(("inf or NaN", str(len(numbers) - len(finite))))
    return FullTensor(shape, dtype, summary=tuple(summary), strip=_strip(numbers))


def _recorded(value: Summary) -> tuple[tuple[str, str], ...]:
    """Return the parts of a recorded Summary as texts."""
    sizes = (("min", value.minimum), ("mean", value.mean), ("max", value.maximum), ("norm", value.norm))
    shares = (("zeros", value.zeros), ("NaN", value.nans), ("inf", value.infs))
    return (
        *([("kind", value.kind)] if value.kind else []),
        *((word, number(one)) for word, one in sizes if one is not None),
        *((word, f"{number(100 * share, 3)} %") for word, share in shares if share),
    )


def _blocks(value: Summary) -> Iterator[tuple[float | None, ...]]:
    """Yield the rows of a Summary's picture."""
    across = len(value.blocks) // max(1, value.rows)
    for row in range(value.rows):
        levels = memoryview(value.blocks)[row * across : (row + 1) * across].cast("b")
        yield tuple([None if one == _NOT_FINITE else round(one / _LARGEST, 2) for one in levels])


def _strip(numbers: Sequence[float]) -> tuple[float | None, ...]:
    bounds = [len(numbers) * cell // CELLS for cell in range(CELLS + 1)]
    means = [
        _mean([one for one in numbers[start:end] if math.isfinite(one)])
        for start, end in pairwise(bounds)
        if end > start
    ]
    known = [mean for mean in means if mean is not None]
    # Halved, because the difference of two floats may overflow.
    low, high = min(known, default=0.0) / 2, max(known, default=0.0) / 2
    return tuple(
        None if mean is None else (mean / 2 - low) / (high - low) if high > low else 0.5 for mean in means
    )


def _mean(numbers: Sequence[float]) -> float | None:
    if not numbers:
        return None
    try:
        return math.fsum(numbers) / len(numbers)
    except OverflowError:  # the sum overflows, the mean does not
        return math.fsum(one / len(numbers) for one in numbers)
