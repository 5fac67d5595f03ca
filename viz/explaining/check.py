"""Checks a gradient: does the page show what torch computes, and do finite differences give the same?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property

import torch

from viz import limits
from viz.budget import Budget
from viz.explaining.check_sentences import Findings, in_words
from viz.frames.events import Backward
from viz.frames.frame import Frame
from viz.frames.graph import Node
from viz.frames.hooked import changed_by_hooks, led_from
from viz.frames.plain import Summary
from viz.language.replay.local_derivative import sent_by
from viz.language.replay.numeric_gradient import Estimate, Numeric, numeric, whole
from viz.language.replay.rounding_error import Rounding
from viz.language.replay.shaking import Shaking, shaken
from viz.language.replay.trace import RAISED, trace
from viz.language.runtime.program import Program
from viz.recording.graph import GraphBuilder
from viz.recording.reading.summaries import Summaries
from viz.watching.warnings_heard import heard_by

Tensor = torch.Tensor

#: Seconds for each of these: running the program up to a frame, the finite differences, finding what rounds.
SECONDS = limits.SECONDS
#: Units in the last place by which torch's kernels may differ in a second run: a tensor's alignment matters.
_AGAIN = 64
#: The same in relation to the error of the program's dtype against float64: this much may be rounding alone.
_NOISE = 4
#: Finite differences are inconclusive if their error may exceed this share of a tensor; or, for a tensor that is
#: 0 or only rounding, this share of the largest gradient.
_ROUGH, _BESIDE = 1e-2, 1e-9
#: How often the calls run again with perturbed last digits.
_SHAKES = 3
#: Units in the last place by which the program's dtype may be off before the check looks for the Node to blame.
_NAMED = 64


class CannotCheck(ValueError):
    """Nothing can be checked; the message says why in a sentence."""


@dataclass(frozen=True, slots=True)
class Check:
    """One gradient three times: as the page shows it, as torch computes it in float64, and by finite differences.

    `agrees` is True if the page shows what torch computes and that is the derivative, False if either is wrong,
    and None if the check cannot decide; `text` says so in sentences. An element of `numeric` is nan where finite
    differences are inconclusive. `function` is the program's own Function whose `backward` is not the derivative
    of its `forward`, if that is the reason.
    """

    agrees: bool | None
    text: str
    shown: tuple[float, ...] = ()
    exact: tuple[float, ...] = ()
    numeric: tuple[float, ...] = ()
    dtype: str = ""
    function: str | None = None


class Checks:
    """The checks of one frame's gradients: `Checks(program, frames, frame).of(node).agrees`, by the id of a Node.

    The program runs once up to the frame; after that, only its operations run again.
    """

    def __init__(self, program: Program, frames: Iterable[Frame], frame: Frame) -> None:
        """Run the program up to `frame`; `frames` are those of a run of it, at least of the frame's part.

        Raises CannotCheck if no backward has run in the frame's part of the run, or if it cannot run again.
        """
        self._frame = frame
        statement = _backward(frames, frame)
        try:
            graph = GraphBuilder(Summaries(nodes=limits.NODES), lambda tensor: None)
            self._trace = trace(program, frame.iteration, frame.phase, statement, SECONDS, graph)
            with torch.inference_mode(False), heard_by(_unheard):
                own, self._exact = self._trace.replay(exact=False), self._trace.replay(exact=True)
                self._values = {place: one.detach() for place, one in own.tensors.items()}
                self._again = own.gradients(self._trace.seed)
                self._true = self._exact.gradients(self._trace.seed)
        except RAISED as error:
            raise CannotCheck(str(error)) from error
        self._hooked = led_from(frame.graph, changed_by_hooks(frame.graph))
        self._differences: Numeric | None = None
        self._largest = max([_largest(one) for one in self._true.values()])

    def of(self, node: int) -> Check:
        """Check the gradient that a Node received."""
        one = self._frame.graph.nodes[node]
        unable = self._unable(one)
        if unable is not None:
            return Check(None, unable, dtype=one.dtype)
        with torch.inference_mode(False), heard_by(_unheard):
            found = self._findings(one)
        function = None if found.wrong is None else self._trace.steps[found.wrong.place].custom
        name = None if function is None else function.name
        shown, exact = found.shown.flatten().tolist(), found.exact.flatten().tolist()
        numeric = () if found.estimate is None else found.estimate.told.tolist()
        check = Check(found.agrees, "", tuple(shown), tuple(exact), tuple(numeric), one.dtype, name)
        return replace(check, text=in_words(found, self._trace, self._frame.graph))

    def _unable(self, node: Node) -> str | None:
        """The reason why a Node's gradient cannot be checked; None if it can."""
        if node.kind == "data":
            return "This tensor has requires_grad=False, so there is no gradient to check."
        if not any(one is not None for one in node.received):
            return "The backward pass did not reach this Node, so there is no gradient to check."
        if isinstance(node.value, Summary) or any(isinstance(one, Summary) for one in node.received):
            return (
                f"Of a tensor with more than {limits.WHOLE:,} numbers a summary is recorded, so the check cannot "
                "compare them."
            )
        if len(node.received) != 1:
            return "This Node has several outputs with a gradient each; the check supports one output."
        if node.id in self._hooked:
            return "A hook of the program changed a gradient on the way here, so this is not the derivative."
        if node.value is None or node.id in self._trace.inside:
            return "torch computes this value inside one of its functions, so the check cannot vary it."
        place = self._trace.places.get(node.id)
        if place is None or place not in self._again:
            return "The operation that computes this value is not part of this backward pass."
        if place in self._exact.saving:
            return f"{node.name} saved its result, which was differentiated too, so the check cannot vary it."
        # A leaf may have changed since the backward pass; its Node has the current value.
        if place >= 0 and not _same(_tensor(node.value), self._values[place]):
            return "When the program runs again, this value differs, so its gradient cannot be compared."
        if not self._values[place].numel():
            return "This tensor has no elements, so there is no gradient to check."
        return None

    def _findings(self, node: Node) -> Findings:
        """Compare one gradient with torch's and with finite differences."""
        place = self._trace.places[node.id]
        shown, again, exact = _tensor(node.received[0]), self._again[place].double(), self._true[place]
        found = Findings(node, place, shown, again, exact)
        off = (again - exact).abs()
        eps: float = torch.finfo(self._again[place].dtype).eps
        allowed = _AGAIN * eps * _largest(again) + _NOISE * _largest(off)
        if not (_same(shown, again) or bool(_close(shown, again, allowed).all())):
            # In float64 nothing is off: only shaking tells how far kernels that add in another order may lead.
            allowed += _NOISE * min(self._inner_digits[place], _BESIDE * self._largest)
            if not bool(_close(shown, again, allowed).all()):
                return replace(found, agrees=False, kept=False)
        if not _same(again, exact) and not bool(_close(again, exact, _NAMED * eps * _largest(exact)).all()):
            found = replace(found, rounded=self._rounding.of(place))
        estimate = self._estimate(place)
        return found if estimate is None else self._judged(replace(found, estimate=estimate))

    def _judged(self, found: Findings) -> Findings:
        """The findings with a verdict, judged by the finite differences."""
        estimate, exact = found.estimate, found.exact.flatten()
        assert estimate is not None
        finite = exact.isfinite() & estimate.value.isfinite()
        off, allowed = (exact - estimate.value).abs(), estimate.tolerance
        if bool((finite & (off > allowed)).any()):
            suspects = [] if self._differences is None else self._differences.wrong
            wrong = next((one for one in suspects if self._trace.leads(found.place, one.place)), None)
            return replace(found, agrees=False, wrong=wrong)
        scale, allowed = _largest(exact), allowed[~estimate.open]
        if bool((allowed > _ROUGH * scale).any()) and scale <= _NOISE * self._last_digits.get(found.place, 0.0):
            scale = _BESIDE * self._largest  # torch's result is only the rounding of larger numbers
        told = not bool((allowed > _ROUGH * scale).any())
        if not finite.all() or estimate.open.any():
            return replace(found, agrees=None, rest=told, broken=self._breaks(found.place))
        return replace(found, agrees=True if told else None)

    def _breaks(self, place: int) -> int | None:
        """The call on the way to a place that turns finite numbers into nan or inf; None if there is none."""
        if self._trace.differentiates:
            return None  # a call is not a function of its arguments alone
        values = {one: tensor.detach() for one, tensor in self._exact.tensors.items()}
        for number in reversed(self._trace.steps):
            arrived = self._true.get(number)
            if arrived is not None and arrived.isfinite().all() and self._trace.leads(place, number):
                sent = sent_by(self._trace, number, values, arrived)
                ways = [one for source, one in sent.items() if source == place or self._trace.leads(place, source)]
                if not all(one.isfinite().all() for one in ways):
                    return number
        return None

    def _estimate(self, place: int) -> Estimate | None:
        """The gradient at a place by finite differences; None if there is no time."""
        seed = self._trace.seed.double()
        if self._trace.differentiates:
            return whole(self._trace, place, self._exact.tensors[place].detach(), seed, Budget(SECONDS))
        if self._differences is None:
            self._differences = numeric(self._trace, self._exact.tensors, seed, Budget(SECONDS))
        return self._differences.of(place, self._exact.tensors[place].numel())

    @cached_property
    def _last_digits(self) -> dict[int, float]:
        """How far each float64 gradient moves when the last digits of all numbers are perturbed."""
        return self._moves(lambda random: nullcontext())

    @cached_property
    def _inner_digits(self) -> dict[int, float]:
        """The same if the numbers inside torch's functions, and in their backward, are perturbed too."""
        return self._moves(Shaking)

    def _moves(self, inside: Callable[[torch.Generator], AbstractContextManager[object]]) -> dict[int, float]:
        """How far each float64 gradient moves when last digits are perturbed, with `inside` around the calls."""
        found = dict.fromkeys(self._true, 0.0)
        random = torch.Generator().manual_seed(0)
        for _ in range(_SHAKES):
            try:
                with inside(random):
                    moved = self._trace.replay(exact=True, change=lambda one: shaken(one, random))
                    gradients = moved.gradients(self._trace.seed)
            except RAISED:
                continue
            for place, one in self._true.items():
                found[place] = max(found[place], _largest(gradients[place] - one))
        return found

    @cached_property
    def _rounding(self) -> Rounding:
        return Rounding(self._trace, self._trace.replay(exact=True), self._trace.seed, Budget(SECONDS))


