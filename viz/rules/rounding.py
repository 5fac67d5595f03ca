"""Bounds how far rounding may take a formula's value from the exact one: an error bound beside each number.

A formula is evaluated in float64 with the numbers that torch had, and torch evaluated it in the program's dtype,
rounding after every operation. A `Rounded` goes through the same operations and carries a bound for the sum of
those roundings, so the largest possible difference follows from the formula and its numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch

Tensor = torch.Tensor
#: What happens to numbers outside a dtype's range: they stay, they become inf or 0 as in the dtype, or it is
#: unknown.
Range = Literal["any", "dtype", "uncertain"]


@dataclass(frozen=True, slots=True)
class Precision:
    """What arithmetic in a dtype may lose.

    `unit` bounds the error of one operation relative to its result: two units in the last place, as torch may do
    one operation more than the formula has. `least` bounds the absolute error that underflow adds: processors and
    kernels differ in what they keep below the smallest normal number. If `emulated`, each result is rounded to
    the dtype: a number too large for it becomes inf, one too small 0.
    """

    dtype: torch.dtype
    unit: float
    least: float = 0.0
    emulated: bool = False

    @classmethod
    def of(cls, dtype: torch.dtype, range_: Range = "any") -> Precision:
        """The precision of a dtype; `range_` says what happens to numbers outside its range."""
        limits = torch.finfo(dtype)
        return cls(dtype, 2 * limits.eps, limits.tiny if range_ == "uncertain" else 0.0, range_ == "dtype")

    def beyond(self, sizes: Tensor, error: Tensor) -> Tensor:
        """The error bound of a result computed through numbers of these sizes: infinite where one is too large for
        the dtype, and what became of it is unknown."""
        return torch.where(sizes.abs() > torch.finfo(self.dtype).max, torch.inf, error) if self.least else error


#: Units that a function such as `exp` may be off by, as vectorized kernels are.
_FUNCTION = 4


class Rounded:
    """Exact numbers, `value`, and a bound for the error of a dtype's numbers, `error`; both in float64."""

    __slots__ = ("error", "precision", "value")

    def __init__(self, value: Tensor, error: Tensor, precision: Precision) -> None:
        self.value = value.to(precision.dtype).to(torch.float64) if precision.emulated else value
        # Beside a value that is not finite the bound may be 0 * inf, nan; it means nothing there.
        self.error = precision.beyond(value, error.nan_to_num(0.0, torch.inf))
        self.precision = precision

    @classmethod
    def exact(cls, value: Tensor, precision: Precision) -> Rounded:
        """Numbers without an error: torch had exactly these, in whatever dtype."""
        number = value.to(torch.float64)
        return cls(number, torch.zeros_like(number), precision)

    def open_where(self, places: Tensor) -> Rounded:
        """Return the same numbers, with an infinite bound at these places."""
        return Rounded(self.value, torch.where(places, torch.inf, self.error), self.precision)

    def zeros(self) -> Rounded:
        """Return zeros of the same shape."""
        return Rounded.exact(torch.zeros_like(self.value), self.precision)

    def then(self, precision: Precision) -> Rounded:
        """The same numbers, for operations in another dtype."""
        return Rounded(self.value, self.error, precision)

    def rounded(self, terms: float = 1) -> Rounded:
        """Return the numbers after `terms` more roundings."""
        return Rounded(self.value, self.error + terms * self.precision.unit * self.value.abs(), self.precision)

    def __add__(self, other: Any) -> Rounded:
        other = self._like(other)
        value = self.value + other.value
        return Rounded(value, self.error + other.error + self.precision.unit * value.abs(), self.precision)

    def __sub__(self, other: Any) -> Rounded:
        return self + (-self._like(other))

    def __mul__(self, other: Any) -> Rounded:
        other = self._like(other)
        value = self.value * other.value
        passed = _times(self.value.abs() + self.error, other.error) + _times(other.value.abs(), self.error)
        return Rounded(value, passed + self._lost(value, self.value, other.value), self.precision)

    def __truediv__(self, other: Any) -> Rounded:
        other = self._like(other)
        value = self.value / other.value
        room = other.value.abs() - other.error
        passed = (self.error + _times(value.abs(), other.error)) / room
        unknown = (room <= 0) & ((self.error > 0) | (other.error > 0))
        passed = torch.where(unknown, torch.inf, torch.where(room > 0, passed, 0.0))
        return Rounded(value, passed + self._lost(value, self.value), self.precision)

    def __pow__(self, other: Any) -> Rounded:
        whole = isinstance(other, int | float) and float(other).is_integer()
        given = other
        other = self._like(other)
        # torch computes some powers with a number as exponent differently: rsqrt for -0.5, which is nan at -inf.
        value = self.value ** (given if isinstance(given, int | float) else other.value)
        slack = other.error if whole else other.error + self.precision.unit * other.value.abs()
        steep = _times(_times(value.abs(), self.value.abs().log().abs()), slack)
        passed = _beyond(lambda base: base**other.value, self.value, self.error) + steep
        return Rounded(value, passed + _FUNCTION * self._lost(value, self.value), self.precision)

    def __matmul__(self, other: Any) -> Rounded:
        return multiplied(torch.matmul, (self, self._like(other)))

    def __radd__(self, other: Any) -> Rounded:
        return self._like(other) + self

    def __rsub__(self, other: Any) -> Rounded:
        return self._like(other) - self

    def __rmul__(self, other: Any) -> Rounded:
        return self._like(other) * self

    def __rtruediv__(self, other: Any) -> Rounded:
        return self._like(other) / self

    def __rpow__(self, other: Any) -> Rounded:
        return self._like(other) ** self

    def __rmatmul__(self, other: Any) -> Rounded:
        return self._like(other) @ self

    def __neg__(self) -> Rounded:
        return Rounded(-self.value, self.error, self.precision)

    def __eq__(self, other: object) -> Any:
        return self._compared(other, torch.eq)

    def __lt__(self, other: Any) -> Compared:
        return self._compared(other, torch.lt)

    def __le__(self, other: Any) -> Compared:
        return self._compared(other, torch.le)

    def __gt__(self, other: Any) -> Compared:
        return self._compared(other, torch.gt)

    def __ge__(self, other: Any) -> Compared:
        return self._compared(other, torch.ge)

    __hash__ = None  # type: ignore[assignment]  # `==` compares element by element, so there is no hash

    def _compared(self, other: Any, test: Callable[[Tensor, Tensor], Tensor]) -> Compared:
        other = self._like(other)
        slack = self.error + other.error
        unsure = (slack > 0) & ((self.value - other.value).abs() <= slack)
        return Compared(test(self.value, other.value), unsure, self.precision)

    def _like(self, other: Any) -> Rounded:
        if isinstance(other, Rounded):
            return other
        return Rounded.exact(torch.as_tensor(other, dtype=torch.float64), self.precision)

    def _lost(self, value: Tensor, *factors: Tensor) -> Tensor:
        """The rounding error of a product or a quotient itself; there is none if a factor is 0."""
        zero = torch.zeros((), dtype=torch.bool)
        for one in factors:
            zero = zero | (one == 0)
        return torch.where(zero, 0.0, self.precision.unit * value.abs() + self.precision.least)


