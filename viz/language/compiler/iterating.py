"""What a program may go through one by one: lists, texts, dicts, ranges, a tensor's first dimension."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, ValuesView
from typing import Any

import torch

from viz.frames.plain import Span
from viz.language.runtime.problems import refused
from viz.language.runtime.state import State
from viz.language.vocabulary import kinds

#: Python's own kinds that are gone through as they are; a `torch.Size` is a tuple.
_PLAIN = (list, tuple, str, dict, range)
#: What `d.keys()` and its like give: they show what the dict holds now.
VIEWS = (KeysView, ItemsView, ValuesView)
#: What `zip`, `enumerate`, `reversed` and `parameters()` give: it is gone through once.
ONCE = Iterator


def entries_of(state: State, span: Span, thing: Any) -> Iterable[Any]:
    """The entries of `thing` in their order, as Python's `iter` gives them.

    Refused for what has no entries, torch's own error for a tensor without dimensions.
    """
    if isinstance(thing, _PLAIN):
        return thing
    state.span = span
    if isinstance(thing, torch.Tensor):
        if thing.dim() == 0:
            raise TypeError("iteration over a 0-d tensor")
        rows = thing.unbind(0)
        for row in rows:
            state.meter.count_tensor(row)
            state.observer.operation(span, row, (thing,))
        return rows
    if isinstance(thing, (ONCE, *VIEWS)):
        return thing
    read = kinds.ITERABLE.get(type(thing))
    if read is not None:
        return read(thing)
    what = kinds.kind_of(thing)
    raise refused(f"{what[0].upper()}{what[1:]} has no entries to go through; a list or a tensor has.", span)
