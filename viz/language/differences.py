"""Derivatives from differences: each output of a function by each number that goes in, with an estimated error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from viz.language.trace import RAISED
from viz.limits import Budget

Tensor = torch.Tensor
#: A function of a line of numbers that makes another.
Function = Callable[[Tensor], Tensor]

#: The first step, in relation to the size of the number that moves, and how much smaller each next one is.
_FIRST, _RATIO = 0.1, 4.0
#: How many steps are tried: the last is 4e-9 of the first one's size.
_ROWS = 14
#: Steps that are combined, as Richardson does: the error falls with their product, squared.
_DEEP = 3
#: An estimate this good, in relation to the steepest slope of its input, is taken.
_GOOD = 1e-10
#: And one so good needs no other steps.
_WELL = 1e-6
#: On a smooth curve the slopes on both sides come four times closer with each step; at a kink they stay apart.
_CLOSER, _APART, _JUMP = 0.5, 0.6, 1.5
#: Slopes on both sides that differ by less than this are one slope.
_SAME = 1e-7
#: A small step that an estimate from large ones has to agree with: there may be stairs, as those of `round`.
_SMALL = 1e-5
#: How far it may be off, in relation to the slopes, besides rounding.
_CLEARLY = 0.01
#: What a function may round inside itself, in relation to the numbers that go in and come out.
_INSIDE = 64
#: Entries of a table of slopes that is worked on at once.
_ENTRIES = 2**18
#: Inputs up to which each is moved by itself, whatever the function is.
_FEW = 16
_EPS: float = torch.finfo(torch.float64).eps

#: What a slope is: that of a curve, two at a kink, none where the function jumps, or is not finite on both sides.
SMOOTH, KINK, NONE = 0, 1, 2


#: What `Slopes` has for each slope.
_TABLES = ("value", "error", "left", "right", "kind")


class OutOfTime(Exception):
    """The budget was used up."""


@dataclass(slots=True)
class Slopes:
    """The slopes of each output (columns) by each input (rows), how far they may be off, and their `kind`.

    At a kink `left` and `right` are the slopes on both sides. `alone` says that each output depends on its own
    input only: there is one column then, and the slopes by all other inputs are 0.
    """

    value: Tensor
    error: Tensor
    left: Tensor
    right: Tensor
    kind: Tensor
    alone: bool = False

    def beside(self, outputs: Tensor) -> Tensor:
        """A number of each output, in the shape of the slopes or so that it is broadcast to that."""
        return outputs[:, None] if self.alone else outputs

    def put(self, inputs: Tensor, other: Slopes) -> None:
        """For these inputs the slopes of the other."""
        for name in _TABLES:
            getattr(self, name)[inputs] = getattr(other, name)

    @property
    def rough(self) -> Tensor:
        """Which inputs have a slope that is not known well."""
        steepest = self.value.abs().nan_to_num(0.0).sum(1, keepdim=True)
        return ((self.kind != SMOOTH) | (self.error > _WELL * steepest)).any(1)

    def take(self, inputs: Tensor, other: Slopes) -> None:
        """For these inputs the slopes of the other where they are better."""
        mine = self.error[inputs].where(self.kind[inputs] == SMOOTH, torch.inf)
        better = (mine == torch.inf) | ((other.kind == SMOOTH) & (other.error < mine))
        for name in _TABLES:
            found = getattr(self, name)
            found[inputs] = torch.where(better, getattr(other, name), found[inputs])


def slopes(function: Function, at: Tensor, budget: Budget) -> Slopes:
    """The derivative of `function` at a line of numbers, in float64. OutOfTime where the budget is used up."""
    probe = _Probe(function, at, function(at), budget)
    size = at.abs().nan_to_num(1.0, 1.0, 1.0)
    probe.alone = at.numel() > _FEW and probe.is_alone(_FIRST * size.clamp(min=1.0))
    together = at.numel() if probe.alone else max(1, _ENTRIES // max(1, probe.here.numel()))
    parts = []
    for rows in torch.split(torch.arange(at.numel()), max(1, together)):
        part = _ladder(probe, rows, size[rows].clamp(min=1.0))
        # What is small itself may have a curve that only small steps follow.
        again = (part.rough & (size[rows] > 0) & (size[rows] < _FIRST)).nonzero().flatten()
        if again.numel():
            part.take(again, _ladder(probe, rows[again], size[rows[again]]))
        parts.append(part)
    value, error, left, right, kind = (torch.cat([getattr(one, name) for one in parts]) for name in _TABLES)
    return Slopes(value, error, left, right, kind, probe.alone)


class _Ladder:
    """Smaller and smaller steps from some inputs, and the best estimate so far of each slope."""

    #: What there is of each input.
    _KEPT = ("best", "error", "left", "right", "ratio", "growth", "_inside", "_gap", "_trusted")

    def __init__(self, at: Tensor, here: Tensor) -> None:
        """`at` are the inputs that move, `here` what is made before they do: one row for all, or one for each."""
        shape = (len(at), here.shape[1])
        self.here = here
        self.best = torch.full(shape, torch.nan, dtype=torch.float64)
        self.error = torch.full(shape, torch.inf, dtype=torch.float64)
        self.left, self.right = self.best.clone(), self.best.clone()
        self.ratio = torch.zeros(shape, dtype=torch.float64)
        self.growth = self.ratio.clone()
        self._inside = _INSIDE * _EPS * (here.abs() + at.abs()[:, None])
        self._gap = self.error.clone()
        self._trusted = torch.zeros(shape, dtype=torch.long)  # how many rows in succession were
        self._row: list[Tensor] = []

    def keep(self, inputs: Tensor) -> _Ladder:
        """This one for some of its inputs."""
        part = _Ladder(torch.empty(0), self.here[:1])
        part.here = self.here if len(self.here) == 1 else self.here[inputs]
        for name in self._KEPT:
            setattr(part, name, getattr(self, name)[inputs])
        part._row = [one[inputs] for one in self._row]
        return part

    def step(self, moved: _Moved) -> Tensor:
        """Take in the function's values a step above and a step below; which inputs have good slopes now."""
        noise = _EPS * torch.maximum(moved.above.abs(), moved.below.abs()) / moved.width
        slope = self._refuted(moved)
        self._compare(*moved.sides(self.here), noise)
        drowned = (moved.above == self.here) & (moved.below == self.here)
        drowned &= (self.best.abs() * moved.width < self._inside) & (self.error < 0.1 * self.best.abs())
        self._trusted[drowned] = 0
        if self._row:
            self.growth = torch.where(slope.abs() > 10 * noise, (slope / self._row[0]).abs(), self.growth)
        row = [slope]
        for depth, before in enumerate(self._row[:_DEEP], 1):
            row.append(row[-1] + (row[-1] - before) / (_RATIO ** (2 * depth) - 1))
        for depth in range(len(row)):
            near = [self._row[0]] if depth == 0 and self._row else []
            near += [row[depth - 1], self._row[depth - 1]] if depth else []
            if near:
                error = torch.stack([(row[depth] - one).abs() for one in near]).amax(0) + noise
                better = (self._trusted > max(depth - 1, 0)) & (error < self.error)  # never where it is nan
                self.best = torch.where(better, row[depth], self.best)
                self.error = torch.where(better, error, self.error)
        self._row = row
        steepest = self.best.abs().nan_to_num(0.0).amax(1, keepdim=True) if self.here.numel() else self.best
        return (self.error <= torch.maximum(2 * noise, _GOOD * steepest)).all(1)

    def confirm(self, inputs: Tensor, moved: _Moved) -> Tensor:
        """Which of these inputs have slopes that a small step agrees with; the others' are forgotten."""
        part = self.keep(inputs)
        part._refuted(moved)
        self.best[inputs], self.error[inputs] = part.best, part.error
        return part.error.isfinite().all(1)

    def _refuted(self, moved: _Moved) -> Tensor:
        """The slopes that this step gives; the best ones so far are forgotten where it gives others."""
        slope = _over(moved.above - moved.below, moved.above == moved.below, moved.width)
        allowed = 10 * self.error + self._inside / moved.width
        allowed += _CLEARLY * torch.maximum(slope.abs(), self.best.abs())
        wrong = (slope - self.best).abs() > allowed
        self.best[wrong], self.error[wrong] = torch.nan, torch.inf
        return slope

    def _compare(self, left: Tensor, right: Tensor, noise: Tensor) -> None:
        """Whether the slopes on both sides come together."""
        gap = (right - left).abs()
        steepest = torch.maximum(left.abs(), right.abs())
        same = gap <= torch.maximum(_SAME * steepest, 8 * noise)
        closer = (gap <= _CLOSER * self._gap) & self._gap.isfinite()
        self._trusted = torch.where(same | closer, self._trusted + 1, 0)
        # Where the gap before would be seen through this step's rounding, how much of it is left.
        clear = self._gap.isfinite() & gap.isfinite()
        clear &= self._gap > torch.maximum(20 * noise, _SAME * steepest)
        self.ratio = torch.where(clear, gap / self._gap, self.ratio)
        apart = clear & (gap > _CLOSER * self._gap)
        self.left, self.right = torch.where(apart, left, self.left), torch.where(apart, right, self.right)
        self._gap = gap

    def slopes(self) -> Slopes:
        """What was found."""
        grows = (self.growth > _JUMP) & (self.error > _CLEARLY * self.best.abs())
        found = self.error.isfinite() & (self.ratio < _APART) & ~grows
        kink = (self.ratio >= _APART) & (self.ratio < _JUMP) & ~grows
        kind = torch.where(found, SMOOTH, torch.where(kink, KINK, NONE))
        return Slopes(self.best, self.error, self.left, self.right, kind)


