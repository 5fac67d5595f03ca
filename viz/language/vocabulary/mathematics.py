"""The part of Python's `math` that a program may use: functions of numbers, or of tensors with one element."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from viz.language.runtime.entries import Function, Library
from viz.language.runtime.problems import NotHere
from viz.language.runtime.sizes import check_number

_OF_ONE = "sqrt exp log2 log10 sin cos tan asin acos atan sinh cosh tanh fabs floor ceil isnan isinf isfinite"
_OF_TWO = "log pow hypot atan2"


def _of_numbers(name: str) -> Callable[..., Any]:
    """The function of `math`, which raises TypeError for anything but numbers."""
    call = getattr(math, name)

    def run(*args: Any) -> Any:
        result = call(*[_number(one, name) for one in args])
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


#: `math`, as a program sees it.
MATH = Library(
    "math",
    {
        **{name: Function(f"math.{name}", _of_numbers(name), 1) for name in _OF_ONE.split()},
        **{name: Function(f"math.{name}", _of_numbers(name), 2) for name in _OF_TWO.split()},
        **{name: getattr(math, name) for name in ("pi", "e", "tau", "inf", "nan")},
    },
)
