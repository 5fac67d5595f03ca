"""Compares a thing before and after code that may change it in place."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any

import numpy as np
import torch
from torch import nn

from viz.frames.changes import Change, ChangeKind
from viz.frames.plain import Summary, Value, plain
from viz.pytorch.parameters import modules, own_tensors
from viz.recording.reading.values import Values
from viz.recording.variables import NameOf, brief, is_cut, key_text


@plain
class Difference:
    """A change of a thing, or of one `part` of it: `['lr']`, `[0].weight`."""

    part: str
    what: ChangeKind
    before: Value | str | None
    after: Value | str | None


#: Yields the changes since it was made.
Compare = Callable[[], Iterator[Difference]]


def same(one: Value | str | None, other: Value | str | None) -> bool:
    """Whether two values are equal; NaN is equal to NaN here."""
    return one is other or one == other or repr(one) == repr(other)


def watch(thing: object, what: ChangeKind, values: Values, name_of: NameOf) -> Compare:
    """Return a function that compares `what` of `thing` with its state now."""
    match thing:
        case torch.Tensor():
            return _numbers(thing, values) if what == "value" else _setting(thing, what, values)
        case list() | dict() | set() | deque():
            return _entries(thing, name_of)
        case nn.Module():
            return _modes(thing) if what == "training" else _needs(thing, name_of)
        case np.ndarray():
            return _array(thing, values)
    return lambda: iter([Difference("", "inside", None, None)])


def _numbers(tensor: torch.Tensor, values: Values) -> Compare:
    """Compare the numbers of a tensor, or those of a view's base."""
    whole = tensor if tensor._base is None else tensor._base
    version, before = whole._version, values.read(whole)

    def compare() -> Iterator[Difference]:
        if whole._version != version:
            yield Difference("", "value", before, values.read(whole))

    return compare


def _setting(tensor: torch.Tensor, what: ChangeKind, values: Values) -> Compare:
    """Compare a tensor's `.grad` or `requires_grad`."""

    def now() -> Value | None:
        return values.read_optional(tensor.grad) if what == "grad" else tensor.requires_grad

    before = now()

    def compare() -> Iterator[Difference]:
        yield Difference("", what, before, now())

    return compare


def _array(array: np.ndarray[Any, Any], values: Values) -> Compare:
    before = values.read_array(array)

    def compare() -> Iterator[Difference]:
        yield Difference("", "value", before, values.read_array(array))

    return compare


def _entries(thing: Any, name_of: NameOf) -> Compare:
    """Compare a list or a dict entry by entry, and a set as a whole, unless the number of entries changed."""
    before, text = thing.copy(), brief(thing, name_of)

    def compare() -> Iterator[Difference]:
        if isinstance(thing, set) and thing == before:
            return  # nothing was written
        now = brief(thing, name_of)
        rows = _rows(before, thing, name_of)
        if rows:
            yield from rows
        elif rows is None and (is_cut(text) or is_cut(now)):
            yield Difference("", "entries", _count(before), _count(thing))
        else:
            yield Difference("", "entries", text, now)

    return compare


def _rows(before: Any, now: Any, name_of: NameOf) -> list[Difference] | None:
    """Return the entries that are new or different, None if a dict lost entries or a list's length changed."""

    def one(entry: Any) -> str:
        return brief([entry], name_of)[1:-1]

    if isinstance(now, dict):
        if not before.keys() <= now.keys():
            return None
        rows = [(key, key in before, before.get(key), entry) for key, entry in now.items()]
    elif isinstance(now, list) and len(now) == len(before):
        rows = [(place, True, old, new) for place, (old, new) in enumerate(zip(before, now, strict=True))]
    else:
        return None
    found = [
        (key, one(old) if known else None, one(new))
        for key, known, old, new in rows
        if old is not new or not known
    ]
    # If the new entry reads like the old one, only the new one can be reported.
    return [
        Difference(f"[{key_text(key, name_of)}]", "entry", None if old == new else old, new)
        for key, old, new in found
    ]


def _count(thing: Sized) -> str:
    return f"{len(thing)} {'entry' if len(thing) == 1 else 'entries'}"


def _modes(module: nn.Module) -> Compare:
    """Compare the training mode of the first layer that changed, or of the module itself."""
    layers = list(modules("", module))
    modes = [layer.training for _, layer in layers]

    def compare() -> Iterator[Difference]:
        rows = [(part, was, layer.training) for (part, layer), was in zip(layers, modes, strict=True)]
        part, was, now = next((row for row in rows if row[1] != row[2]), rows[0])
        yield Difference(part, "training", was, now)

    return compare


def _needs(module: nn.Module, name_of: NameOf) -> Compare:
    """Compare `requires_grad` of a module's parameters that have no name; those with a name are compared by it."""
    parameters = [
        (part, one, one.requires_grad)
        for path, layer in modules("", module)
        for part, one in own_tensors(path, layer)
        if isinstance(one, nn.Parameter)
    ]

    def compare() -> Iterator[Difference]:
        changed = [row for row in parameters if row[1].requires_grad != row[2]]
        rows = [row for row in changed if name_of(row[1]) is None] if changed else parameters[:1]
        for part, one, needed in rows:
            yield Difference(part, "requires_grad", needed, one.requires_grad)

    return compare


def joined(changes: Iterable[Change], dtype_of: Callable[[str], torch.dtype | None]) -> tuple[Change, ...]:
    """Return the changes in order, with consecutive changes of the same thing joined into one.

    `dtype_of` returns the dtype of the tensor that a name holds, None if it holds none.
    """
    found: list[Change] = []
    for change in changes:
        place = next((at for at, one in enumerate(found) if _goes_on(one, change)), None)
        if place is None:
            found.append(change)
        else:
            before = found[place].before
            difference = _moved(before, change, dtype_of(change.name))
            found[place] = Change(change.name, change.what, before, change.after, difference)
    return tuple(found)


def _goes_on(first: Change, then: Change) -> bool:
    return (first.name, first.what) == (then.name, then.what) and same(first.after, then.before)


def _moved(before: Value | str | None, change: Change, dtype: torch.dtype | None) -> Value | None:
    """Return a parameter's difference from `before` to the end of `change`, subtracted by torch in its dtype."""
    if change.difference is None or dtype is None or isinstance(before, Summary):
        return None
    then, now = (torch.tensor(one, dtype=dtype) for one in (before, change.after))
    difference: Value = (now - then).tolist()
    return difference
