"""The gradient by differences alone: multiplies the slopes of each call, from the root back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from viz.budget import Budget
from viz.language.replay.finite_differences import COARSE, FIRST, KINK, NONE, SMOOTH, OutOfTime, Slopes, slopes
from viz.language.replay.inconclusive import Inconclusive, at_kinks, coarse, held_back, last_digits
from viz.language.replay.local_derivative import LocalDerivative, sent_by
from viz.language.replay.perturbation import EPS, INSIDE
from viz.language.replay.trace import Trace

Tensor = torch.Tensor
#: By what factor a slope may exceed its estimated error, and how far torch's own float64 may be off, relatively.
SAFETY, ROUNDING = 10.0, 1e-8
#: A gradient that arrives counts as unknown if its error, relative to itself, is larger than this.
_UNSURE = 1e-2


@dataclass(slots=True)
class Estimate:
    """A gradient by differences, element by element, and how far it may be off.

    If `open` is True, differences cannot decide and the value is torch's own; `why` is the reason.
    """

    value: Tensor
    error: Tensor
    open: Tensor
    why: Inconclusive | None = None

    def add(self, other: Estimate) -> None:
        """Add another part of the same gradient."""
        self.value = self.value + other.value
        self.error = self.error + other.error
        self.open = self.open | other.open
        self.why = self.why or other.why

    def take(self, where: Tensor, sent: Tensor, why: Inconclusive) -> None:
        """Leave these elements open, with the values that torch sends."""
        if where.any():
            self.value, self.error = torch.where(where, sent, self.value), torch.where(where, 0.0, self.error)
            self.open, self.why = self.open | where, self.why or why

    @property
    def told(self) -> Tensor:
        """The gradient by differences, nan if they cannot decide."""
        return torch.where(self.open, torch.nan, self.value)

    @property
    def tolerance(self) -> Tensor:
        """How far a right gradient may differ from this one."""
        return SAFETY * self.error + ROUNDING * self.value.abs()


@dataclass(frozen=True, slots=True)
class Wrong:
    """A call that sends a gradient other than its slopes say: the numbers of the element that is furthest off."""

    place: int
    sent: float
    slope: float


@dataclass(slots=True)
class Numeric:
    """The gradients by place, and the calls whose own derivative is wrong; time ran out at the place `missing`."""

    at: dict[int, Estimate] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)
    missing: float = -math.inf

    def of(self, place: int, elements: int) -> Estimate | None:
        """Return the gradient at a place with this many elements, None if the time ran out."""
        if place < self.missing:
            return None
        nothing = torch.zeros(elements, dtype=torch.float64)
        return self.at.get(place) or Estimate(nothing, nothing, nothing.bool())


def numeric(trace: Trace, tensors: Mapping[int, Tensor], seed: Tensor, budget: Budget) -> Numeric:
    """The gradient at each place if backward begins with `seed`; `tensors` are the calls' results in float64.

    Each call is differenced by itself, so a large number added to the loss hides no other call's differences.
    """
    found = Numeric()
    start = seed.double().flatten()
    found.at[trace.root] = Estimate(start, torch.zeros_like(start), torch.zeros_like(start, dtype=torch.bool))
    values = {place: one.detach() for place, one in tensors.items()}
    for place in reversed(trace.steps):
        arrived = found.at.get(place)
        if arrived is None:
            continue
        try:
            _go_through(trace, place, values, arrived, found, budget)
        except OutOfTime:
            found.missing = place
            break
    return found


def _go_through(
    trace: Trace, place: int, values: Mapping[int, Tensor], arrived: Estimate, found: Numeric, budget: Budget
) -> None:
    """Add the gradients that come back through one call to those of its inputs."""
    for source, sent in sent_by(trace, place, values, arrived.value).items():
        part, wrong = _through(LocalDerivative(trace, place, source, values), arrived, sent, budget)
        if wrong is not None:
            found.wrong.append(wrong)
        if source in found.at:
            found.at[source].add(part)
        else:
            found.at[source] = part


def whole(trace: Trace, place: int, value: Tensor, seed: Tensor, budget: Budget) -> Estimate | None:
    """The gradient at one place, found by moving the tensor there and running all calls again.

    It is for a trace that `differentiates`. None if time runs out.
    """

    def root(moved: Tensor) -> Tensor:
        probe = (moved - value.flatten()).reshape(value.shape)
        made = trace.replay(exact=True, moved=(place, probe)).root.detach()
        return (made * seed.reshape(made.shape)).sum().reshape(1)

    try:
        table = slopes(root, value.flatten(), budget)
    except OutOfTime:
        return None
    unclear, large = (table.kind != SMOOTH)[:, 0], value.flatten().abs() >= COARSE
    why = Inconclusive(place, "following") if unclear.any() else None
    if large.any():
        why = coarse(place, value.flatten()[large][0].item())
    return Estimate(table.value[:, 0], table.error[:, 0], unclear | large, why)


def _through(
    local: LocalDerivative, arrived: Estimate, sent: Tensor, budget: Budget
) -> tuple[Estimate, Wrong | None]:
    """The part of a gradient that comes back through one call, and what is wrong with torch's, if anything is."""
    matters = (arrived.value != 0) | arrived.open
    if not matters.any() and not arrived.error.any():
        nothing = torch.zeros_like(sent)
        return Estimate(nothing, nothing, torch.zeros_like(sent, dtype=torch.bool)), None
    table = local.slopes(budget)
    smooth = table.kind == SMOOTH
    slope, slack = torch.where(smooth, table.value, 0.0), torch.where(smooth, table.error, 0.0)
    came = table.beside(arrived.value)
    size, finite = came.abs().nan_to_num(), came.isfinite()
    value = (slope * came.nan_to_num()).sum(1)
    value[((slope != 0) & ~finite).any(1)] = torch.nan
    rounding = (slack * size).sum(1)
    steepest = torch.where(smooth, slope.abs(), torch.maximum(table.left.abs(), table.right.abs()).nan_to_num())
    made = Estimate(
        value,
        rounding + ((steepest + slack) * table.beside(arrived.error)).sum(1),
        ((slope != 0) & table.beside(arrived.open)).any(1),
        arrived.why,
    )
    allowed = SAFETY * rounding + ROUNDING * (slope.abs() * size).sum(1)
    bent = (~smooth & table.beside(matters)).any(1)
    decided = _at_bends(local, made, table, came, sent, bent, allowed)
    unsure = arrived.error > _UNSURE * arrived.value.abs()
    if unsure.any():  # the slope that torch uses at a bend depends on it, too
        made.error = made.error + local.sent(torch.where(unsure, arrived.error, 0.0)).abs()
    held, why = held_back(local, sent)
    made.take(held & (made.value != 0), sent, why)
    off = decided & ~held & ((sent - made.value).abs() > allowed) & finite.all()
    if off.any():
        # Like 1 + erf, the call may round relative to its input, not to its output.
        largest = table.beside(local.values[local.place].flatten().abs()) + local.taken.abs()[:, None]
        reached = (slope != 0) | ~(slope != 0).any(1, keepdim=True)
        inside = (reached * size * largest).sum(1) * INSIDE * EPS / (FIRST * local.taken.abs().clamp(min=1.0))
        explained = off & ((sent - made.value).abs() <= inside)
        made.error = made.error + torch.where(explained, inside, 0.0)
        off = off & ~explained
    return made, _wrong(local, made, arrived.value, sent, off, allowed, budget)


