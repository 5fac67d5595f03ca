"""Orders entries, as `sorted`, `list.sort`, `max` and `min` do, by what a function of the program says of each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from viz.frames.plain import Span
from viz.language.runtime.problems import refused
from viz.language.runtime.sizes import check_list
from viz.language.runtime.state import State


def keys_of(state: State, span: Span, entries: Iterable[Any], key: Any) -> list[Any]:
    """What is compared in place of each entry: `key(entry)`, or without a key the entry itself."""
    keys = []
    for one in entries:
        state.meter.check_time()
        keys.append(one if key is None else state.call(span, key, one))
    check_list(keys)
    return keys


def ordered(state: State, span: Span, entries: list[Any], key: Any, reverse: Any) -> list[Any]:
    """The entries in order, in a new list; entries with equal keys keep their order, as in Python."""
    if not isinstance(reverse, (bool, int)):
        raise refused("`reverse` is True or False here.", span)
    keys = keys_of(state, span, entries, key)
    places = sorted(range(len(keys)), key=keys.__getitem__, reverse=bool(reverse))
    return [entries[place] for place in places]


def extreme(state: State, span: Span, entries: list[Any], key: Any, largest: bool) -> Any:
    """The largest or the smallest entry, the first of several; raises ValueError if there is none."""
    keys = keys_of(state, span, entries, key)
    find = max if largest else min
    return entries[find(range(len(keys)), key=keys.__getitem__)]
