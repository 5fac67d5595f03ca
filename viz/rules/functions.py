"""The functions that a formula may call: what each computes, and how it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import torch

from viz.rules import placing
from viz.rules.orthogonal import newton_schulz
from viz.rules.rounding import Rounded, curve, is_bounded, moved, multiplied, plain, product, where

#: The precedence of a piece of a formula, lowest first: it gets brackets if its place needs a higher one.
CASES, COMPARISON, SUM, PRODUCT, POWER, ATOM = range(6)


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of a formula in LaTeX.

    If `known`, `value` is its value, which decides conditions. If it `folds`, it is a constant
    of the operation (an exponent, a shape), and arithmetic of such constants is shown as its result.
    """

    latex: str
    holds: int = ATOM
    value: Any = None
    known: bool = False
    folds: bool = False

    def within(self, place: int) -> str:
        """Return the LaTeX, in parentheses if its place needs a tighter operator."""
        return self.latex if self.holds >= place else bracketed(self.latex)


@dataclass(frozen=True, slots=True)
class FormulaFunction:
    """A function of the formulas.

    If `pointwise`, an element of the result depends on the same element of the arguments only. If `plain`, the
    arguments are shapes and numbers that are known before anything runs, and the result is shown as a number.
    The first `numbers` arguments hold the numbers that the result is computed from, the others say how, and
    `rounds` bounds the rounding. Below the size `accurate_to`, torch computes a pointwise function with an
    absolute accuracy only.
    """

    evaluate: Callable[..., Any]
    latex: Callable[[Sequence[Shown]], Shown]
    pointwise: bool = False
    plain: bool = False
    numbers: int = 1
    rounds: Callable[..., Any] = moved
    accurate_to: float = 0.0

    def __call__(self, *args: Any) -> Any:
        """The value for these arguments, with a bound for its rounding if one of their numbers has one."""
        if self.rounds is composed:
            return self.evaluate(*args)
        if self.pointwise and self.numbers and not self.plain and is_bounded(args[0]):
            return curve(self.evaluate, args[0], self.accurate_to)
        numbers, others = args[: self.numbers], args[self.numbers :]
        if any(map(is_bounded, numbers)):
            return self.rounds(self.evaluate, numbers, *others)
        return self.evaluate(*numbers, *map(plain, others))


def composed(*_: Any) -> None:
    """Mark a function that is composed of others, which bound their own rounding."""


def bracketed(latex: str) -> str:
    """Return the LaTeX in parentheses that grow with their content."""
    return rf"\left({latex}\right)"


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


def _word(word: str, arguments: int | None = None, below: int | None = None) -> Callable[[Sequence[Shown]], Shown]:
    """`word(x, …)`: the first `arguments`, and the one at `below` as an index of the word."""

    def write(shown: Sequence[Shown]) -> Shown:
        index = "" if below is None else f"_{{{shown[below].latex}}}"
        inside = ", ".join(one.latex for one in shown[:arguments])
        return Shown(rf"\mathrm{{{word}}}{index}{bracketed(inside)}")

    return write


def _around(before: str, after: str) -> Callable[[Sequence[Shown]], Shown]:
    return lambda shown: Shown(f"{before}{shown[0].latex}{after}")


def _name(command: str) -> Callable[[Sequence[Shown]], Shown]:
    return lambda shown: Shown(f"{command}{bracketed(shown[0].latex)}")


def _over(sign: str) -> Callable[[Sequence[Shown]], Shown]:
    """A sum, a mean or a product over dimensions; None and () mean all."""

    def write(shown: Sequence[Shown]) -> Shown:
        dim = shown[1]
        index = "" if dim.known and dim.value in (None, ()) else rf"_{{\mathrm{{dim}}\ {dim.latex}}}"
        return Shown(rf"{sign}{index}{bracketed(shown[0].latex)}")

    return write


def _exponential(shown: Sequence[Shown]) -> Shown:
    return Shown(f"e^{{{shown[0].latex}}}", POWER)


def _floor_quotient(one: Any, other: Any) -> torch.Tensor:
    """The floor of a quotient, exact in every dtype: torch subtracts the remainder first."""
    return torch.div(_tensor(one), _tensor(other), rounding_mode="floor")


def _floored(shown: Sequence[Shown]) -> Shown:
    return Shown(rf"\left\lfloor \frac{{{shown[0].latex}}}{{{shown[1].latex}}}\right\rfloor")


def _over_square(shown: Sequence[Shown]) -> Shown:
    return Shown(rf"\frac{{{shown[0].latex}}}{{{shown[1].within(ATOM)}^{{2}}}}", POWER)


