"""The gradient check: every Node has one, and its verdict is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite, isnan
from typing import Any

import torch

from tests.audit.complaint import Complaint
from tests.audit.run import Run, own_functions
from viz.explaining.check import CannotCheck, Check, Checks
from viz.frames.events import Backward
from viz.frames.frame import Frame
from viz.frames.graph import Node
from viz.language.replay.finite_differences import COARSE
from viz.writing.numbers import brief, flat, number

VIEW = "check"
#: The number of parts of a run whose gradients are checked; each check runs the program up to there.
_PARTS = 4
#: The most elements of a tensor that is checked.
_ELEMENTS = 64
#: Numbers of this size or larger are too large for the steps of `gradcheck`.
_LARGE = 100.0
#: How far finite differences may be from the derivative, relative to the largest element.
_FAR = 1e-3
#: The same relative to the largest gradient of the moment: terms that cancel leave the rounding of float64.
_CANCELLED = 1e-12


def checks(run: Run) -> Iterator[Complaint]:
    """Check the page's check of each gradient after the last backward of some parts."""
    parts = [part for part in run.parts if any(isinstance(frame.event, Backward) for frame in part)]
    chosen = parts if len(parts) <= _PARTS else [*parts[:2], parts[len(parts) // 2], parts[-1]]
    wrong = {name for name in own_functions(run.source) if is_wrong(run, name)}
    for part in chosen:
        last = max(at for at, frame in enumerate(part) if isinstance(frame.event, Backward))
        yield from _of(run, part[last], wrong)


def is_wrong(run: Run, name: str) -> bool:
    """Whether the backward of one of the program's own Functions is not the derivative of its forward.

    torch's own `gradcheck` decides, in float64, on the arguments that the program applied the Function to."""
    function: Any = run.plain.names.get(name)
    for arguments in run.plain.applied.get(name, []):
        inputs = [
            one.double().requires_grad_() if isinstance(one, torch.Tensor) and one.is_floating_point() else one
            for one in arguments
        ]
        tensors = [one for one in inputs if isinstance(one, torch.Tensor) and one.requires_grad]
        # `gradcheck` takes steps of 1e-6, whatever the size of a number.
        if not tensors or not all(bool((one.abs() < _LARGE).all()) for one in tensors):
            continue
        with torch.enable_grad():
            if not torch.autograd.gradcheck(
                function.apply, inputs, raise_exception=False, check_undefined_grad=False, check_batched_grad=False
            ):
                return True
    return False


def _of(run: Run, frame: Frame, wrong: set[str]) -> Iterator[Complaint]:
    """The complaints about the checks of a moment."""
    nodes = [node for node in frame.graph.nodes if any(one is not None for one in node.received)]
    try:
        made = Checks(run.tape.program, run.tape, frame)
        found = [(node, made.of(node.id)) for node in nodes]
    except CannotCheck as cannot:
        if "No backward pass has run" in str(cannot):
            yield run.complain(VIEW, frame, f"“{cannot}”: this statement ran one")
        return
    except Exception as error:  # noqa: BLE001  # any exception is a finding
        yield run.complain(VIEW, frame, f"raises {type(error).__name__}: {error}")
        return
    largest = max([_largest(check) for _, check in found], default=0.0)
    for node, check in found:
        title = f"Node {node.id} {node.name} {node.variable or ''}"
        for what in _wrong(node, check, wrong, run.source, _CANCELLED * largest):
            yield run.complain(VIEW, frame, f"{title}: {what}: {check.text}")
    verdicts = {check.agrees for _, check in found}
    # If only zeros arrive, a wrong backward sends zeros, as a correct one does.
    went = {node.name.removesuffix("Backward") for node in nodes if _is_moved(node)}
    if False not in verdicts and wrong & went:
        yield run.complain(VIEW, frame, f"finds nothing wrong, and the backward of {', '.join(wrong & went)} is")
    if verdicts == {None} and _is_tellable(nodes):
        yield run.complain(VIEW, frame, f"judges no gradient: {found[-1][1].text}")


def _wrong(node: Node, check: Check, wrong: set[str], source: str, noise: float) -> Iterator[str]:
    """The faults of a verdict; `noise` is the rounding that remains when terms cancel."""
    if check.agrees is False and check.function not in wrong:
        yield "disagrees"
    if "padding_idx" in check.text and "padding_idx" not in source:
        yield "speaks of what the program has not"
    if check.agrees is not True:
        return
    received = next(one for one in node.received if one is not None)
    if repr(list(check.shown)) != repr(flat(received)):
        yield f"is not of the gradient that the page shows, {brief(received)}"
    allowed = max(_FAR * _largest(check), noise)
    for exact, numeric in zip(check.exact, check.numeric, strict=True):
        if not isnan(numeric) and abs(exact - numeric) > allowed:
            yield f"agrees, with {number(exact)} and {number(numeric)}"


def _largest(check: Check) -> float:
    """The size of a gradient's largest finite number."""
    return max([abs(one) for one in (*check.exact, *check.numeric) if isfinite(one)], default=0.0)


def _is_moved(node: Node) -> bool:
    """Whether a gradient other than zeros arrived."""
    return any(one != 0 for value in node.received if value is not None for one in flat(value))


def _is_tellable(nodes: Sequence[Node]) -> bool:
    """Whether `gradcheck` can compare: all numbers are finite, none is too large, and some tensor can be moved."""
    numbers = [
        one for node in nodes for value in (node.value, *node.received) if value is not None for one in flat(value)
    ]
    movable = [node for node in nodes if node.value is not None and 0 < len(flat(node.value)) <= _ELEMENTS]
    return bool(movable) and all(abs(one) < COARSE for one in numbers)
