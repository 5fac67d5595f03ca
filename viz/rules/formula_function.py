"""A function that a formula may call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from viz.rules.latex import Writer
from viz.rules.rounding import curve, is_bounded, moved, plain


@dataclass(frozen=True, slots=True)
class FormulaFunction:
    """A function of the formulas.

    If `pointwise`, an element of the result depends on the same element of the arguments only. If `plain`, the
    arguments are shapes and numbers that are known before anything runs, and the result is shown as a number,
    unless it is a tensor.
    The first `numbers` arguments hold the numbers that the result is computed from, the others say how, and
    `rounds` bounds the rounding. Below the size `accurate_to`, torch computes a pointwise function with an
    absolute accuracy only.
    """

    evaluate: Callable[..., Any]
    latex: Writer
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