def check(program: Program, frames: Iterable[Frame], frame: Frame, node: int) -> Check:
    """Check one Node's gradient in `frame`, one of `frames` of `program`.

    Raises CannotCheck if there is nothing to compare.
    """
    return Checks(program, frames, frame).of(node)


def _backward(frames: Iterable[Frame], frame: Frame) -> int:
    """The position, in the frame's part of the run, of the last backward up to the frame."""
    part = (frame.iteration, frame.phase)
    until = [one for one in frames if (one.iteration, one.phase) == part and one.index <= frame.index]
    found = [position for position, one in enumerate(until) if isinstance(one.event, Backward)]
    if not found:
        raise CannotCheck("No backward pass has run yet in this part of the run, so no gradient can be checked.")
    return found[-1]


def _unheard(text: str, library: str) -> None:
    """Ignore a warning, because torch already gave it when the program ran."""


def _tensor(value: object) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def _same(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same numbers, with nan in the same places."""
    return bool(torch.equal(one.isnan(), other.isnan())) and bool(
        (one.double() == other.double())[~one.isnan()].all()
    )


def _close(one: Tensor, other: Tensor, allowed: float) -> Tensor:
    """Where two tensors are equal or differ by at most `allowed`."""
    return (one == other) | (one.isnan() & other.isnan()) | ((one - other).abs() <= allowed)


def _largest(tensor: Tensor) -> float:
    """The largest absolute value among a tensor's finite numbers."""
    finite = tensor[tensor.isfinite()].abs()
    return finite.double().amax().item() if finite.numel() else 0.0
