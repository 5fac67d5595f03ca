"""A large tensor as a picture of blocks, each as dark as its number of largest size."""

from __future__ import annotations

import numpy as np
import torch

#: The most blocks in a column and in a row, and the most numbers that a block looks at in each direction.
ROWS, COLUMNS = 8, 16
_EACH = 4
#: The byte of a block with a number that is not finite, and of the largest number.
NOT_FINITE, LARGEST = -128, 127


def blocks(numbers: torch.Tensor) -> tuple[int, bytes]:
    """Return the rows of a picture of an ordinary real tensor, and its blocks, as in a Summary."""
    if not numbers.numel():
        return 0, b""
    held = _evenly_spaced(numbers).cpu().double().resolve_neg().numpy()
    down, across = (_edges(size, most) for size, most in zip(held.shape, (ROWS, COLUMNS), strict=True))
    high, low = (
        extreme.reduceat(extreme.reduceat(held, down, axis=0), across, axis=1)
        for extreme in (np.maximum, np.minimum)
    )
    largest = np.where(high >= -low, high, low)
    finite = np.isfinite(largest)
    peak = np.abs(largest[finite]).max(initial=0.0)
    shares = np.divide(largest, peak, out=np.zeros_like(largest), where=finite & (peak > 0))
    levels = np.where(finite, np.rint(shares * LARGEST), NOT_FINITE).astype(np.int8)
    return len(down), levels.tobytes()


def _evenly_spaced(numbers: torch.Tensor) -> torch.Tensor:
    """Return some numbers as a matrix whose rows go along the last dimension; only views are made before it."""
    *leading, last = numbers.shape or (1,)
    columns = numbers.reshape(1) if not numbers.dim() else numbers[..., :: max(1, -(-last // (COLUMNS * _EACH)))]
    room = ROWS * _EACH
    for place, size in enumerate(leading):
        step = -(-size // room)
        columns = columns[(slice(None),) * place + (slice(None, None, step),)]
        room = max(1, room // columns.shape[place])
    return columns.reshape(-1, columns.shape[-1])


def _edges(size: int, most: int) -> list[int]:
    """Return where each of at most `most` blocks of nearly equal size begins."""
    count = min(size, most)
    return [at * size // count for at in range(count)]
