"""Unpacking: several names on the left, and the value that each gets."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from viz.language.compiler.protocols import Compiler
from viz.language.runtime.entries import Nothing
from viz.language.runtime.iterating import entries_of, gathered
from viz.language.runtime.problems import refused
from viz.language.runtime.sizes import check_list
from viz.language.runtime.state import State
from viz.language.vocabulary.kinds import describe, kind_of

#: Returns the part of a value for each of several targets, in order.
Split = Callable[[State, Any], list[Any]]


def unpacked(compiler: Compiler, target: ast.expr) -> Split:
    """How a value is divided among the names of a target, including those in nested brackets."""
    if not isinstance(target, (ast.Tuple, ast.List)):
        return lambda state, value: [value]
    inner = [unpacked(compiler, one.value if isinstance(one, ast.Starred) else one) for one in target.elts]
    split = divided(compiler, target)
    return lambda state, value: [
        one for part, entry in zip(inner, split(state, value), strict=True) for one in part(state, entry)
    ]


def divided(compiler: Compiler, target: ast.Tuple | ast.List) -> Split:
    """How a value is divided among the targets in one pair of brackets; nested brackets get a whole part.

    A target after `*` gets a list of what the others leave.
    """
    starred = [place for place, one in enumerate(target.elts) if isinstance(one, ast.Starred)]
    if len(starred) > 1:
        raise compiler.refused(target.elts[starred[1]], "Only one name on the left may have a `*`.")
    span, count = compiler.span(target), len(target.elts)
    rest = starred[0] if starred else None

    def split(state: State, value: Any) -> list[Any]:
        if isinstance(value, Nothing) and not value.shape:
            return [value] * count  # `line, = plt.plot(x)`
        if not kind_of(value).iterates:
            raise refused(f"{count} names need a list of {count} values, not {describe(value)}.", span)
        entries = gathered(entries_of(state, span, value))
        if rest is not None and len(entries) >= count - 1:
            check_list(entries)
            stop = len(entries) - (count - rest - 1)
            return [*entries[:rest], entries[rest:stop], *entries[stop:]]
        if len(entries) != count:
            state.span = span
            raise refused(f"There are {count} names on the left and {len(entries)} values on the right.", span)
        return entries

    return split