@dataclass(frozen=True, slots=True)
class Compared:
    """Truth values, and `unsure`: which of them rounding may have changed."""

    value: Tensor
    unsure: Tensor
    precision: Precision

    def __and__(self, other: Any) -> Compared:
        return Compared(self.value & _truth(other), self.unsure | _doubt(other), self.precision)

    def __or__(self, other: Any) -> Compared:
        return Compared(self.value | _truth(other), self.unsure | _doubt(other), self.precision)

    __rand__, __ror__ = __and__, __or__

    def __bool__(self) -> bool:
        return bool(self.value)


def where(condition: Any, body: Any, orelse: Any) -> Any:
    """`body` where the condition holds, else `orelse`: a Rounded if one of the three has a bound."""
    bounded = next((one for one in (condition, body, orelse) if isinstance(one, Rounded | Compared)), None)
    if bounded is None:
        return torch.where(condition, _number(body), _number(orelse))
    likeness = Rounded.exact(torch.zeros(()), bounded.precision)
    first, second = likeness._like(body), likeness._like(orelse)
    truth, doubt = _truth(condition), _doubt(condition)
    either = torch.maximum(first.error, second.error) + (first.value - second.value).abs()
    error = torch.where(doubt, either, torch.where(truth, first.error, second.error))
    return Rounded(torch.where(truth, first.value, second.value), error, bounded.precision)