def _wrong(
    local: LocalDerivative,
    made: Estimate,
    arrived: Tensor,
    sent: Tensor,
    off: Tensor,
    allowed: Tensor,
    budget: Budget,
) -> Wrong | None:
    """Complete an estimate if torch has a reason to send another gradient; return what is wrong without one."""
    if not off.any():
        return None
    digits = torch.where(off, last_digits(local, arrived, sent), 0.0)
    made.error = made.error + digits
    off = off & ((sent - made.value).abs() > allowed + SAFETY * digits)
    large = off & (local.taken.abs() >= COARSE)
    if large.any():
        made.take(large, sent, coarse(local.place, local.taken[large][0].item()))
    off = off & ~large
    if off.any():
        kinks = at_kinks(local, arrived, sent, off, budget)
        made.take(kinks, sent, Inconclusive(local.place, "kinks"))
        off = off & ~kinks
    if not off.any():
        return None
    worst = int(torch.where(off, (sent - made.value).abs(), -1.0).argmax())
    return Wrong(local.place, sent[worst].item(), made.value[worst].item())


def _at_bends(
    local: LocalDerivative,
    made: Estimate,
    table: Slopes,
    arrived: Tensor,
    sent: Tensor,
    bent: Tensor,
    allowed: Tensor,
) -> Tensor:
    """Complete an estimate at elements that bend with torch's gradient, if it lies between the slopes.

    Returns which elements are decided.
    """
    if not bent.any():
        return ~bent
    low, high = _between(table, arrived)
    allowed = allowed + ROUNDING * (low.abs() + high.abs())
    outside = bent & ((sent < made.value + low - allowed) | (sent > made.value + high + allowed))
    between = bent & ~outside
    made.value = torch.where(between, sent, made.value + torch.where(outside, (low + high) / 2, 0.0))
    made.open = made.open | between
    if between.any() and made.why is None:
        row = int(between.nonzero()[0])
        made.why = _bend(local, table, row, arrived)
    return ~between


def _between(table: Slopes, arrived: Tensor) -> tuple[Tensor, Tensor]:
    """The bounds of the part of a gradient that comes through kinks, infinite if a slope does not exist."""
    ends = torch.stack([table.left * arrived, table.right * arrived])
    kink, none = table.kind == KINK, (table.kind == NONE) & (arrived != 0)
    slack = SAFETY * table.beside_kink * arrived.abs()
    low = torch.where(kink, ends.amin(0) - slack, 0.0).sum(1)
    high = torch.where(kink, ends.amax(0) + slack, 0.0).sum(1)
    anything = none.any(1)
    return torch.where(anything, -torch.inf, low), torch.where(anything, torch.inf, high)


def _bend(local: LocalDerivative, table: Slopes, row: int, arrived: Tensor) -> Inconclusive:
    """Why differences cannot check an element that bends."""
    column = int(((table.kind != SMOOTH) & (arrived != 0))[row].double().argmax())
    if local.taken[row].abs() >= COARSE:
        return coarse(local.place, local.taken[row].item())
    if table.kind[row, column] == NONE:
        finite = local.values[local.place].flatten()[row if table.alone else column].isfinite()
        return Inconclusive(local.place, "none" if finite else "infinite")
    return Inconclusive(local.place, "kink", table.left[row, column].item(), table.right[row, column].item())
