"""What changed of a tensor while a statement ran, unless its event tells of that already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import torch

from viz.frames.changes import Change, ChangeKind, Known
from viz.frames.frame import Variable
from viz.frames.plain import Value
from viz.recording.held import Held
from viz.recording.values import Values
from viz.recording.watching import same

#: A tensor that changed: as it was held and as it is now, and its Variables then and now.
Moved: TypeAlias = tuple[Held, Held, Variable, Variable]


def is_told(moved: Moved, known: Known) -> bool:
    """Whether all that changed of a tensor is `known`: looked at first, as that is so in most statements."""
    held, now, old, new = moved
    number = id(held.thing)
    written = now.version != held.version or old.value is not new.value
    if written and known.get((number, "value"), moved) is not new.value:
        return False
    is_set = now.grad is not held.grad or now.grad_version != held.grad_version or old.grad is not new.grad
    if is_set and known.get((number, "grad"), moved) is not new.grad:
        return False
    return held.requires_grad == now.requires_grad


def tensor_changes(name: str, moved: Moved, told: Known, values: Values) -> Iterator[Change]:
    """What changed of a tensor that is called `name`, and is not `told`."""
    held, now, old, new = moved
    thing = id(held.thing)
    if now.version != held.version or not same(old.value, new.value):
        key: tuple[int, ChangeKind] = (thing, "value")
        if key not in told or not same(told[key], new.value):
            moves = new.is_leaf and new.requires_grad
            difference = _difference(held.thing, old.value, values) if moves else None
            yield Change(name, "value", told.get(key, old.value), new.value, difference)
    if now.grad is not held.grad or now.grad_version != held.grad_version or not same(old.grad, new.grad):
        key = (thing, "grad")
        if key not in told or not same(told[key], new.grad):
            yield Change(name, "grad", told.get(key, old.grad), new.grad)
    switched = held.requires_grad != now.requires_grad and held.is_leaf and now.is_leaf
    if switched and (thing, "requires_grad") not in told:
        yield Change(name, "requires_grad", held.requires_grad, now.requires_grad)


def _difference(leaf: torch.Tensor, before: Value | None, values: Values) -> Value | None:
    """`after - before`, by torch."""
    now = leaf.detach()
    return None if before is None else values.read(now - torch.tensor(before, dtype=now.dtype))
