"""Checks a gradient by central differences: the same lines again in float64, from values a little off."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from viz import limits
from viz.frames import Backward, Frame, Node, Taped
from viz.language.program import Program
from viz.language.trace import Touch, Trace, trace

Tensor = torch.Tensor

#: Elements of a tensor that are checked, each with two runs of the lines.
ELEMENTS = 64
#: Seconds that running the program up to a frame may take, and each check then.
SECONDS = limits.SECONDS
#: How far a value is moved, in relation to its size: the cube root of float64's eps, where the errors of
#: rounding (which grow as the step shrinks) and of the curve (which grow with it) are about the same.
STEP: float = torch.finfo(torch.float64).eps ** (1 / 3)
#: What central differences may be off by themselves, in relation to the gradient: where the curve bends anew, as
#: at the ends of the parabola of the Huber loss, they are off in proportion to the step.
_OWN = 1e-5
#: And in relation to the slopes on both sides, since a step from 1 is rounded in its eleventh digit.
_STEPS = 1e-9
#: How often the rounding that one run in the program's dtype shows may be exceeded.
_MARGIN = 8
#: Rounding steps in the last digit that are always allowed.
_LAST_DIGITS = 64
#: And in a sum, in relation to the size of its terms.
_SUMMING = 16


class CannotCheck(ValueError):
    """There is nothing to compare, or no way to; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Check:
    """A gradient as torch had it and as central differences in float64 give it, element by element.

    `difference` and `tolerance` are those of the element where the one is largest in relation to the other.
    `tolerance` is what rounding explains: the program's own dtype (`dtype`) rounds every value on the way forward
    and back, the differences do not. Where the two do not agree, `reason` is a sentence.
    """

    analytic: tuple[float, ...]
    numeric: tuple[float, ...]
    difference: float
    tolerance: float
    agrees: bool
    dtype: str
    reason: str | None = None


class Checks:
    """The checks of one frame's gradients: the program is run once up to there, and then only its operations."""

    def __init__(self, program: Program, tape: Taped, frame: Frame) -> None:
        """CannotCheck where no backward ran yet in the frame's part of the run, or it cannot be run again."""
        self._frame = frame
        statement, self._event = _backward(tape, frame)
        try:
            self._trace = trace(program, frame.iteration, frame.phase, statement, SECONDS)
        except ValueError as error:
            raise CannotCheck(str(error)) from error
        # With `backward(gradient=…)` of a tensor, what is differentiated is its product with that.
        received = frame.graph.nodes[self._event.root].received
        self._seed = _tensor(next((one for one in received if one is not None), received[0]))

    def of(self, node: int) -> Check:
        """The check of the gradient that arrived at a Node; CannotCheck where there is none or it is large."""
        one = self._frame.graph.nodes[node]
        analytic = _arrived(one).flatten()
        if not 0 < analytic.numel() <= ELEMENTS:
            raise CannotCheck(f"The tensor has {analytic.numel()} elements; a check takes from 1 to {ELEMENTS}.")
        turn = _turn(self._frame, one)
        moved = _Moved(self._trace, one, turn, self._seed, limits.Budget(SECONDS))
        with torch.inference_mode(False):
            slopes = [moved.slope(place) for place in range(analytic.numel())]
            # The step may be large for a value that is small itself.
            slopes = [one if math.isfinite(one) else moved.slope(place, True) for place, one in enumerate(slopes)]
            numeric = torch.tensor(slopes, dtype=torch.float64)
            tolerance = moved.tolerance(numeric)
            wrong = ~((analytic - numeric).abs() <= tolerance)
            for place in wrong.nonzero().flatten().tolist():
                tolerance[place] += moved.cancelled(place)
                closer = moved.slope(place, relative=True)
                if abs(analytic[place].item() - closer) <= tolerance[place].item():
                    numeric[place] = closer
            differences = (analytic - numeric).abs()
            agrees = bool((differences <= tolerance).all())
            worst = int((differences / tolerance).nan_to_num(nan=math.inf).argmax())
            reason = None if agrees else moved.reason(worst, analytic[worst].item())
        return Check(
            tuple(analytic.tolist()),
            tuple(numeric.tolist()),
            differences[worst].item(),
            tolerance[worst].item(),
            agrees,
            one.dtype,
            reason,
        )


