"""Whether a formula gives what torch computed, as far as the roundings of the program's dtype can tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log10
from typing import Literal

import torch

from viz.rules.rounding import Range, Rounded
from viz.writing.numbers import number

#: Up to this relative difference two numbers are shown alike, but for the last digit.
_SHOWN_ALIKE = 1e-4
#: Elements that a sentence names.
_NAMED = 3

#: How a formula and torch compare: alike as they are shown; different, as the dtype's rounding, its smallest or
#: its largest number explains; different where the formula leaves it open; or apart.
Verdict = Literal["alike", "rounded", "underflow", "overflow", "open", "apart"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """The verdict, the formula's numbers with their bound, and torch's."""

    verdict: Verdict
    ours: Rounded
    torchs: torch.Tensor

    @property
    def holds(self) -> bool:
        """Whether the formula explains torch's numbers."""
        return self.verdict != "apart"

    @property
    def sign(self) -> str:
        """What an equation of the two says in LaTeX."""
        return {"alike": "=", "overflow": r"\to"}.get(self.verdict, r"\approx")

    @property
    def why(self) -> str:
        """A sentence on the difference that is seen; empty where none is."""
        if self.verdict == "alike":
            return ""
        if self.verdict == "apart":
            return f"The formula does not give what torch sent: {self.places('the formula gives')}."
        dtype = self.ours.precision.dtype
        name, limits = str(dtype).removeprefix("torch."), torch.finfo(dtype)
        digits, least = round(-log10(limits.eps)), number(limits.tiny * limits.eps)
        reasons = {
            "rounded": f"{name} rounds the result of each operation to about {digits} digits",
            "underflow": f"{name} has 0 for numbers smaller than {least}, and fewer digits of those smaller than "
            f"{number(limits.tiny)}",
            "overflow": f"{name} has inf for numbers larger than {number(limits.max)}",
            "open": "the formula leaves open what comes out where torch divides by what rounding may make 0, and "
            "at nan, where its kernels for one element and for many take other cases",
        }
        return f"{reasons[self.verdict]}; {self.places('computed exactly it is')}."

    @property
    def apart(self) -> torch.Tensor:
        """Where they differ: as they are shown, or where they are apart, by more than rounding explains."""
        return ~(_alike(self.ours.value, self.torchs) if self.holds else _close(self.ours, self.torchs))

    def places(self, ours: str) -> str:
        """Where they differ: `at [0, 1] the formula gives 2.000, torch has 1.000`, with `ours` as the verb."""
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
    """How torch's numbers compare with a formula's; `bounded` gives those with their bound, for what may become of
    numbers that are out of the dtype's range."""
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
