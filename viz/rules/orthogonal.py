"""The matrix that Muon makes of a gradient: nearly the closest one whose rows (or columns) are orthonormal."""

from __future__ import annotations

import torch


def newton_schulz(
    matrix: torch.Tensor, steps: torch.Tensor, a: torch.Tensor, b: torch.Tensor, c: torch.Tensor, eps: torch.Tensor
) -> torch.Tensor:
    """`steps` times `(a + b X Xᵀ + c (X Xᵀ)²) X`, from X = matrix / |matrix|; of a tall matrix by its columns.

    `matrix` has two dimensions, the others are one number each. torch computes this in bfloat16, and so must
    whoever wants its numbers; the result is in float64.
    """
    tall = matrix.shape[0] > matrix.shape[1]
    current = matrix.to(torch.bfloat16)
    if tall:
        current = current.T
    current = current / current.norm().clamp(min=float(eps))
    for _ in range(int(steps)):
        square = current @ current.T
        # One product that also adds is rounded once: apart they would be rounded twice.
        factor = torch.addmm(square, square, square, beta=float(b), alpha=float(c))
        current = torch.addmm(current, factor, current, beta=float(a))
    return (current.T if tall else current).to(torch.float64)
