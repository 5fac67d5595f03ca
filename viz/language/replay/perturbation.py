"""A function whose inputs are moved: what it makes there, and how far it rounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch

from viz.budget import Budget
from viz.language.replay.trace import RAISED

Tensor = torch.Tensor
#: A function of a line of numbers that makes another.
TensorFunction = Callable[[Tensor], Tensor]

#: What a function may round inside itself, in relation to the numbers that go in and come out.
INSIDE = 64
EPS: float = torch.finfo(torch.float64).eps
#: The smallest float64: what is smaller becomes 0.
LEAST: float = torch.finfo(torch.float64).smallest_normal * EPS


class OutOfTime(Exception):
    """The budget was used up."""


def over(difference: Tensor, none: Tensor, step: Tensor) -> Tensor:
    """A slope; two infinite values that are the same differ by nothing."""
    return torch.where(none, 0.0, difference) / step


@dataclass(frozen=True, slots=True)
class Moved:
    """How far some inputs went up and down, one at a time, and what is made there: nan if that raised."""

    up: Tensor
    down: Tensor
    above: Tensor
    below: Tensor

    @property
    def width(self) -> Tensor:
        """From below to above."""
        return self.up + self.down

    def sides(self, here: Tensor) -> tuple[Tensor, Tensor]:
        """The slopes to the left and to the right."""
        left = over(here - self.below, here == self.below, self.down)
        return left, over(self.above - here, here == self.above, self.up)


@dataclass
class Probe:
    """A function, what goes in, and what it makes of that; `alone` as in `Slopes`."""

    function: TensorFunction
    at: Tensor
    here: Tensor
    budget: Budget
    alone: bool = False

    def before(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """What these inputs make before they move, in the shape of what they make then, and how far it is off."""
        if self.alone:
            return self.here[rows, None], self.rounds[rows, None]
        return self.here[None], self.rounds[None]

    @cached_property
    def rounds(self) -> Tensor:
        """How far what is made moves with the last digits of the inputs: 0 if that is more than rounding."""
        found = torch.zeros_like(self.here)
        for last in (-2, -1, 1, 2):
            off = (self._at_or_nan(self.at * (1 + last * EPS)) - self.here).abs()
            found = torch.maximum(found, off.nan_to_num(0.0, 0.0, 0.0))
        sizes = self.at.abs().nan_to_num(0.0, 0.0, 0.0).amax() if self.at.numel() else 0.0
        return torch.where(found <= INSIDE * EPS * (self.here.abs() + sizes), found, 0.0)

    def is_alone(self, steps: Tensor) -> bool:
        """Whether each output depends on its own input only: it stays where any of the others move.

        Of two inputs one moves without the other in one of the tries: their numbers differ in a binary digit.
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
        """Move these inputs up and down, one at a time; all at once where each has an output of its own."""
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
        """What is made there: nan if the function has no value."""
        made = self._at(moved)
        return torch.full_like(self.here, torch.nan) if made is None else made

    def _at(self, moved: Tensor) -> Tensor | None:
        if self.budget.over:
            raise OutOfTime
        try:
            return self.function(moved)
        except RAISED:
            return None
