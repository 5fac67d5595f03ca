"""Moves the inputs of a function: its outputs there, and how far it rounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch

from viz.budget import Budget
from viz.language.replay.trace import RAISED

Tensor = torch.Tensor
#: A function from a vector to a vector.
TensorFunction = Callable[[Tensor], Tensor]

#: Units that a function may round inside itself, relative to its inputs and outputs.
INSIDE = 64
EPS: float = torch.finfo(torch.float64).eps
#: The spacing of the smallest float64 numbers: anything smaller becomes 0.
LEAST: float = torch.finfo(torch.float64).smallest_normal * EPS


class OutOfTime(Exception):
    """The budget was used up."""


def over(difference: Tensor, none: Tensor, step: Tensor) -> Tensor:
    """`difference / step`, or 0 where `none` says that there is no difference, as between equal infinities."""
    return torch.where(none, 0.0, difference) / step


@dataclass(frozen=True, slots=True)
class Moved:
    """How far some inputs moved up and down, one at a time, and the outputs there: nan if the function raised."""

    up: Tensor
    down: Tensor
    above: Tensor
    below: Tensor

    @property
    def width(self) -> Tensor:
        """The distance from below to above."""
        return self.up + self.down

    def sides(self, here: Tensor) -> tuple[Tensor, Tensor]:
        """The slopes to the left and to the right."""
        left = over(here - self.below, here == self.below, self.down)
        return left, over(self.above - here, here == self.above, self.up)


@dataclass
class Probe:
    """A function, its inputs, and its outputs for them; `alone` as in `Slopes`."""

    function: TensorFunction
    at: Tensor
    here: Tensor
    budget: Budget
    alone: bool = False

    def before(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The outputs before these inputs move, in the shape of `Moved.above`, and how far rounding moves them."""
        if self.alone:
            return self.here[rows, None], self.rounds[rows, None]
        return self.here[None], self.rounds[None]

    @cached_property
    def rounds(self) -> Tensor:
        """How far the outputs move with the last digits of the inputs: 0 if that is more than rounding."""
        found = torch.zeros_like(self.here)
        for last in (-2, -1, 1, 2):
            off = (self._at_or_nan(self.at * (1 + last * EPS)) - self.here).abs()
            found = torch.maximum(found, off.nan_to_num(0.0, 0.0, 0.0))
        sizes = self.at.abs().nan_to_num(0.0, 0.0, 0.0).amax() if self.at.numel() else 0.0
        return torch.where(found <= INSIDE * EPS * (self.here.abs() + sizes), found, 0.0)

    def is_alone(self, steps: Tensor) -> bool:
        """Whether each output depends on its own input only, so that it stays the same if other inputs move.

        Any two indices differ in a binary digit, so each input moves without any given other in one of the tries.
        """
        if self.here.numel() != self.at.numel():
            return False
        numbers = torch.arange(self.at.numel())
        for digit in range(self.at.numel().bit_length()):
            odd = (numbers >> digit) & 1 == 1
            for moving in (odd, ~odd):
                made = self._at(self.at + torch.where(moving, steps, 0.0))
                if made is None or not torch.equal(made[~moving], self.here[~moving]):
                    return False
        return True

    def move(self, rows: Tensor, steps: Tensor) -> Moved:
        """Move these inputs up and down: one at a time, or all at once if each has an output of its own."""
        if self.alone:
            sides = [self.at.index_add(0, rows, sign * steps) for sign in (1, -1)]
            lengths = [(side[rows] - self.at[rows]).abs() for side in sides]
            up, down = (torch.where((one > 0) & one.isfinite(), one, steps)[:, None] for one in lengths)
            above, below = (self._at_or_nan(side)[rows, None] for side in sides)
            return Moved(up, down, above, below)
        values = torch.empty((2, len(rows), self.here.numel()), dtype=torch.float64)
        widths = torch.empty(2, len(rows), 1, dtype=torch.float64)
        for line, (row, step) in enumerate(zip(rows.tolist(), steps.tolist(), strict=True)):
            for side, sign in enumerate((step, -step)):
                moved = self.at.clone()
                moved[row] += sign
                length = abs(moved[row].item() - self.at[row].item())
                widths[side, line] = length if 0 < length < torch.inf else step
                values[side, line] = self._at_or_nan(moved)
        return Moved(widths[0], widths[1], values[0], values[1])

    def _at_or_nan(self, moved: Tensor) -> Tensor:
        """The outputs there, nan if the function raises."""
        made = self._at(moved)
        return torch.full_like(self.here, torch.nan) if made is None else made

    def _at(self, moved: Tensor) -> Tensor | None:
        if self.budget.over:
            raise OutOfTime
        try:
            return self.function(moved)
        except RAISED:
            return None
