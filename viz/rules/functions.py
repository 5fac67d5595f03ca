"""The functions that a formula may call: what each computes, and how it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import torch

from viz.rules.formula_function import FormulaFunction, composed
from viz.rules.latex import (
    PRODUCT,
    Shown,
    Writer,
    around,
    command,
    exponential,
    floored,
    keep,
    lerp,
    outer,
    over,
    over_square,
    transposed,
    word,
)
from viz.rules.orthogonal import newton_schulz
from viz.rules.placing_functions import PLACING_FUNCTIONS
from viz.rules.rounding import Rounded, is_bounded, multiplied, plain, product, where


def _tensor(value: Any) -> torch.Tensor:
    return value if isinstance(value, torch.Tensor) else torch.tensor(value, dtype=torch.float64)


def _dims(dim: int | Sequence[int] | None, rank: int) -> tuple[int, ...]:
    """Return the dimensions of a reduction, from 0; None and () mean all."""
    if dim is None or dim == ():
        return tuple(range(rank))
    return tuple(one % max(rank, 1) for one in ([dim] if isinstance(dim, int) else dim))[: rank or None]


def _spread(value: torch.Tensor, dim: Any, keepdim: bool, shape: tuple[int, ...]) -> torch.Tensor:
    if not keepdim:
        dims = _dims(dim, len(shape))
        value = value.reshape([1 if place in dims else size for place, size in enumerate(shape)])
    return value.expand(shape)


def _sum(value: torch.Tensor, dim: Any) -> torch.Tensor:
    return value.to(torch.float64).sum(_dims(dim, value.dim()), keepdim=True) if value.dim() else value + 0.0


def _count(shape: tuple[int, ...], dim: Any) -> int:
    return prod(shape[one] for one in _dims(dim, len(shape))) if shape else 1


def _others(value: torch.Tensor, dim: int | None) -> torch.Tensor:
    """Return for each element the product of the others along `dim` (of all others for None)."""
    if not value.dim():
        return torch.ones_like(value)
    lines = value.reshape(1, -1) if dim is None else value.movedim(dim, -1)
    ones = torch.ones_like(lines[..., :1])
    before = torch.cat([ones, lines[..., :-1]], -1).cumprod(-1)
    after = torch.cat([ones, lines.flip(-1)[..., :-1]], -1).cumprod(-1).flip(-1)
    product = before * after
    return product.reshape(value.shape) if dim is None else product.movedim(-1, dim)


def _later(value: torch.Tensor, dim: int) -> torch.Tensor:
    return value.flip(dim).cumsum(dim).flip(dim) if value.dim() else value


def _products_back(value: torch.Tensor, factors: torch.Tensor, dim: int) -> torch.Tensor:
    """For each factor, the sum over the products that contain it: the gradient times the other factors."""
    if not factors.dim():
        return value
    made = torch.zeros_like(factors)
    for last in range(factors.shape[dim]):
        head = factors.narrow(dim, 0, last + 1)
        made.narrow(dim, 0, last + 1).add_(value.narrow(dim, last, 1) * _others(head, dim))
    return made


def _permute_back(value: torch.Tensor, dims: tuple[int, ...]) -> torch.Tensor:
    places = [one % len(dims) for one in dims]
    return value.permute([places.index(place) for place in range(len(places))])


def _transpose(value: torch.Tensor, dim0: int, dim1: int) -> torch.Tensor:
    return value.transpose(dim0, dim1) if value.dim() else value


def _unsqueeze(value: torch.Tensor, dim: int | Sequence[int]) -> torch.Tensor:
    for one in [dim] if isinstance(dim, int) else sorted(dim):
        value = value.unsqueeze(one)
    return value


def _part(value: torch.Tensor, dim: int, number: int, shapes: Sequence[tuple[int, ...]]) -> torch.Tensor:
    # torch also joins an empty vector with tensors of more dimensions: it adds nothing.
    sizes = [shape[dim] if len(shape) == value.dim() else 0 for shape in shapes]
    return value.narrow(dim, sum(sizes[:number]), sizes[number]).reshape(shapes[number])


def _floor_quotient(one: Any, other: Any) -> torch.Tensor:
    """The floor of a quotient, exact in every dtype: torch subtracts the remainder first."""
    return torch.div(_tensor(one), _tensor(other), rounding_mode="floor")


def _written_products_back(shown: Sequence[Shown]) -> Shown:
    others = FUNCTIONS["others"].latex(shown[1:])
    return FUNCTIONS["later"].latex([Shown(rf"{shown[0].within(PRODUCT)} \cdot {others.latex}"), shown[2]])


def _mean(value: Any, dim: Any) -> Any:
    return FUNCTIONS["sum"](value, dim) / _count(tuple(plain(value).shape), dim)


def _pointwise(call: Callable[..., torch.Tensor], latex: Writer, accurate_to: float = 0.0) -> FormulaFunction:
    return FormulaFunction(lambda value: call(_tensor(value)), latex, pointwise=True, accurate_to=accurate_to)


def _maximum(one: Any, other: Any) -> Any:
    """Like `torch.maximum`: nan if either is nan."""
    return where(torch.isnan(plain(one)), one, where(one > other, one, other))


def _lerp(old: Any, new: Any, weight: Any) -> Any:
    """Like `Tensor.lerp_`, which at inf is nan for a weight of 0.5 or more."""
    numbers = [_tensor(plain(one)) for one in (old, new)]
    shape = torch.broadcast_shapes(*(one.shape for one in numbers))  # type: ignore[no-untyped-call]
    value = torch.lerp(*(one.expand(shape) for one in numbers), _tensor(plain(weight)))  # type: ignore[call-overload]
    if not is_bounded([old, new, weight]):
        return value
    moved_ = old * (1 - weight) + new * weight
    return Rounded(value, moved_.error, moved_.precision)


def _orthonormal(matrix: Any, *others: Any) -> Any:
    """The Newton–Schulz iteration, with a bound for numbers that bfloat16 may round differently."""
    options = [plain(one) for one in others]
    value = newton_schulz(plain(matrix), *options)
    if not isinstance(matrix, Rounded):
        return value
    near = [newton_schulz(matrix.value + sign * matrix.error, *options) for sign in (-1, 1)]
    far = torch.stack([(one - value).abs().amax() for one in near]).amax()
    return Rounded(value, (4 * far).expand(value.shape).clone(), matrix.precision)


FUNCTIONS: dict[str, FormulaFunction] = {
    "exp": _pointwise(torch.exp, exponential),
    "log": _pointwise(torch.log, command(r"\ln")),
    "sqrt": _pointwise(torch.sqrt, around(r"\sqrt{", "}")),
    "abs": _pointwise(torch.abs, around(r"\left|", r"\right|")),
    "sin": _pointwise(torch.sin, command(r"\sin")),
    "cos": _pointwise(torch.cos, command(r"\cos")),
    "sinh": _pointwise(torch.sinh, command(r"\sinh")),
    "cosh": _pointwise(torch.cosh, command(r"\cosh")),
    "tanh": _pointwise(torch.tanh, command(r"\tanh")),
    "erf": _pointwise(torch.erf, word("erf"), accurate_to=1.0),  # a polynomial in float32's vectorized kernel
    "floor_quotient": FormulaFunction(_floor_quotient, floored, pointwise=True, numbers=0),
    "sign": _pointwise(torch.sign, word("sign")),
    "float32": _pointwise(lambda value: value.to(torch.float32).to(torch.float64), word("float32")),
    "lerp": FormulaFunction(_lerp, lerp, pointwise=True, rounds=composed),
    "keep": FormulaFunction(
        lambda kept, old, new: _lerp(old, new, 1 - kept), keep, pointwise=True, rounds=composed
    ),
    "maximum": FormulaFunction(_maximum, word("max", 2), pointwise=True, rounds=composed),
    "sigmoid": _pointwise(torch.sigmoid, command(r"\sigma")),
    "logsigmoid": _pointwise(torch.nn.functional.logsigmoid, command(r"\ln \sigma")),
    "isnan": FormulaFunction(lambda value: torch.isnan(_tensor(value)), word("isnan"), pointwise=True, numbers=0),
    # torch divides twice, since the square may leave the dtype's range though the quotient does not.
    "over_square": FormulaFunction(
        lambda one, other: one / other / other, over_square, pointwise=True, rounds=composed
    ),
    # Reductions. `sum` and `mean` keep the dimensions that they reduce; `spread` undoes a reduction.
    "sum": FormulaFunction(_sum, over(r"\sum")),
    "mean": FormulaFunction(_mean, word("mean", 1), rounds=composed),
    "others": FormulaFunction(_others, over(r"\mathrm{product\ of\ the\ others}"), rounds=product),
    "later": FormulaFunction(_later, over(r"\mathrm{sum\ from\ here\ on}")),
    "products_back": FormulaFunction(_products_back, _written_products_back, numbers=2, rounds=product),
    "spread": FormulaFunction(_spread, word("expand", 1, below=3)),
    "expand": FormulaFunction(lambda value, shape: value.expand(shape), word("expand", 1, below=1)),
    "dims": FormulaFunction(len, word("dims"), pointwise=True, plain=True),
    "count": FormulaFunction(_count, word("count"), pointwise=True, plain=True),
    # Changes of shape.
    "reshape": FormulaFunction(lambda value, shape: value.reshape(shape), word("reshape", 1, below=1)),
    "t": FormulaFunction(lambda value: value.t(), transposed),
    "transpose": FormulaFunction(_transpose, transposed),
    "permute_back": FormulaFunction(_permute_back, word("permute", 1)),
    "diagonal": FormulaFunction(
        lambda value, offset, dim1, dim2: value.diagonal(offset, dim1, dim2), word("diagonal", 1)
    ),
    "select": FormulaFunction(lambda value, dim, number: value.select(dim, number), word("select")),
    "part": FormulaFunction(_part, word("part", 3)),
    "unsqueeze": FormulaFunction(_unsqueeze, word("unsqueeze", 1)),
    "outer": FormulaFunction(torch.outer, outer, numbers=2, rounds=multiplied),
    "newton_schulz": FormulaFunction(_orthonormal, word(r"Newton\text{-}Schulz", 1), rounds=composed),
    "last": FormulaFunction(lambda sizes: tuple(range(-len(sizes), 0)), word("last"), pointwise=True, plain=True),
    **PLACING_FUNCTIONS,
}