def _transposed(shown: Sequence[Shown]) -> Shown:
    return Shown(rf"{shown[0].within(ATOM)}^{{\top}}", POWER)


def _outer(shown: Sequence[Shown]) -> Shown:
    return Shown(rf"{shown[0].within(POWER)} \otimes {shown[1].within(POWER)}", PRODUCT)


def _written_products_back(shown: Sequence[Shown]) -> Shown:
    others = FUNCTIONS["others"].latex(shown[1:])
    return FUNCTIONS["later"].latex([Shown(rf"{shown[0].within(PRODUCT)} \cdot {others.latex}"), shown[2]])


def _mean(value: Any, dim: Any) -> Any:
    return FUNCTIONS["sum"](value, dim) / _count(tuple(plain(value).shape), dim)


def _pointwise(
    call: Callable[..., torch.Tensor], latex: Callable[[Sequence[Shown]], Shown], accurate_to: float = 0.0
) -> FormulaFunction:
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


def _written_lerp(shown: Sequence[Shown]) -> Shown:
    old, new, weight = shown
    left = bracketed(f"1 - {weight.within(PRODUCT)}")
    return Shown(rf"{left} \cdot {old.within(PRODUCT)} + {weight.within(PRODUCT)} \cdot {new.within(POWER)}", SUM)


def _written_keep(shown: Sequence[Shown]) -> Shown:
    kept, old, new = shown
    rest = bracketed(f"1 - {kept.within(PRODUCT)}")
    return Shown(rf"{kept.within(PRODUCT)} \cdot {old.within(PRODUCT)} + {rest} \cdot {new.within(POWER)}", SUM)


