"""Python's `math`, as a program may use it: functions of numbers, of tensors with one element, and of lists."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from viz.errors import LimitReached
from viz.frames.plain import Span
from viz.language.runtime.by_signature import by_signature
from viz.language.runtime.entries import Function, Library
from viz.language.runtime.iterating import listed
from viz.language.runtime.problems import NotHere
from viz.language.runtime.sizes import check_number
from viz.language.runtime.state import State
from viz.limits import INTEGER_BITS

_OF_ONE = (
    "acos acosh asin asinh atan atanh cbrt ceil cos cosh degrees erf erfc exp exp2 expm1 fabs factorial floor"
    " frexp gamma isfinite isinf isnan isqrt lgamma log10 log1p log2 modf radians sin sinh sqrt tan tanh trunc ulp"
)
_OF_TWO = "atan2 comb copysign fmod ldexp log nextafter perm pow remainder"
#: Functions of as many numbers as there are.
_OF_MANY = "gcd hypot lcm"
#: Functions of the numbers in a list, or in two.
_OF_LISTS = "fsum dist"


def _of_numbers(name: str) -> Callable[..., Any]:
    """The function of `math`, which raises TypeError for anything but numbers."""
    call = getattr(math, name)

    def run(*args: Any) -> Any:
        numbers = [_number(one, name) for one in args]
        if name in _LARGE:
            _check_product(name, *numbers)
        result = call(*numbers)
        check_number(result)
        return result

    return run


def _number(one: Any, name: str) -> int | float:
    """The number itself, or the one that a tensor or an array holds."""
    if isinstance(one, torch.Tensor) and one.numel() == 1:
        return float(one)  # like `math`, so that torch warns if the tensor needs a gradient
    if isinstance(one, np.generic):
        one = one.item()
    if isinstance(one, (int, float)):
        return one
    raise NotHere(f"`math.{name}` takes a number; for a whole tensor write `torch.{name}(x)`")


#: Products of up to as many numbers as the argument says.
_LARGE = frozenset({"factorial", "comb", "perm"})


def _check_product(name: str, *numbers: Any) -> None:
    """Raise LimitReached for a product of more factors than an integer here has bits: Python would take hours."""
    if not all(isinstance(one, int) for one in numbers):
        return  # Python says so itself
    first, *rest = numbers
    factors = first if not rest else min(rest[0], first - rest[0]) if name == "comb" else rest[0]
    if factors > INTEGER_BITS and factors <= first:
        raise LimitReached(f"Integers stay below 2**{INTEGER_BITS} here, as in an int64 tensor.")


def _of_lists(name: str) -> Function:
    """A function of the numbers in one list, or in two."""

    def run(state: State, span: Span, *lists: Any) -> Any:
        numbers = [[_number(one, name) for one in listed(state, span, entries)] for entries in lists]
        return getattr(math, name)(*numbers)

    return by_signature(f"math.{name}", run)


def _prod(state: State, span: Span, iterable: Any, /, *, start: Any = 1) -> Any:
    product = _number(start, "prod")
    for one in listed(state, span, iterable):
        product = product * _number(one, "prod")
        check_number(product)
    return product


def _isclose(a: Any, b: Any, *, rel_tol: Any = 1e-09, abs_tol: Any = 0.0) -> bool:
    return math.isclose(_number(a, "isclose"), _number(b, "isclose"), rel_tol=rel_tol, abs_tol=abs_tol)


#: `math`, as a program sees it.
MATH = Library(
    "math",
    {
        **{name: Function(f"math.{name}", _of_numbers(name), 1) for name in _OF_ONE.split()},
        **{name: Function(f"math.{name}", _of_numbers(name), 2) for name in _OF_TWO.split()},
        **{name: Function(f"math.{name}", _of_numbers(name), 1_000) for name in _OF_MANY.split()},
        **{name: _of_lists(name) for name in _OF_LISTS.split()},
        "prod": by_signature("math.prod", _prod),
        "isclose": Function("math.isclose", _isclose, 2, frozenset({"rel_tol", "abs_tol"})),
        **{name: getattr(math, name) for name in ("pi", "e", "tau", "inf", "nan")},
    },
)
