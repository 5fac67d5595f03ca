"""The matrix that Muon makes of a gradient: close to the nearest one with orthonormal rows (or columns)."""

from __future__ import annotations

import torch


def newton_schulz(
    matrix: torch.Tensor, steps: torch.Tensor, a: torch.Tensor, b: torch.Tensor, c: torch.Tensor, eps: torch.Tensor
) -> torch.Tensor:
    """`steps` times `(a + b X Xᵀ + c (X Xᵀ)²) X`, from X = matrix / |matrix|; of a tall matrix by its columns.

    `matrix` has two dimensions, each of the others is one number. torch computes this in bfloat16, and so does
    this function, to get the same numbers; the result is in float64.
    """
    tall = matrix.shape[0] > matrix.shape[1]
    current = matrix.to(torch.bfloat16)
    if tall:
        current = current.T
    current = current / current.norm().clamp(min=float(eps))
    for _ in range(int(steps)):
        square = current @ current.T
        # `addmm` rounds once; a product and a sum of their own would round twice.
        factor = torch.addmm(square, square, square, beta=float(b), alpha=float(c))
        current = torch.addmm(current, factor, current, beta=float(a))
    return (current.T if tall else current).to(torch.float64)
