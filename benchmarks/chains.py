"""A chain of operations; in a file of its own, so that a recording does not step into it."""

from __future__ import annotations

import torch


def chain(w: torch.Tensor, operations: int) -> torch.Tensor:
    """Multiply by a number and add one, again and again."""
    for _ in range(operations // 2):
        w = w * 0.999 + 0.001
    return w
