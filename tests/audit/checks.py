"""The gradient check: of every Node, with a verdict that is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from tests.audit.complaint import Complaint
from tests.audit.run import Run, own_functions
from viz.explaining.check import CannotCheck, Checks
from viz.frames import Backward, Frame

VIEW = "check"
_DISAGREES = "disagrees about Node"
#: Parts of a run whose gradients are checked: each check runs the program up to there.
_PARTS = 4


def checks(run: Run) -> Iterator[Complaint]:
    """The check of each gradient after the last backward of some parts."""
    parts = [part for part in run.parts if any(isinstance(frame.event, Backward) for frame in part)]
    chosen = parts if len(parts) <= _PARTS else [*parts[:2], parts[len(parts) // 2], parts[-1]]
    wrong = [name for name in sorted(own_functions(run.source)) if is_wrong(run, name)]
    found = [one for part in chosen for one in _of(run, part)]
    disagrees = [one for one in found if one.what.startswith(_DISAGREES)]
    if wrong and not disagrees:
        yield run.complain(VIEW, None, f"finds nothing wrong, and the backward of {', '.join(wrong)} is")
    yield from (one for one in found if not (wrong and one in disagrees))


def is_wrong(run: Run, name: str) -> bool:
    """Whether the backward of a Function of the program's own is no derivative of its forward, by torch's own
    `gradcheck` in float64 of what the program applied it to."""
    function: Any = run.plain.names.get(name)
    for arguments in run.plain.applied.get(name, []):
        inputs = [
            one.double().requires_grad_() if isinstance(one, torch.Tensor) and one.is_floating_point() else one
            for one in arguments
        ]
        with torch.enable_grad():
            if not torch.autograd.gradcheck(
                function.apply, inputs, raise_exception=False, check_undefined_grad=False, check_batched_grad=False
            ):
                return True
    return False


def _of(run: Run, part: Sequence[Frame]) -> Iterator[Complaint]:
    last = max(at for at, frame in enumerate(part) if isinstance(frame.event, Backward))
    frame = part[last]
    try:
        made = Checks(run.tape.program, run.tape, frame)
    except CannotCheck:
        return
    except Exception as error:  # noqa: BLE001  # whatever it raises is what we look for
        yield run.complain(VIEW, frame, f"raises {type(error).__name__}: {error}")
        return
    for node in frame.graph.nodes:
        if not any(one is not None for one in node.received):
            continue
        try:
            check = made.of(node.id)
        except Exception as error:  # noqa: BLE001  # whatever it raises is what we look for
            yield run.complain(VIEW, frame, f"Node {node.id} raises {type(error).__name__}: {error}")
            continue
        if check.agrees is False:
            what = f"{_DISAGREES} {node.id} {node.name} {node.variable or ''}: {check.text}"
            yield run.complain(VIEW, frame, what, list(check.numeric), list(check.shown))
