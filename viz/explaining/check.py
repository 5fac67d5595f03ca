"""Checks gradients: does the page show what torch computes, and is that the slope of what the program computes?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import torch

from viz import limits
from viz.budget import Budget
from viz.explaining.check_sentences import Findings, in_words
from viz.frames.events import Backward
from viz.frames.frame import Frame
from viz.frames.graph import Node
from viz.frames.tape import Taped
from viz.language.replay.inconclusive import shaken
from viz.language.replay.local_derivative import sent_by
from viz.language.replay.numeric_gradient import Estimate, Numeric, numeric, whole
from viz.language.replay.rounding_error import Rounding
from viz.language.replay.trace import RAISED, trace
from viz.language.runtime.program import Program
from viz.language.runtime.warnings_heard import heard_by
from viz.recording.graph import GraphBuilder
from viz.recording.values import Values

Tensor = torch.Tensor

#: Seconds that running the program up to a frame may take, the differences, and finding out which Node rounds.
SECONDS = limits.SECONDS
#: Last digits that torch's kernels may give otherwise when they run again: where a tensor lies in memory matters.
_AGAIN = 64
#: And in relation to what the program's dtype is off from float64: that much of a number may be rounding alone.
_NOISE = 4
#: Differences tell nothing where they may be off by this much of a tensor; of one that is rounding alone, or 0,
#: where they may be off by this much of the largest gradient.
_ROUGH, _BESIDE = 1e-2, 1e-9
#: How often the calls run again with other last digits.
_SHAKES = 3
#: Last digits by which the program's dtype may be off before the Node is looked for that it comes from.
_NAMED = 64


class CannotCheck(ValueError):
    """Nothing can be checked; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Check:
    """One gradient: as the page shows it, as torch computes it in float64, and as differences in float64 give it.

    `agrees` is True where the page shows what torch computes and that is the derivative, False where one of the
    two is not so, None where it cannot be told; `text` says so in sentences. An element of `numeric` is nan where
    differences cannot tell. `function` is the program's own Function whose `backward` is not the derivative of its
    `forward`, where that is why.
    """

    agrees: bool | None
    text: str
    shown: tuple[float, ...] = ()
    exact: tuple[float, ...] = ()
    numeric: tuple[float, ...] = ()
    dtype: str = ""
    function: str | None = None