class _Moved:
    """The number that backward began at, as a function of one Node's value."""

    def __init__(self, traced: Trace, node: Node, turn: int, seed: Tensor, budget: limits.Budget) -> None:
        self._trace = traced
        self._leaf, self._place = _where(traced, node, turn)
        self._seed = seed
        self._budget = budget
        self._value = _tensor(node.value).flatten()
        self._shape = node.shape
        self._steepest = torch.zeros_like(self._value)
        self._start = self._result(torch.zeros(node.shape, dtype=torch.float64)).item()

    def slope(self, place: int, relative: bool = False) -> float:
        """The central difference for one element, with a step for values around 1, or in relation to the value."""
        step = self._step(place, relative)
        left, right = self._slopes(place, step)
        self._steepest[place] = max(abs(left), abs(right))
        return (left + right) / 2

    def tolerance(self, numeric: Tensor) -> Tensor:
        """What rounding explains, for each element: measured by rounding each value forward and back as the
        program's dtype does, and what central differences are off by themselves."""
        exact = self._gradient(None)
        rounding = (self._gradient(self._trace.rounding) - exact).abs().flatten()
        eps: float = torch.finfo(self._trace.dtype(self._leaf, self._place)).eps
        own: float = torch.finfo(torch.float64).eps * abs(self._start) / STEP
        relative = (_OWN + _LAST_DIGITS * eps) * numeric.abs() + _STEPS * self._steepest
        return _MARGIN * rounding + relative + _LAST_DIGITS * own

    def cancelled(self, place: int) -> float:
        """What rounding explains where a gradient is a sum of large terms that cancel: it is as rough as they are.

        The terms are, for whatever is computed on the way, its gradient times how fast it moves with the element.
        """
        gradients: dict[int, Tensor] = {}

        def keep(number: int, made: Tensor) -> Tensor:
            if made.requires_grad:
                made.register_hook(  # type: ignore[no-untyped-call]  # torch's own
                    lambda gradient: gradients.__setitem__(number, gradient)
                )
            return made

        self._gradient(keep)
        step = self._step(place, relative=False)
        above, below = (self._values(place, one) for one in (step, -step))
        sums = [(one * (above[number] - below[number])).abs().sum().item() for number, one in gradients.items()]
        eps: float = torch.finfo(self._trace.dtype(self._leaf, self._place)).eps
        largest: float = max(sums, default=0.0) / (2 * step)
        return _SUMMING * eps * largest

    def _values(self, place: int, step: float) -> dict[int, Tensor]:
        """What each call makes when an element is moved."""
        made: dict[int, Tensor] = {}

        def keep(number: int, one: Tensor) -> Tensor:
            made[number] = one
            return one

        self._at(place, step, keep)
        return made

    def reason(self, place: int, analytic: float) -> str:
        """Why an element's difference is large: a kink, a number that is not finite, or nothing that we know."""
        step = self._step(place, relative=False)
        left, right = self._slopes(place, step)
        if not all(math.isfinite(one) for one in (left, right, analytic)):
            return "A gradient, or a loss close by, is not finite here."
        near_left, near_right = self._slopes(place, step / 4)
        gap, near_gap = abs(right - left), abs(near_right - near_left)
        bends = gap > 1e-3 * max(abs(left), abs(right))
        # Past a jump the slope grows as the step shrinks.
        if bends and near_gap > 2 * gap:
            return f"The loss jumps here, so it has no slope; torch takes {analytic:.4g}."
        if not bends and analytic == 0:
            return (
                f"The slope is {left:.4g}, and torch keeps the gradient back: 0, as for the row of `padding_idx`."
            )
        # On a smooth curve the two slopes come together with the step; at a kink they do not.
        if bends and near_gap > 0.6 * gap:
            return (
                f"The loss has a kink here: from below the slope is {left:.4g}, from above {right:.4g}, "
                f"and torch takes {analytic:.4g}."
            )
        return "The two differ by more than rounding explains."

    def _slopes(self, place: int, step: float) -> tuple[float, float]:
        """The slopes to the left and to the right of the value."""
        return (self._start - self._at(place, -step)) / step, (self._at(place, step) - self._start) / step

    def _step(self, place: int, relative: bool) -> float:
        size = abs(self._value[place].item())
        around: float = size if relative and size > 0 else max(1.0, size)
        return STEP * around

    def _at(self, place: int, step: float, touch: Touch | None = None) -> float:
        if self._budget.over:
            raise CannotCheck(f"The check took more than {SECONDS:g} seconds.")
        probe = torch.zeros(self._value.numel(), dtype=torch.float64)
        probe[place] = step
        with torch.no_grad():
            try:
                moved: float = self._result(probe.reshape(self._shape), touch).item()
            except (RuntimeError, IndexError, ValueError) as error:
                raise CannotCheck(f"A little off this value torch has no result: {error}") from error
        return moved

    def _gradient(self, touch: Touch | None) -> Tensor:
        """torch's own gradient of the same lines in float64; `touch` as in `Trace.root`."""
        with torch.enable_grad():
            probe = torch.zeros(self._shape, dtype=torch.float64, requires_grad=True)
            result = self._result(probe, touch)
            if not result.requires_grad:
                return torch.zeros_like(probe)
            gradient: Tensor = torch.autograd.grad(result, probe, allow_unused=True, materialize_grads=True)[0]
        return gradient

    def _result(self, probe: Tensor, touch: Touch | None = None) -> Tensor:
        root = self._trace.root(self._leaf, self._place, probe, touch)
        return (root * self._seed.reshape(root.shape)).sum()