def _over(difference: Tensor, none: Tensor, step: Tensor) -> Tensor:
    """A slope; two infinite values that are the same differ by nothing."""
    return torch.where(none, 0.0, difference) / step


@dataclass(frozen=True, slots=True)
class _Moved:
    """How far some inputs went up and down, one at a time, and what is made there: nan where that raised."""

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
        left = _over(here - self.below, here == self.below, self.down)
        return left, _over(self.above - here, here == self.above, self.up)


def _ladder(probe: _Probe, rows: Tensor, size: Tensor) -> Slopes:
    """The slopes by the inputs `rows`, with steps in relation to `size`."""
    ladder = _Ladder(probe.at[rows], probe.before(rows))
    made = ladder.slopes()
    left = torch.arange(len(rows))  # the inputs that are not done with
    for number in range(_ROWS):
        done = ladder.step(probe.move(rows[left], _FIRST * size[left] / _RATIO**number))
        if number == _ROWS - 1:
            done[:] = True
        elif number < 2:
            continue
        else:
            sure = done.nonzero().flatten()
            small = _SMALL * torch.minimum(size[left[sure]], size[left[sure]].sqrt())
            done[sure] = ladder.confirm(sure, probe.move(rows[left[sure]], small))
        made.put(left[done], ladder.keep(done).slopes())
        left, ladder = left[~done], ladder.keep(~done)
        if not left.numel():
            break
    return made


