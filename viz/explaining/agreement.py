"""Whether a formula gives what torch computed, within the rounding of the program's dtype."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log10
from typing import Literal

import torch

from viz.rules.rounding import Range, Rounded
from viz.writing.numbers import number

#: Numbers with a relative difference up to this are shown alike, except perhaps for the last digit.
_SHOWN_ALIKE = 1e-4
#: Elements that a sentence names.
_NAMED = 3

#: How a formula and torch compare. They look alike; they differ, and the dtype's rounding, smallest or largest
#: number explains it; they differ where the formula leaves the result open; or they do not agree ("apart").
Verdict = Literal["alike", "rounded", "underflow", "overflow", "open", "apart"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """The verdict, the formula's numbers with their error bound, and torch's numbers."""

    verdict: Verdict
    ours: Rounded
    torchs: torch.Tensor

    @property
    def holds(self) -> bool:
        """Whether the formula explains torch's numbers."""
        return self.verdict != "apart"

    @property
    def sign(self) -> str:
        """The LaTeX sign between the two in an equation."""
        return {"alike": "=", "overflow": r"\to"}.get(self.verdict, r"\approx")

    @property
    def why(self) -> str:
        """A sentence on the visible difference; empty if there is none."""
        if self.verdict == "alike":
            return ""
        if self.verdict == "apart":
            return f"The formula does not give what torch sent: {self.places('the formula gives')}."
        dtype = self.ours.precision.dtype
        name, limits = str(dtype).removeprefix("torch."), torch.finfo(dtype)
        digits, least = round(-log10(limits.eps)), number(limits.tiny * limits.eps)
        reasons = {
            "rounded": f"{name} rounds the result of each operation to about {digits} digits",
            "underflow": f"{name} has no positive number below {least} and fewer digits below "
            f"{number(limits.tiny)}",
            "overflow": f"{name} has inf for numbers above {number(limits.max)}",
            "open": "the formula does not determine the result where rounding may make a divisor 0, nor at nan, "
            "where torch's kernels for one element and for many differ",
        }
        return f"{reasons[self.verdict]}; {self.places('exact arithmetic gives')}."

    @property
    def apart(self) -> torch.Tensor:
        """Where the numbers differ: as shown, or, if they do not agree, by more than rounding explains."""
        return ~(_alike(self.ours.value, self.torchs) if self.holds else _close(self.ours, self.torchs))

    def places(self, ours: str) -> str:
        """The differing elements in words: `at [0, 1] the formula gives 2.000, torch has 1.000`."""
        apart = self.apart
        found = apart.nonzero().tolist()
        named = []
        for place in found[:_NAMED]:
            exact, sent = (number(float(one[tuple(place)])) for one in (self.ours.value, self.torchs))
            at = f"at {place} " if place and self.torchs.numel() > 1 else ""
            named.append(f"{at}{ours} {exact}, torch has {sent}")
        more = f"; and {len(found) - _NAMED} more elements differ" if len(found) > _NAMED else ""
        return f"{'; '.join(named)}{more}"


def agreement(bounded: Callable[[Range], Rounded], torchs: torch.Tensor) -> Agreement:
    """Compare torch's numbers with a formula's.

    `bounded` returns the formula's numbers and their error bound, for one treatment of numbers outside the dtype's
    range.
    """
    ours = bounded("any")
    if _holds(ours, torchs):
        differ = ~_alike(ours.value, torchs)
        seen: Verdict = "rounded" if differ.any() else "alike"
        return Agreement("open" if (differ & ours.error.isinf()).any() else seen, ours, torchs)
    if _holds(bounded("dtype"), torchs) or _holds(bounded("uncertain"), torchs):
        return Agreement("underflow" if torchs.isfinite().all() else "overflow", ours, torchs)
    return Agreement("apart", ours, torchs)


def _holds(ours: Rounded, torchs: torch.Tensor) -> bool:
    return ours.value.shape == torchs.shape and bool(_close(ours, torchs).all())


def _close(ours: Rounded, torchs: torch.Tensor) -> torch.Tensor:
    exact, bound = ours.value, ours.rounded().error + ours.precision.least
    return ((exact - torchs).abs() <= bound) | bound.isinf() | _same(exact, torchs)


def _alike(exact: torch.Tensor, torchs: torch.Tensor) -> torch.Tensor:
    size = torch.maximum(exact.abs(), torchs.abs())
    return _same(exact, torchs) | ((exact - torchs).abs() <= _SHOWN_ALIKE * size) & size.isfinite()


def _same(exact: torch.Tensor, torchs: torch.Tensor) -> torch.Tensor:
    return (exact == torchs) | (exact.isnan() & torchs.isnan())
