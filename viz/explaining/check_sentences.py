"""The findings of a gradient check, and the sentences that report them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from viz.frames.graph import Graph, Node
from viz.language.replay.numeric_gradient import Estimate, Wrong
from viz.language.replay.rounding_error import Rounded
from viz.language.replay.trace import Trace
from viz.recording.reading.values import dtype_name
from viz.writing.numbers import apart, brief, number

Tensor = torch.Tensor
#: Numbers count as equal in four digits if they differ by at most this share of the largest.
_ALIKE = 5e-4


@dataclass(frozen=True, slots=True)
class Findings:
    """The findings on the gradient that a Node received; `place` is the Node's place in the trace.

    `shown` is the gradient on the page, `again` torch's in a second run in the program's dtype, `exact` torch's in
    float64, and `estimate` that of finite differences (None: there was no time). `kept` says that the page shows
    torch's gradient; `rest` says that finite differences are conclusive wherever the function is smooth. `rounded`
    is the call whose rounding contributes most to the error of the program's dtype; `broken` is the place of the
    call that sends nan or inf.
    """

    node: Node
    place: int
    shown: Tensor
    again: Tensor
    exact: Tensor
    estimate: Estimate | None = None
    agrees: bool | None = None
    kept: bool = True
    rest: bool = True
    wrong: Wrong | None = None
    rounded: Rounded | None = None
    broken: int | None = None


def in_words(found: Findings, trace: Trace, graph: Graph) -> str:
    """The verdict in sentences."""
    names = _Names(trace, graph)
    shown, again, exact = (_brief(one) for one in (found.shown, found.again, found.exact))
    if not found.kept:
        apart = _apart(found.again, found.shown, "torch gives", "the page shows")
        return f"torch: {again}; the page shows {shown}. They do not agree: {apart}."
    said = f"torch: {shown}"
    if not _alike(found.shown, found.exact):
        said += f", and {exact} in float64"
    estimate = found.estimate
    if estimate is None:
        return f"{said}. There was no time for finite differences."
    differences = estimate.told.reshape(found.exact.shape)
    if found.agrees is None and estimate.open.any() and found.exact.isfinite().all():
        sentences = [_open(found, estimate, names)]
    else:
        said += f"; central differences in float64: {_brief(differences)}"
        sentences = _verdict(found, differences, names)
    return " ".join([f"{said}.", *sentences, *_rounding(found, names)])


def _verdict(found: Findings, differences: Tensor, names: _Names) -> list[str]:
    """The sentences on the derivative."""
    if found.agrees is False:
        apart = _apart(found.exact, differences, "torch gives", "the slope is")
        return [f"They do not agree: {apart}.", *_blame(found.wrong, names)]
    if found.agrees is None:
        return [f"Finite differences are inconclusive: {_doubt(found, differences, names)}"]
    if not _alike(found.shown, differences):
        off = (found.shown - found.exact).abs().nan_to_num(torch.inf, torch.inf).amax().item()
        by = f", and {found.node.dtype} is off by {number(off)}" if math.isfinite(off) else ""
        return [f"The derivative is right{by}."]
    off = (found.shown - differences).abs().amax().item()
    return ["They are equal." if off == 0 else f"They agree: the largest difference is {number(off)}."]


def _blame(wrong: Wrong | None, names: _Names) -> list[str]:
    """A sentence that names the call whose derivative is wrong, if it is known."""
    if wrong is None:
        return []
    sent, slope = number(wrong.sent), number(wrong.slope)
    function = names.trace.steps[wrong.place].custom
    if function is None:
        return [f"{names.at(wrong.place)} sends {sent}, but finite differences give {slope}."]
    return [
        f"{function.name}.backward returns {sent}, but finite differences of {function.name}.forward give {slope}."
    ]


def _doubt(found: Findings, differences: Tensor, names: _Names) -> str:
    """A sentence on why finite differences are inconclusive although the function is smooth."""
    broken = ~found.exact.isfinite()
    if broken.any():
        number_ = number(found.exact[broken].flatten()[0].item())
        at = f" at {int(broken.sum())} of {broken.numel()} elements" if broken.numel() > 1 else ""
        who = "torch" if found.broken is None else names.at(found.broken)
        return f"{who} gives {number_}{at}, also in float64, so there is no number to compare with."
    if not differences.isfinite().all():
        return "nearby, the program computes no finite number."
    assert found.estimate is not None
    return f"rounding leaves them uncertain by {number(found.estimate.tolerance.amax().item())}."


def _open(found: Findings, estimate: Estimate, names: _Names) -> str:
    """A sentence on why finite differences are inconclusive at some elements, and whether the others agree."""
    many, all_ = int(estimate.open.sum()), estimate.open.numel()
    where = "" if many == all_ else f" at {many} of {all_} elements"
    if where and found.rest:
        where += " and agree at the others"
    said = f"Finite differences are inconclusive{where}: "
    assert estimate.why is not None
    who = names.at(estimate.why.place)
    match estimate.why.kind:
        case "drawn":
            return f"{said}{who} treats its random numbers as constants."
        case "padding":
            return f"{said}{who} keeps the gradient of the `padding_idx` row at 0."
        case "infinite":
            return f"{said}{who} has a value that is not finite."
        case "coarse":
            large, step = number(estimate.why.left), number(estimate.why.right)
            return f"{said}{who} receives {large}, whose neighbour in float64 is {step} away."
        case "kinks":
            return f"{said}several kinks of {who} meet here."
        case "following":
            return f"{said}what is computed from {who} jumps or has a kink here, or has no value on one side."
        case "none":
            return f"{said}{who} jumps here, or has no value on one side, so it has no slope."
    left, right = number(estimate.why.left), number(estimate.why.right)
    return f"{said}{who} has a kink here, with the slope {left} on the left and {right} on the right."


def _rounding(found: Findings, names: _Names) -> list[str]:
    """A sentence on what rounding to the program's dtype did to the gradient."""
    rounded = found.rounded
    if rounded is None:
        return []
    who = rounded.node or names.at(rounded.place)
    dtype = dtype_name(names.trace.dtype(rounded.place))
    match rounded.kind:
        case "underflow":
            return [f"{who} underflows: {number(rounded.exact)} is too small for {dtype}."]
        case "overflow":
            return [f"{who} overflows in {dtype}."]
        case "cancellation":
            return [f"{who} loses digits: large terms cancel in {dtype}."]
    return [f"Rounding {who} to {dtype} contributes most to the difference from float64."]