def check(program: Program, tape: Taped, frame: Frame, node: int) -> Check:
    """The check of one Node's gradient in `frame`, a frame of `tape`, which is the tape of `program`.

    CannotCheck, with a sentence, where there is nothing to compare or no way to.
    """
    return Checks(program, tape, frame).of(node)


def _backward(tape: Taped, frame: Frame) -> tuple[int, Backward]:
    """The last backward up to the frame, in its part of the run, and which statement of the part it is."""
    part = (frame.iteration, frame.phase)
    index = frame.index
    found: tuple[int, Backward] | None = None
    while index >= 0 and (tape[index].iteration, tape[index].phase) == part:
        event = tape[index].event
        if found is None and isinstance(event, Backward):
            found = index, event
        index -= 1
    if found is None:
        raise CannotCheck("No backward has run yet, so there is no gradient to check.")
    return found[0] - index - 1, found[1]


def _arrived(node: Node) -> Tensor:
    """The gradient that arrived at a Node, as float64."""
    if node.kind == "data":
        raise CannotCheck("This tensor needs no gradient, so there is none to check.")
    if len(node.received) != 1 or node.received[0] is None:
        raise CannotCheck("Backward did not come here, so there is no gradient to check.")
    if node.value is None:
        raise CannotCheck("torch makes this value inside one of its functions; it cannot be moved from outside.")
    return _tensor(node.received[0])


def _turn(frame: Frame, node: Node) -> int:
    """The how-manieth time, from 0, that a Node's expression made a value in this part of the run."""
    others = [one for one in frame.graph.nodes[: node.id] if one.expression == node.expression]
    return sum(one.kind == "operation" and one.value is not None for one in others)


def _where(traced: Trace, node: Node, turn: int) -> tuple[str | None, int | None]:
    """The leaf's name, or the place of the call that made an operation's value."""
    if node.kind == "leaf":
        if node.variable not in traced.leaves:
            raise CannotCheck("This leaf has no name of its own, so it cannot be moved.")
        return node.variable, None
    calls = [] if node.expression is None else traced.places.get(node.expression, [])
    call = calls[turn] if turn < len(calls) else None
    if call is None or call[1] != repr(node.value):
        raise CannotCheck("The expression that makes this value did not run on the way to this backward.")
    return None, call[0]


def _tensor(value: object) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)