@dataclass(slots=True)
class _Probe:
    """A function, what goes in, and what it makes of that; `alone` as in `Slopes`."""

    function: Function
    at: Tensor
    here: Tensor
    budget: Budget
    alone: bool = False

    def before(self, rows: Tensor) -> Tensor:
        """What these inputs make before they move, in the shape of what they make then."""
        return self.here[rows, None] if self.alone else self.here[None]

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

    def move(self, rows: Tensor, steps: Tensor) -> _Moved:
        """Move these inputs up and down, one at a time; all at once where each has an output of its own."""
        if self.alone:
            sides = [self.at.index_add(0, rows, sign * steps) for sign in (1, -1)]
            lengths = [(side[rows] - self.at[rows]).abs() for side in sides]
            up, down = (torch.where((one > 0) & one.isfinite(), one, steps)[:, None] for one in lengths)
            above, below = (self._at_or_nan(side)[rows, None] for side in sides)
            return _Moved(up, down, above, below)
        values = torch.empty((2, len(rows), self.here.numel()), dtype=torch.float64)
        widths = torch.empty(2, len(rows), 1, dtype=torch.float64)
        for line, (row, step) in enumerate(zip(rows.tolist(), steps.tolist(), strict=True)):
            for side, sign in enumerate((step, -step)):
                moved = self.at.clone()
                moved[row] += sign
                length = abs(moved[row].item() - self.at[row].item())
                widths[side, line] = length if 0 < length < torch.inf else step
                values[side, line] = self._at_or_nan(moved)
        return _Moved(widths[0], widths[1], values[0], values[1])

    def _at_or_nan(self, moved: Tensor) -> Tensor:
        """What is made there: nan where the function has no value."""
        made = self._at(moved)
        return torch.full_like(self.here, torch.nan) if made is None else made

    def _at(self, moved: Tensor) -> Tensor | None:
        if self.budget.over:
            raise OutOfTime
        try:
            return self.function(moved)
        except RAISED:
            return None
