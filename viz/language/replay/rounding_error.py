"""Finds the call whose rounding separates a gradient in the program's own dtype from the one in float64."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch

from viz.budget import Budget
from viz.language.replay.trace import Replay, Trace
from viz.pytorch.graph import TorchNode, is_leaf

Tensor = torch.Tensor
#: What happened to the numbers: too large or too small for the dtype, large ones cancelled, or just rounded.
Kind = Literal["overflow", "underflow", "cancellation", "rounding"]
#: From worst to mildest.
_KINDS: tuple[Kind, ...] = ("overflow", "underflow", "cancellation", "rounding")
#: Units of rounding that an operation may be off by without losing digits.
_FEW = 16
#: The least divisor: smaller sizes count as this.
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Rounded:
    """The call at `place` contributes most to the difference, by its result or by the gradient it sends.

    `node` is torch's name for the Node that does, if the call makes several; `exact` is a number that was lost.
    """

    place: int
    kind: Kind
    node: str | None
    exact: float


class Rounding:
    """The gradients when a single call runs in the program's dtype and all others in float64, for each call."""

    def __init__(self, trace: Trace, exact: Replay, seed: Tensor, budget: Budget) -> None:
        """Leaves out calls once the budget is used up."""
        self._trace = trace
        self._tensors = {place: one.detach() for place, one in exact.tensors.items()}
        self._gradients = exact.gradients(seed)
        self._alone: dict[int, Mapping[int, Tensor]] = {}
        for place, step in trace.steps.items():
            dtypes = {trace.dtype(place), *map(trace.dtype, step.sources)}
            if not trace.differentiates and dtypes != {torch.float64} and not budget.over:
                self._alone[place] = trace.replay(exact=True, rounded=place).gradients(seed)

    def of(self, place: int) -> Rounded | None:
        """The call that contributes most to the difference at a place; None if no call changes it alone."""
        exact = self._gradients[place]
        off = {
            call: (found[place] - exact).abs().nan_to_num(torch.inf).amax().item()
            for call, found in self._alone.items()
            if place in found and exact.numel()
        }
        worst = max(off, key=lambda call: off[call], default=None)
        return None if worst is None or off[worst] == 0 else self._how(worst)

    def _how(self, place: int) -> Rounded:
        """Find out how a call loses digits."""
        trace, dtype = self._trace, self._trace.dtype(place)
        own = {source: self._tensors[source].to(trace.dtype(source)) for source in trace.steps[place].sources}
        wide = {source: one.double() for source, one in own.items()}
        arrived = self._gradients.get(place, torch.zeros_like(self._tensors[place])).to(dtype)
        rough = _Run(trace, place, own, arrived, exact=False)
        fine = _Run(trace, place, wide, arrived.double(), exact=True)
        size = max(_largest(one) for one in (*wide.values(), fine.made, arrived))
        made = _kind([(rough.made, fine.made)], size)
        sent = _kind(list(zip(rough.sent, fine.sent, strict=True)), size)
        if _KINDS.index(made[0]) < _KINDS.index(sent[0]):
            return Rounded(place, made[0], None, made[1])
        return Rounded(place, sent[0], _culprit(rough, fine), sent[1])


class _Run:
    """One call by itself, forward and back: its result, the gradients it sends, and those at each of its Nodes."""

    def __init__(
        self, trace: Trace, place: int, taken: Mapping[int, Tensor], arrived: Tensor, exact: bool
    ) -> None:
        self.visits: dict[TorchNode, tuple[list[Any], list[Any]]] = {}
        with torch.enable_grad():
            leaves = [one.clone().requires_grad_(one.is_floating_point()) for one in taken.values()]
            result = trace.run(place, dict(zip(taken, leaves, strict=True)), exact)
            self.root = result.grad_fn
            self.made = result.detach()
            self._watch(self.root)
            inputs = [one for one in leaves if one.requires_grad]
            found = torch.autograd.grad(
                result, inputs, arrived.to(result.dtype), allow_unused=True, materialize_grads=True
            )
        self.sent = list(found)

    def _watch(self, root: TorchNode | None) -> None:
        """Note the gradients that arrive at each Node and leave it."""
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if node is not None and node not in self.visits and not is_leaf(node):
                self.visits[node] = ([], [])
                node.register_hook(partial(_note, self.visits[node]))
                waiting += [following for following, _ in node.next_functions]


def _note(visit: tuple[list[Any], list[Any]], sent: Sequence[Any], received: Sequence[Any]) -> None:
    for place, gradients in enumerate((sent, received)):
        visit[place].extend([None if one is None else one.detach().clone() for one in gradients])


def _culprit(rough: _Run, fine: _Run) -> str | None:
    """The Node that adds most to the error of the gradients that a call sends; None if the call has one Node."""
    worst: tuple[float, str | None] = (0.0, None)
    waiting, seen = [(rough.root, fine.root)], set()
    while waiting:
        pair = waiting.pop()
        one, other = pair
        if one is None or other is None or one in seen or type(one) is not type(other) or is_leaf(one):
            continue
        seen.add(one)
        sent, received = (
            _off(zip(mine, theirs, strict=True))
            for mine, theirs in zip(rough.visits[one], fine.visits[other], strict=True)
        )
        worst = max(worst, (sent - received, type(one).__name__), key=lambda found: found[0])
        following = (one.next_functions, other.next_functions)
        waiting += [(a, b) for (a, _), (b, _) in zip(*following, strict=False)]
    return worst[1] if len(seen) > 1 else None


def _off(pairs: Any) -> float:
    """How far the tensors of one run are from those of the other, relative to their size."""
    found = [
        (a.double() - b.double()).abs() / max(_largest(b), _TINY)
        for a, b in pairs
        if a is not None and b is not None
    ]
    return max((one.nan_to_num(torch.inf).amax().item() for one in found if one.numel()), default=0.0)


def _largest(tensor: Tensor) -> float:
    finite = tensor.double().abs().nan_to_num(0.0, 0.0, 0.0)
    return finite.amax().item() if finite.numel() else 0.0


def _kind(pairs: Sequence[tuple[Tensor, Tensor]], size: float) -> tuple[Kind, float]:
    """How numbers in a narrow dtype differ from the exact ones, and one of these exact numbers."""
    found: list[tuple[Kind, float]] = []
    for narrow, exact in pairs:
        if not exact.numel():
            continue
        info = torch.finfo(narrow.dtype)
        off, wide = (narrow.double() - exact).abs(), exact.abs()
        lost = off > _FEW * info.eps * wide
        cases: tuple[tuple[Kind, Tensor], ...] = (
            ("overflow", exact.isfinite() & ~narrow.isfinite()),
            ("underflow", lost & (wide < info.tiny)),
            ("cancellation", lost & (off <= _FEW * info.eps * size)),
            ("rounding", off > 0),
        )
        found += [(kind, exact[where].flatten()[0].item()) for kind, where in cases if where.any()]
    return min(found, key=lambda one: _KINDS.index(one[0]), default=("rounding", 0.0))
