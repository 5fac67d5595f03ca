"""What a program may iterate over: lists, strings, dicts, ranges, a tensor's first dimension."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from viz.frames.plain import Span
from viz.language.runtime.problems import refused
from viz.language.runtime.state import State
from viz.language.vocabulary.kinds import describe, kind_of


def entries_of(state: State, span: Span, thing: Any) -> Iterable[Any]:
    """The entries of `thing` in their order, as Python's `iter` gives them.

    Refused for what has no entries, torch's own error for a tensor without dimensions.
    """
    state.span = span
    entries = kind_of(thing).iterate(state, span, thing)
    if entries is NotImplemented:
        what = describe(thing)
        raise refused(f"{what[0].upper()}{what[1:]} cannot be iterated over; a list or a tensor can.", span)
    return entries