@dataclass(frozen=True, slots=True)
class _Names:
    """torch's names for the Nodes of the traced calls."""

    trace: Trace
    graph: Graph

    def at(self, place: int) -> str:
        """torch's name for the Node at a place; for a leaf, the program's name."""
        node = next((one for one, where in self.trace.places.items() if where == place), None)
        if node is None:
            return "An operation"
        one = self.graph.nodes[node]
        return one.variable or one.name if one.kind == "leaf" else one.name


def _brief(tensor: Tensor) -> str:
    return brief(tensor.flatten().tolist())


def _alike(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors are equal in four digits of their largest number."""
    if not torch.equal(one.isfinite(), other.isfinite()):
        return False
    finite = one.isfinite()
    if not finite.any():
        return True
    off = (one - other)[finite].abs().amax()
    return bool(off <= _ALIKE * other[finite].abs().amax())


def _apart(one: Tensor, other: Tensor, first: str, second: str) -> str:
    """The two numbers of the element that differs most, with enough digits to look different."""
    off = (one - other).abs().flatten()
    off = torch.where(one.flatten() == other.flatten(), 0.0, off)  # inf - inf is nan
    off = off.nan_to_num(-1.0 if off.isfinite().any() else torch.inf, torch.inf)
    worst = int(off.argmax())
    a, b = one.flatten()[worst].item(), other.flatten()[worst].item()
    digits = apart(a, b)
    return f"{first} {number(a, digits)} where {second} {number(b, digits)}"
