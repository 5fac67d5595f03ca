"""The derivative of one call of a trace by one of its inputs: from differences, and from torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch

from viz.budget import Budget
from viz.language.replay.finite_differences import Slopes, slopes
from viz.language.replay.trace import Step, Trace

Tensor = torch.Tensor


@dataclass(frozen=True, slots=True)
class LocalDerivative:
    """The derivative of one call by one of its inputs, the tensor at place `source`, at the given values."""

    trace: Trace
    place: int
    source: int
    values: Mapping[int, Tensor]

    @property
    def step(self) -> Step:
        """The call."""
        return self.trace.steps[self.place]

    @property
    def taken(self) -> Tensor:
        """The input's numbers, flattened."""
        return self.values[self.source].flatten()

    @property
    def moves(self) -> list[int]:
        """The places of all floating-point inputs of the call."""
        return [one for one in self.step.sources if self.values[one].is_floating_point()]

    def made(self, moved: Tensor) -> Tensor:
        """Return the call's result for other numbers in the input, both flattened."""
        values = {**self.values, self.source: moved.reshape(self.values[self.source].shape)}
        return self.trace.run(self.place, values, exact=True).flatten()

    def slopes(self, budget: Budget) -> Slopes:
        """Return the slopes of the call's result by the input's elements, from differences."""
        with torch.no_grad():
            return slopes(self.made, self.taken, budget)

    def changed(self, change: Callable[[int, Tensor], Tensor]) -> LocalDerivative:
        """Return the same derivative at other values: `change` returns them for each place and its tensor."""
        return replace(self, values={**self.values, **{one: change(one, self.values[one]) for one in self.moves}})

    def sent(self, arrived: Tensor) -> Tensor:
        """Return the gradient that torch sends to the input if this gradient arrives at the call."""
        return sent_by(self.trace, self.place, self.values, arrived)[self.source]


def sent_by(trace: Trace, place: int, values: Mapping[int, Tensor], arrived: Tensor) -> dict[int, Tensor]:
    """Return the gradients that torch sends to the inputs of one call, in float64, for the gradient `arrived`."""
    sources = [one for one in trace.steps[place].sources if values[one].is_floating_point()]
    with torch.enable_grad():
        taken = {source: values[source].clone().requires_grad_() for source in sources}
        made = trace.run(place, {**values, **taken}, exact=True)
        if not made.requires_grad:
            return {source: torch.zeros_like(values[source]).flatten() for source in sources}
        found = torch.autograd.grad(
            made, list(taken.values()), arrived.reshape(made.shape), allow_unused=True, materialize_grads=True
        )
    return {source: one.flatten() for source, one in zip(sources, found, strict=True)}
