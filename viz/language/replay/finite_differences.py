"""Finite differences: the derivative of each output of a function by each input, with an estimated error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from viz.budget import Budget
from viz.language.replay.perturbation import EPS, INSIDE, LEAST, Moved, OutOfTime, Probe, TensorFunction, over

__all__ = ["COARSE", "FIRST", "KINK", "NONE", "SMOOTH", "OutOfTime", "Slopes", "slopes"]

Tensor = torch.Tensor
#: The first step, relative to the size of the input, and the factor by which each step is smaller than the last.
FIRST, _RATIO = 0.1, 4.0
#: How many steps are tried, more for large inputs. The last of these is 1.5e-9 of the input's size.
_ROWS = 14
#: How many earlier steps Richardson extrapolation combines: the error falls with their product, squared.
_DEEP = 3
#: An estimate is accepted if its error, relative to the input's steepest slope, is at most this.
_GOOD = 1e-10
#: With an error up to this, steps of another size are not tried.
_WELL = 1e-6
#: On a smooth curve each step brings the slopes on both sides four times closer; at a kink they stay apart.
_CLOSER, _APART, _JUMP = 0.5, 0.6, 1.5
#: Slopes on both sides count as one slope if their relative difference is less than this.
_SAME = 1e-7
#: A small step, with which an estimate from large steps has to agree: `round`, for one, is a staircase.
_SMALL = 1e-5
#: How far it may be off besides rounding, relative to the slopes. Extrapolation across a kink may be off by less
#: than the first, which only small steps see: those after this many.
_CLEARLY, _CLOSELY, _LARGE = 1e-2, 1e-4, 5
#: The largest number of entries in a table of slopes that is computed at once.
_ENTRIES = 2**18
#: Up to this many inputs, each is moved by itself, whatever the function is.
_FEW = 16
#: A step relative to a small input: the first steps, 0.1 and smaller, are too large to see a bend near it.
_NEAR = 1e-2
#: A better estimate may differ from the one before by at most this many times that one's error.
_STAIRWAY = 10
#: Steps have to get below this size, to see the stairs of `round`.
_STAIRS = 0.25
#: From this size on, float64's rounding is too coarse to see what happens between two integers.
COARSE = 2.0**40

#: The kinds of slopes: smooth, two slopes at a kink, none at a jump or beside a value that is not finite.
SMOOTH, KINK, NONE = 0, 1, 2


#: The fields of `Slopes` that have an entry for each slope.
_TABLES = ("value", "error", "left", "right", "beside_kink", "kind")


@dataclass(slots=True)
class Slopes:
    """The slopes of each output (columns) by each input (rows), how far they may be off, and their `kind`.

    At a kink `left` and `right` are the slopes on both sides, which may be off by `beside_kink`. `alone` says that
    each output depends on its own input only: the table then has one column, and all other slopes are 0.
    """

    value: Tensor
    error: Tensor
    left: Tensor
    right: Tensor
    beside_kink: Tensor
    kind: Tensor
    alone: bool = False

    def beside(self, outputs: Tensor) -> Tensor:
        """The numbers of the outputs, in a shape that broadcasts to that of the slopes."""
        return outputs[:, None] if self.alone else outputs

    def put(self, inputs: Tensor, other: Slopes) -> None:
        """Replace the slopes by these inputs with those of `other`."""
        for name in _TABLES:
            getattr(self, name)[inputs] = getattr(other, name)

    @property
    def rough(self) -> Tensor:
        """Which inputs have a slope that is not smooth or not accurate."""
        steepest = self.value.abs().nan_to_num(0.0).sum(1, keepdim=True)
        return ((self.kind != SMOOTH) | (self.error > _WELL * steepest)).any(1)

    def take(self, inputs: Tensor, other: Slopes) -> None:
        """Replace the slopes by these inputs with those of `other` that are better."""
        mine = self.error[inputs].where(self.kind[inputs] == SMOOTH, torch.inf)
        better = (mine == torch.inf) | ((other.kind == SMOOTH) & (other.error < mine))
        for name in _TABLES:
            found = getattr(self, name)
            found[inputs] = torch.where(better, getattr(other, name), found[inputs])


def slopes(function: TensorFunction, at: Tensor, budget: Budget) -> Slopes:
    """The derivative of `function` at a vector, in float64; raise OutOfTime if the budget is used up."""
    probe = Probe(function, at, function(at), budget)
    size = at.abs().nan_to_num(1.0, 1.0, 1.0)
    probe.alone = at.numel() > _FEW and probe.is_alone(FIRST * size.clamp(min=1.0))
    together = at.numel() if probe.alone else max(1, _ENTRIES // max(1, probe.here.numel()))
    parts = []
    for rows in torch.split(torch.arange(at.numel()), max(1, together)):
        part = _ladder(probe, rows, size[rows].clamp(min=1.0))
        # Near a small input the function may bend in a way that only small steps follow.
        _near(probe, rows, size[rows], part)
        again = (part.rough & (size[rows] > 0) & (size[rows] < FIRST)).nonzero().flatten()
        if again.numel():
            part.take(again, _ladder(probe, rows[again], size[rows[again]]))
        parts.append(part)
    value, error, left, right, off, kind = (torch.cat([getattr(one, name) for one in parts]) for name in _TABLES)
    return Slopes(value, error, left, right, off, kind, probe.alone)


class _Ladder:
    """Smaller and smaller steps from some inputs, and the best estimate so far of each slope."""

    #: The attributes with a row for each input.
    _KEPT = ("best", "error", "left", "right", "off", "ratio", "growth", "_inside", "_gap", "_sides", "_trusted")

    def __init__(self, at: Tensor, here: Tensor, rounds: Tensor) -> None:
        """`at` are the inputs that move, `here` the outputs before they do: one row for all, or one for each.

        `rounds` is how far the function rounds inside itself, in the shape of `here`.
        """
        shape = (len(at), here.shape[1])
        self.here, self.rounds = here, rounds
        self.best = torch.full(shape, torch.nan, dtype=torch.float64)
        self.error = torch.full(shape, torch.inf, dtype=torch.float64)
        self.left, self.right, self.off = self.best.clone(), self.best.clone(), self.error.clone()
        self.ratio = torch.zeros(shape, dtype=torch.float64)
        self.growth = self.ratio.clone()
        self._inside = INSIDE * (EPS * (here.abs() + at.abs()[:, None]) + LEAST)
        self._gap = self.error.clone()
        self._sides = self.best[..., None].repeat(1, 1, 2)  # the slopes on both sides with the step before
        self._trusted = torch.zeros(shape, dtype=torch.long)  # for how many steps in a row
        self._row: list[Tensor] = []

    def keep(self, inputs: Tensor) -> _Ladder:
        """A copy with only these inputs."""
        part = _Ladder(torch.empty(0), self.here[:1], self.rounds[:1])
        if len(self.here) == 1:
            part.here, part.rounds = self.here, self.rounds
        else:
            part.here, part.rounds = self.here[inputs], self.rounds[inputs]
        for name in self._KEPT:
            setattr(part, name, getattr(self, name)[inputs])
        part._row = [one[inputs] for one in self._row]
        return part

    def step(self, moved: Moved, closely: float) -> Tensor:
        """Add the function's values a step above and a step below; return which inputs now have good slopes.

        A best slope that is `closely` off this step's, relative to it, is forgotten.
        """
        noise = EPS * torch.maximum(moved.above.abs(), moved.below.abs())
        noise = (torch.maximum(noise, self.rounds) + LEAST) / moved.width
        slope = self._refuted(moved, closely)
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
                better = (self._trusted > max(depth - 1, 0)) & (error < self.error)  # False if it is nan
                # An estimate far from the best one may come from the stairs that rounding makes.
                better &= ~((row[depth] - self.best).abs() > _STAIRWAY * self.error)
                self.best = torch.where(better, row[depth], self.best)
                self.error = torch.where(better, error, self.error)
        self._row = row
        steepest = self.best.abs().nan_to_num(0.0).amax(1, keepdim=True) if self.here.numel() else self.best
        return (self.error <= torch.maximum(2 * noise, _GOOD * steepest)).all(1)

    def confirm(self, inputs: Tensor, moved: Moved, closely: float = _CLEARLY) -> Tensor:
        """Forget the slopes that a small step contradicts; return which of these inputs keep all of theirs."""
        part = self.keep(inputs)
        part._refuted(moved, closely)
        self.best[inputs], self.error[inputs] = part.best, part.error
        return part.error.isfinite().all(1)

    def _refuted(self, moved: Moved, closely: float = _CLEARLY) -> Tensor:
        """Return the slopes by this step, and forget the best slopes so far that they contradict."""
        slope = over(moved.above - moved.below, moved.above == moved.below, moved.width)
        allowed = 10 * self.error + self._inside / moved.width
        allowed += closely * torch.maximum(slope.abs(), self.best.abs())
        wrong = (slope - self.best).abs() > allowed
        self.best[wrong], self.error[wrong] = torch.nan, torch.inf
        return slope

    def _compare(self, left: Tensor, right: Tensor, noise: Tensor) -> None:
        """Record whether the slopes on both sides come closer with this step or stay apart."""
        gap = (right - left).abs()
        steepest = torch.maximum(left.abs(), right.abs())
        same = gap <= torch.maximum(_SAME * steepest, 8 * noise)
        closer = (gap <= _CLOSER * self._gap) & self._gap.isfinite()
        self._trusted = torch.where(same | closer, self._trusted + 1, 0)
        # How much is left of the last step's gap, if that was larger than what this step rounds.
        clear = self._gap.isfinite() & gap.isfinite()
        clear &= self._gap > torch.maximum(20 * noise, _SAME * steepest)
        self.ratio = torch.where(clear, gap / self._gap, self.ratio)
        apart = clear & (gap > _CLOSER * self._gap)
        sides = torch.stack([left, right], -1)
        off = (sides - self._sides).abs().amax(-1) + 2 * noise
        self.left, self.right = torch.where(apart, left, self.left), torch.where(apart, right, self.right)
        self.off = torch.where(apart, off, self.off)
        self._gap, self._sides = gap, sides

    def slopes(self) -> Slopes:
        """The best slopes so far, with their kinds."""
        grows = (self.growth > _JUMP) & (self.error > _CLEARLY * self.best.abs())
        found = self.error.isfinite() & (self.ratio < _APART) & ~grows
        kink = (self.ratio >= _APART) & (self.ratio < _JUMP) & ~grows
        kind = torch.where(found, SMOOTH, torch.where(kink, KINK, NONE))
        return Slopes(self.best, self.error, self.left, self.right, self.off, kind)


def _rows(size: Tensor) -> int:
    """How many steps to try: more for large numbers, until a step is small enough to see the stairs of `round`."""
    largest = size[size < COARSE].amax().item() if (size < COARSE).any() else 1.0
    last = FIRST * largest / _RATIO ** (_ROWS - 1)
    return _ROWS + max(0, math.ceil(math.log(last * 4 / _STAIRS, _RATIO)))


def _ladder(probe: Probe, rows: Tensor, size: Tensor) -> Slopes:
    """The slopes by the inputs `rows`, with steps relative to `size`."""
    ladder = _Ladder(probe.at[rows], *probe.before(rows))
    made = ladder.slopes()
    left = torch.arange(len(rows))  # the inputs that need more steps
    steps = _rows(size)
    for number in range(steps):
        closely = _CLEARLY if number < _LARGE else _CLOSELY
        done = ladder.step(probe.move(rows[left], FIRST * size[left] / _RATIO**number), closely)
        if number == steps - 1:
            done[:] = True
        elif number < 2:
            continue
        else:
            sure = done.nonzero().flatten()
            small = _SMALL * torch.minimum(size[left[sure]], size[left[sure]].sqrt()).clamp(max=_STAIRS / _SMALL)
            done[sure] = ladder.confirm(sure, probe.move(rows[left[sure]], small), _CLOSELY)
        made.put(left[done], ladder.keep(done).slopes())
        left, ladder = left[~done], ladder.keep(~done)
        if not left.numel():
            break
    return made


def _near(probe: Probe, rows: Tensor, size: Tensor, found: Slopes) -> None:
    """Forget the slopes by a small input that a step relative to the input itself contradicts."""
    small = ((size > 0) & (size < FIRST)).nonzero().flatten()
    if not small.numel():
        return
    ladder = _Ladder(probe.at[rows[small]], *probe.before(rows[small]))
    ladder.best, ladder.error = found.value[small], found.error[small]
    ladder.confirm(torch.arange(len(small)), probe.move(rows[small], _NEAR * size[small]))
    found.error[small] = ladder.error