def is_bounded(value: Any) -> bool:
    """Whether a value, or an entry of a list, carries a bound."""
    return any(map(is_bounded, value)) if isinstance(value, list) else isinstance(value, Rounded | Compared)


def plain(value: Any) -> Any:
    """A value without its bound."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.value if isinstance(value, Rounded | Compared) else value


def curve(call: Callable[[Tensor], Tensor], at: Rounded, absolute: float = 0.0) -> Rounded:
    """The value of an elementwise function, monotone within the bound; `absolute` is its `accurate_to`."""
    value = call(at.value)
    size = torch.where(value == 0, 0.0, value.abs() + absolute)
    lost = _FUNCTION * (at.precision.unit * size + torch.where(value == 0, 0.0, at.precision.least))
    return Rounded(value, _beyond(call, at.value, at.error) + lost, at.precision)


def moved(call: Callable[..., Tensor], numbers: Sequence[Any], *others: Any) -> Rounded:
    """The value of a function that moves numbers and adds some of them; `others` says where."""
    precision = _precision(numbers)

    def made(part: Callable[[Any], Tensor]) -> Tensor:
        return call(*(_each(part, one) for one in numbers), *map(plain, others))

    terms = made(_present) - 1
    sizes = made(_size)
    error = made(_error) + precision.unit * terms.clamp(min=0) * sizes
    return Rounded(made(plain), precision.beyond(sizes, error), precision)


def multiplied(call: Callable[..., Tensor], numbers: Sequence[Any], *others: Any) -> Rounded:
    """The value of a function that sums products of two tensors' numbers; `others` says which."""
    first, second = numbers
    precision, rest = _precision(numbers), [plain(one) for one in others]
    passed = call(_size(first) + _error(first), _error(second), *rest) + call(_error(first), _size(second), *rest)
    terms = call(_present(first), _present(second), *rest)
    sizes = call(_size(first), _size(second), *rest)
    error = passed + terms * (precision.unit * sizes + precision.least)
    return Rounded(call(plain(first), plain(second), *rest), precision.beyond(sizes, error), precision)


def product(call: Callable[..., Tensor], numbers: Sequence[Any], *others: Any) -> Rounded:
    """The value of a function that multiplies exact numbers, the last of `numbers`, and one of those before."""
    *before, factors = numbers
    precision, rest = _precision(numbers), [plain(one) for one in others]
    value = call(*map(plain, before), plain(factors), *rest)
    passed = call(*map(_error, before), _size(factors), *rest) if before else torch.zeros_like(value)
    roundings = _number(factors).numel() * precision.unit * call(*map(_size, numbers), *rest)
    known = not bool((_error(factors) > 0).any())
    error = passed + roundings + precision.least if known else torch.full_like(value, torch.inf)
    return Rounded(value, error, precision)


def _times(first: Tensor, second: Tensor) -> Tensor:
    """A product in which 0 times infinity is 0."""
    return torch.where((first == 0) | (second == 0), 0.0, first * second)


def _beyond(call: Callable[[Tensor], Tensor], at: Tensor, error: Tensor) -> Tensor:
    """How far a function changes within the bound; infinite if it is undefined at an end of it."""
    here = call(at)
    far = [(call(at + step) - here).abs().nan_to_num(torch.inf) for step in (error, -error)]
    return torch.where(error > 0, torch.maximum(*far), 0.0)


def _each(part: Callable[[Any], Tensor], value: Any) -> Any:
    return [part(one) for one in value] if isinstance(value, list) else part(value)


def _size(value: Any) -> Tensor:
    return _number(value).abs()


def _error(value: Any) -> Tensor:
    return value.error if isinstance(value, Rounded) else torch.zeros_like(_number(value))


def _present(value: Any) -> Tensor:
    """1 for each number that is not 0, to count the terms of sums."""
    return (_number(value) != 0).to(torch.float64)


def _number(value: Any) -> Tensor:
    return torch.as_tensor(plain(value), dtype=torch.float64)


def _precision(numbers: Sequence[Any]) -> Precision:
    flat = [one for value in numbers for one in (value if isinstance(value, list) else [value])]
    return next(one.precision for one in flat if isinstance(one, Rounded))


def _truth(value: Any) -> Tensor:
    return value.value if isinstance(value, Compared) else torch.as_tensor(value)


def _doubt(value: Any) -> Tensor:
    return value.unsure if isinstance(value, Compared) else torch.zeros((), dtype=torch.bool)
