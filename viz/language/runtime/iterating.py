"""What a program may iterate over: lists, strings, dicts, ranges, a tensor's first dimension."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from viz import limits
from viz.frames.plain import Span
from viz.language.runtime.kinds import describe, kind_of
from viz.language.runtime.problems import refused
from viz.language.runtime.sizes import check_list
from viz.language.runtime.state import State


def entries_of(state: State, span: Span, thing: Any) -> Iterable[Any]:
    """The entries of `thing` in their order, as Python's `iter` gives them.

    Refused for what has no entries, torch's own error for a tensor without dimensions.
    """
    state.span = span
    entries = kind_of(thing).iterate(state, span, thing)
    if entries is NotImplemented:
        raise _without_entries(span, thing)
    return entries


def check_iterable(span: Span, thing: Any) -> None:
    """Raise Refused for what has no entries, and ask anything else for none: a loader then draws their order."""
    if not kind_of(thing).iterates:
        raise _without_entries(span, thing)


def _without_entries(span: Span, thing: Any) -> Exception:
    what = describe(thing)
    return refused(f"{what[0].upper()}{what[1:]} cannot be iterated over; a list or a tensor can.", span)


def listed(state: State, span: Span, thing: Any) -> list[Any]:
    """The entries of a value in a new list; raises LimitReached if there are more than a list may have."""
    entries = gathered(entries_of(state, span, thing))
    check_list(entries)
    return entries


def gathered(entries: Iterable[Any]) -> list[Any]:
    """The entries in a new list, but at most one more than a list may have.

    Raises LimitReached for tuples that have too many entries together, before all of them are made.
    """
    made: list[Any] = []
    room = limits.ENTRIES
    for one in islice(entries, limits.ELEMENTS + 1):
        made.append(one)
        if type(one) is tuple:
            room -= len(one)
            if room < 0:
                check_list(made)
    return made