FUNCTIONS: dict[str, FormulaFunction] = {
    "exp": _pointwise(torch.exp, _exponential),
    "log": _pointwise(torch.log, _name(r"\ln")),
    "sqrt": _pointwise(torch.sqrt, _around(r"\sqrt{", "}")),
    "abs": _pointwise(torch.abs, _around(r"\left|", r"\right|")),
    "sin": _pointwise(torch.sin, _name(r"\sin")),
    "cos": _pointwise(torch.cos, _name(r"\cos")),
    "sinh": _pointwise(torch.sinh, _name(r"\sinh")),
    "cosh": _pointwise(torch.cosh, _name(r"\cosh")),
    "tanh": _pointwise(torch.tanh, _name(r"\tanh")),
    "erf": _pointwise(torch.erf, _word("erf"), accurate_to=1.0),  # a polynomial in float32's vectorized kernel
    "floor_quotient": FormulaFunction(_floor_quotient, _floored, pointwise=True, numbers=0),
    "sign": _pointwise(torch.sign, _word("sign")),
    "float32": _pointwise(lambda value: value.to(torch.float32).to(torch.float64), _word("float32")),
    "lerp": FormulaFunction(_lerp, _written_lerp, pointwise=True, rounds=composed),
    "keep": FormulaFunction(
        lambda kept, old, new: _lerp(old, new, 1 - kept), _written_keep, pointwise=True, rounds=composed
    ),
    "maximum": FormulaFunction(_maximum, _word("max", 2), pointwise=True, rounds=composed),
    "sigmoid": _pointwise(torch.sigmoid, _name(r"\sigma")),
    "logsigmoid": _pointwise(torch.nn.functional.logsigmoid, _name(r"\ln \sigma")),
    "isnan": FormulaFunction(lambda value: torch.isnan(_tensor(value)), _word("isnan"), pointwise=True, numbers=0),
    # torch divides twice, since the square may leave the dtype's range though the quotient does not.
    "over_square": FormulaFunction(
        lambda one, other: one / other / other, _over_square, pointwise=True, rounds=composed
    ),
    # Reductions. `sum` and `mean` keep the dimensions that they reduce; `spread` undoes a reduction.
    "sum": FormulaFunction(_sum, _over(r"\sum")),
    "mean": FormulaFunction(_mean, _word("mean", 1), rounds=composed),
    "others": FormulaFunction(_others, _over(r"\mathrm{product\ of\ the\ others}"), rounds=product),
    "later": FormulaFunction(_later, _over(r"\mathrm{sum\ from\ here\ on}")),
    "products_back": FormulaFunction(_products_back, _written_products_back, numbers=2, rounds=product),
    "spread": FormulaFunction(_spread, _word("expand", 1, below=3)),
    "expand": FormulaFunction(lambda value, shape: value.expand(shape), _word("expand", 1, below=1)),
    "dims": FormulaFunction(len, _word("dims"), pointwise=True, plain=True),
    "count": FormulaFunction(_count, _word("count"), pointwise=True, plain=True),
    # Changes of shape.
    "reshape": FormulaFunction(lambda value, shape: value.reshape(shape), _word("reshape", 1, below=1)),
    "t": FormulaFunction(lambda value: value.t(), _transposed),
    "transpose": FormulaFunction(_transpose, _transposed),
    "permute_back": FormulaFunction(_permute_back, _word("permute", 1)),
    "diagonal": FormulaFunction(
        lambda value, offset, dim1, dim2: value.diagonal(offset, dim1, dim2), _word("diagonal", 1)
    ),
    "select": FormulaFunction(lambda value, dim, number: value.select(dim, number), _word("select")),
    "part": FormulaFunction(_part, _word("part", 3)),
    "unsqueeze": FormulaFunction(_unsqueeze, _word("unsqueeze", 1)),
    "outer": FormulaFunction(torch.outer, _outer, numbers=2, rounds=multiplied),
    "newton_schulz": FormulaFunction(_orthonormal, _word(r"Newton\text{-}Schulz", 1), rounds=composed),
    "last": FormulaFunction(lambda sizes: tuple(range(-len(sizes), 0)), _word("last"), pointwise=True, plain=True),
    # Reads and writes at classes, indices, slices, views, rows of a table, and windows of a convolution.
    "one_hot": FormulaFunction(placing.one_hot, _word(r"one\ hot", 1), numbers=0),
    "for_classes": FormulaFunction(placing.for_classes, lambda shown: shown[0]),
    "row": FormulaFunction(torch.atleast_1d, lambda shown: shown[0]),
    "for_rows": FormulaFunction(placing.for_rows, lambda shown: shown[0]),
    "listed": FormulaFunction(placing.listed, _word("listed"), numbers=0),
    "stacked": FormulaFunction(torch.stack, _word("stack", 1, below=1)),
    "joined": FormulaFunction(placing.joined, _word("join", 1, below=2)),
    "flip": FormulaFunction(lambda value, dims: value.flip(dims), _word("flip", 1, below=1)),
    "added_up": FormulaFunction(placing.added_up, _word(r"add\ up\ the\ copies", 1)),
    "put_along": FormulaFunction(placing.put_along, _word(r"put\ at", 1, below=2)),
    "put_select": FormulaFunction(placing.put_select, _word(r"put\ at", 1, below=2)),
    "put_slice": FormulaFunction(placing.put_slice, _word(r"put\ back", 1)),
    "put_indices": FormulaFunction(placing.put_indices, _word(r"add\ at\ the\ indices", 1)),
    "erased": FormulaFunction(placing.erased, _word(r"0\ at\ the\ indices", 1)),
    "picked": FormulaFunction(placing.picked, _word(r"at\ the\ indices", 1)),
    "at_view": FormulaFunction(placing.at_view, _word(r"at\ the\ view", 1)),
    "put_at_view": FormulaFunction(placing.put_at_view, _word(r"replace\ at\ the\ view", 2), numbers=2),
    "put_strided": FormulaFunction(placing.put_strided, _word(r"put\ at\ the\ view", 1)),
    "sliced": FormulaFunction(placing.sliced, _word("slice", 5)),
    "picked_along": FormulaFunction(placing.picked_along, _word("at", 1, below=2)),
    "put_masked": FormulaFunction(placing.put_masked, _word(r"put\ where\ the\ mask\ is\ true", 1)),
    "picked_masked": FormulaFunction(placing.picked_masked, _word(r"where\ the\ mask\ is\ true", 1)),
    "picked_rows": FormulaFunction(placing.picked_rows, _word("rows", 1, below=1)),
    "picked_index": FormulaFunction(placing.picked_index, _word("at", 1, below=2)),
    "put_diagonal": FormulaFunction(placing.put_diagonal, _word(r"put\ on\ the\ diagonal", 1)),
    "put_index": FormulaFunction(placing.put_index, _word(r"add\ at", 1, below=2)),
    "put_rows": FormulaFunction(placing.put_rows, _word(r"add\ to\ the\ rows", 1, below=1)),
    "convolved": FormulaFunction(placing.convolved, _word("conv", 2), numbers=2, rounds=multiplied),
    "conv_input": FormulaFunction(placing.conv_input, _word(r"conv\ transpose", 2), numbers=2, rounds=multiplied),
    "conv_weight": FormulaFunction(placing.conv_weight, _word("correlate", 2), numbers=2, rounds=multiplied),
}