class Checks:
    """The checks of one frame's gradients: `Checks(program, tape, frame).of(node).agrees`, by the id of a Node.

    The program is run once up to there, and then only its operations.
    """

    def __init__(self, program: Program, tape: Taped, frame: Frame) -> None:
        """CannotCheck where no backward ran yet in the frame's part of the run, or it cannot be run again."""
        self._frame = frame
        statement = _backward(tape, frame)
        try:
            graph = GraphBuilder(Values(), lambda tensor: None)
            self._trace = trace(program, frame.iteration, frame.phase, statement, SECONDS, graph)
            with torch.inference_mode(False), heard_by(_unheard):
                own, self._exact = self._trace.replay(exact=False), self._trace.replay(exact=True)
                self._values = {place: one.detach() for place, one in own.tensors.items()}
                self._again = own.gradients(self._trace.seed)
                self._true = self._exact.gradients(self._trace.seed)
        except RAISED as error:
            raise CannotCheck(str(error)) from error
        self._differences: Numeric | None = None
        self._largest = max([_largest(one) for one in self._true.values()])

    def of(self, node: int) -> Check:
        """The check of the gradient that arrived at a Node."""
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
        """Why a Node's gradient cannot be checked at all."""
        if node.kind == "data":
            return "This tensor needs no gradient, so there is none to check."
        if not any(one is not None for one in node.received):
            return "Backward did not come here, so there is no gradient to check."
        if len(node.received) != 1:
            return "This Node has several outputs, and a gradient for each; a check takes one."
        if node.value is None:
            return "torch makes this value inside one of its functions; it cannot be moved from outside."
        place = self._trace.places.get(node.id)
        if place is None or place not in self._again:
            return "What makes this value did not run on the way to this backward."
        if place in self._exact.saving:
            return (
                f"{node.name} saved its result, and that was differentiated too; it cannot be moved from outside."
            )
        # A leaf may have changed since the backward: its Node has its value of now.
        if place >= 0 and not _same(_tensor(node.value), self._values[place]):
            return "When the program runs again, this value is another one, so its gradient cannot be compared."
        if not self._values[place].numel():
            return "This tensor has no elements, so there is no gradient to check."
        return None

    def _findings(self, node: Node) -> Findings:
        """What is true of one gradient."""
        place = self._trace.places[node.id]
        shown, again, exact = _tensor(node.received[0]), self._again[place].double(), self._true[place]
        found = Findings(node, place, shown, again, exact)
        off = (again - exact).abs()
        eps: float = torch.finfo(self._again[place].dtype).eps
        allowed = _AGAIN * eps * _largest(again) + _NOISE * _largest(off)
        if not (_same(shown, again) or bool(_close(shown, again, allowed).all())):
            return replace(found, agrees=False, kept=False)
        if not _same(again, exact) and not bool(_close(again, exact, _NAMED * eps * _largest(exact)).all()):
            found = replace(found, rounded=self._rounding.of(place))
        estimate = self._estimate(place)
        return found if estimate is None else self._judged(replace(found, estimate=estimate))

    def _judged(self, found: Findings) -> Findings:
        """The verdict, where there are differences to judge by."""
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
            scale = _BESIDE * self._largest  # all that torch gives is rounding, of larger numbers
        told = not bool((allowed > _ROUGH * scale).any())
        if not finite.all() or estimate.open.any():
            return replace(found, agrees=None, rest=told, broken=self._breaks(found.place))
        return replace(found, agrees=True if told else None)

    def _breaks(self, place: int) -> int | None:
        """The call on the way to a place that finite numbers come to, and others leave, where one is found."""
        if self._trace.differentiates:
            return None  # a call is no function of its arguments alone
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
        """The gradient at a place by differences, None where there is no time for it."""
        seed = self._trace.seed.double()
        if self._trace.differentiates:
            return whole(self._trace, place, self._exact.tensors[place].detach(), seed, Budget(SECONDS))
        if self._differences is None:
            self._differences = numeric(self._trace, self._exact.tensors, seed, Budget(SECONDS))
        return self._differences.of(place, self._exact.tensors[place].numel())

    @cached_property
    def _last_digits(self) -> dict[int, float]:
        """How far the largest number of each float64 gradient moves where the last digits of all numbers do."""
        found = dict.fromkeys(self._true, 0.0)
        random = torch.Generator().manual_seed(0)
        for _ in range(_SHAKES):
            try:
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


def check(program: Program, tape: Taped, frame: Frame, node: int) -> Check:
    """The check of one Node's gradient in `frame`, a frame of `tape`, which is the tape of `program`.

    CannotCheck, with a sentence, where there is nothing to compare or no way to.
    """
    return Checks(program, tape, frame).of(node)


def _backward(tape: Taped, frame: Frame) -> int:
    """Which statement of the frame's part of the run is the last backward up to the frame."""
    part = (frame.iteration, frame.phase)
    index = frame.index
    found: int | None = None
    while index >= 0 and (tape[index].iteration, tape[index].phase) == part:
        if found is None and isinstance(tape[index].event, Backward):
            found = index
        index -= 1
    if found is None:
        raise CannotCheck("No backward has run yet, so there is no gradient to check.")
    return found - index - 1


def _unheard(text: str, library: str) -> None:
    """What torch warns of it said when the program ran."""


def _tensor(value: object) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def _same(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same numbers, nan in the same places among them."""
    return bool(torch.equal(one.isnan(), other.isnan())) and bool(
        (one.double() == other.double())[~one.isnan()].all()
    )


def _close(one: Tensor, other: Tensor, allowed: float) -> Tensor:
    """Which numbers are that close, or the same."""
    return (one == other) | (one.isnan() & other.isnan()) | ((one - other).abs() <= allowed)


def _largest(tensor: Tensor) -> float:
    """The size of a tensor's largest finite number."""
    finite = tensor[tensor.isfinite()].abs()
    return finite.double().amax().item() if finite.numel() else 0.0
