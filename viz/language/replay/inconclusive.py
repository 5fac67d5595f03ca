"""Finds gradients that differences cannot check: torch's value and the slope differ, but neither is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

import torch
import torch.nn.functional as F

from viz.budget import Budget
from viz.language.replay.finite_differences import OutOfTime
from viz.language.replay.local_derivative import LocalDerivative
from viz.language.replay.shaking import shaken
from viz.language.replay.trace import RAISED

Tensor = torch.Tensor
#: How often the last digits of a call's inputs are changed, and how far that may move the gradients it sends,
#: relative to the largest: a larger move has another cause than rounding.
_SHAKES, _LITTLE = 4, 1e-9
#: The distances of nearby points, relative to the sizes of the numbers: a smooth function is a hundred times
#: straighter within the second than within the first. Slopes at these points use steps smaller by this factor.
_DISTANCES, _SHORTER = (1e-3, 1e-5), 1 / 32
#: How many nearby points lie in random directions. Up to this many tensors also move up or down as a whole.
_RANDOM, _TENSORS = 64, 3
#: Elements that are examined in one batch.
_AT_ONCE = 16
_EPS: float = torch.finfo(torch.float64).eps
#: Units of rounding inside a call, and how many times larger than rounding a jump of slopes has to be.
_INSIDE, _CLEARLY = 64, 10


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """Why differences cannot check the gradient of the call at `place`.

    - `kink`: the call has a kink, with the slopes `left` and `right`; `kinks`: several at once.
    - `none`: it has no slope; `infinite`: it has no finite value.
    - `coarse`: it takes a number, `left`, whose neighbour in float64 is `right` away.
    - `following`: a later call has one of these.
    - `padding`, `drawn`: torch keeps the gradient at 0 on purpose.
    """

    place: int
    kind: Literal["kink", "kinks", "none", "infinite", "coarse", "following", "padding", "drawn"]
    left: float = 0.0
    right: float = 0.0


def coarse(place: int, number: float) -> Inconclusive:
    """Return the reason for a number that is too large for small steps."""
    one = torch.tensor(number, dtype=torch.float64).abs()
    return Inconclusive(place, "coarse", number, (torch.nextafter(one, one.new_tensor(torch.inf)) - one).item())


def held_back(local: LocalDerivative, sent: Tensor) -> tuple[Tensor, Inconclusive]:
    """Return the elements whose gradient torch keeps at 0 on purpose, with the reason."""
    taken = local.values[local.source]
    drawn = local.step.call.random is not None
    held = torch.full(taken.shape, drawn)
    if drawn:
        held &= (sent == 0).reshape(taken.shape)
    elif local.step.function is F.embedding:
        args, options = local.step.exact
        row = args[2] if len(args) > 2 else options.get("padding_idx")
        if row is not None:
            held[row] = True
    return held.flatten(), Inconclusive(local.place, "drawn" if drawn else "padding")


def last_digits(local: LocalDerivative, arrived: Tensor, sent: Tensor) -> Tensor:
    """How far each gradient that torch sends moves if the last digits of the call's inputs change.

    0 if it moves by more than rounding: torch may choose between two slopes, for example.
    """
    random = torch.Generator().manual_seed(0)
    off = torch.zeros_like(sent)
    for _ in range(_SHAKES):
        try:
            off = torch.maximum(
                off, (local.changed(lambda _, one: shaken(one, random)).sent(arrived) - sent).abs()
            )
        except RAISED:
            continue
    largest = torch.cat([arrived.flatten(), sent]).abs().nan_to_num(0.0, 0.0, 0.0).amax()
    return torch.where(off <= _LITTLE * largest, off, 0.0)


def at_kinks(local: LocalDerivative, arrived: Tensor, sent: Tensor, off: Tensor, budget: Budget) -> Tensor:
    """Which of the elements `off` lie where several kinks meet, and torch uses a slope from nearby.

    The slope times `arrived` jumps between nearby points, however close they are, and torch's gradient lies
    between the smallest and the largest of these products.
    """
    found = torch.zeros_like(off)
    with torch.no_grad():
        for rows in torch.split(off.nonzero().flatten(), _AT_ONCE):
            spread = torch.zeros(len(rows), dtype=torch.float64)
            for distance in _DISTANCES:
                wider = spread
                slopes, noise = _close_by(local, arrived.flatten(), rows, distance, budget)
                low, high = slopes.amin(0), slopes.amax(0)
                spread = high - low
            jumps = (spread > wider / 2) & (spread > _CLEARLY * noise)
            slack = noise + spread * _DISTANCES[0]
            found[rows] = jumps & (sent[rows] >= low - slack) & (sent[rows] <= high + slack)
            if not found[rows].all():
                break  # one element is enough for a wrong gradient
    return found


def _close_by(
    local: LocalDerivative, arrived: Tensor, rows: Tensor, distance: float, budget: Budget
) -> tuple[Tensor, Tensor]:
    """The slopes by these elements at nearby points, one row each, and how far rounding may move them."""
    taken = local.taken[rows].abs()
    steps = distance * _SHORTER * torch.where(taken > 0, taken, 1.0)
    found, noise = [], torch.zeros(len(rows), dtype=torch.float64)
    for point in _points(local, distance):
        line = torch.full((len(rows),), torch.nan, dtype=torch.float64)
        for number, (row, step) in enumerate(zip(rows.tolist(), steps.tolist(), strict=True)):
            if budget.over:
                raise OutOfTime
            try:
                above, below = (point.made(_moved(point.taken, row, one)) for one in (step, -step))
            except RAISED:
                continue
            # An output that does not move has slope 0, even if it is infinite or nan.
            still = (above == below) | (above.isnan() & below.isnan())
            line[number] = torch.where(still, 0.0, (above - below) * arrived).sum() / (2 * step)
            size = torch.where(still, 0.0, (above.abs() + below.abs()) * arrived.abs()).sum().item()
            noise[number] = max(noise[number].item(), _INSIDE * _EPS * size / step)
        found.append(line.where(line.isfinite(), torch.nan))
    slopes = torch.stack(found)
    return slopes.where(slopes.isfinite(), slopes.nanmedian(0).values).nan_to_num(), noise


def _moved(tensor: Tensor, row: int, step: float) -> Tensor:
    moved = tensor.clone()
    moved[row] += step
    return moved


def _points(local: LocalDerivative, distance: float) -> Iterator[LocalDerivative]:
    """Yield the call at nearby points: whole tensors moved up or down, then every element moved at random."""
    random = torch.Generator().manual_seed(0)
    moves = local.moves
    for signs in product((0, 1, -1), repeat=len(moves)) if 1 < len(moves) <= _TENSORS else ():
        by = dict(zip(moves, signs, strict=True))
        yield local.changed(lambda place, one, by=by: one + distance * by[place] * _sizes(one))  # type: ignore[misc]
    for _ in range(_RANDOM):
        yield local.changed(
            lambda _, one: one + distance * (2 * torch.rand(one.shape, generator=random) - 1) * _sizes(one)
        )


def _sizes(tensor: Tensor) -> Tensor:
    """The size of each number: 1 for 0, and 0 for a number that is not finite, so that it does not move."""
    return torch.where(tensor == 0, 1.0, tensor.abs().nan_to_num(0.0, 0.0, 0.0))
