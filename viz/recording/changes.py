"""Finds what a statement changed of a tensor and did not report with its event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import torch

from viz.frames.changes import Change, ChangeKind
from viz.frames.frame import Variable
from viz.frames.plain import Summary, Value
from viz.recording.comparison import same
from viz.recording.held import Held
from viz.recording.reading.values import Values

#: The in-place changes that an event reports: the value afterwards, by the object's id and the kind of change.
Reported: TypeAlias = "Mapping[tuple[int, ChangeKind], Value | None]"

#: A tensor that changed: its Held before and after, and its Variables before and after.
Moved: TypeAlias = tuple[Held, Held, Variable, Variable]


def is_reported(moved: Moved, reported: Reported) -> bool:
    """Whether the event reports every change of a tensor, as it does for most statements: checked first."""
    held, now, old, new = moved
    number = id(held.thing)
    written = now.version != held.version or old.value is not new.value
    if written and reported.get((number, "value"), moved) is not new.value:
        return False
    is_set = now.grad is not held.grad or now.grad_version != held.grad_version or old.grad is not new.grad
    if is_set and reported.get((number, "grad"), moved) is not new.grad:
        return False
    return held.requires_grad == now.requires_grad


def moved_changes(
    moved: Iterable[Moved], reported: Reported, values: Values, path_of: Callable[[torch.Tensor], str | None]
) -> list[Change]:
    """Return the changes of tensors that are not `reported`, each tensor's once, by the path that leads to it."""
    found: list[Change] = []
    seen: set[int] = set()
    for row in moved:
        thing = row[0].thing
        path = None if id(thing) in seen else path_of(thing)
        seen.add(id(thing))
        if path is not None:  # the statement may have bound its name to something else
            found += _tensor_changes(path, row, reported, values)
    return found


def each_once(changes: Iterable[Change], found: Sequence[Change]) -> tuple[Change, ...]:
    """Return `changes` and those `found` of tensors, without the former where the latter say the same.

    The `.grad` of a tensor with a name changes as that tensor's.
    """
    twice = {(f"{one.name}.grad", "value") for one in found if one.what == "grad"}
    twice |= {(one.name, one.what) for one in found}
    return (*[one for one in changes if (one.name, one.what) not in twice], *found)


def _tensor_changes(name: str, moved: Moved, reported: Reported, values: Values) -> Iterator[Change]:
    """Yield the changes of the tensor called `name` that are not `reported`."""
    held, now, old, new = moved
    thing = id(held.thing)
    if old.dtype != new.dtype:
        yield Change(name, "dtype", old.dtype, new.dtype)
        return
    if now.version != held.version or not same(old.value, new.value):
        key: tuple[int, ChangeKind] = (thing, "value")
        if key not in reported or not same(reported[key], new.value):
            moves = new.is_leaf and new.requires_grad
            difference = _difference(held.thing, old.value, values) if moves else None
            yield Change(name, "value", reported.get(key, old.value), new.value, difference)
    if now.grad is not held.grad or now.grad_version != held.grad_version or not same(old.grad, new.grad):
        key = (thing, "grad")
        if key not in reported or not same(reported[key], new.grad):
            yield Change(name, "grad", reported.get(key, old.grad), new.grad)
    switched = held.requires_grad != now.requires_grad and now.is_leaf
    if switched and (thing, "requires_grad") not in reported:
        yield Change(name, "requires_grad", held.requires_grad, now.requires_grad)


def _difference(leaf: torch.Tensor, before: Value | None, values: Values) -> Value | None:
    """Return `after - before`, computed by torch."""
    now = leaf.detach()
    if before is None or isinstance(before, Summary):
        return None
    return values.read(now - torch.tensor(before, dtype=now.dtype))
