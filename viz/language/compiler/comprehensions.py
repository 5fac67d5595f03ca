"""List comprehensions with one or two `for`, and `if`; checks the size while the list grows."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from viz import limits
from viz.editing.binding import bound_in, names_of, owners_of
from viz.errors import LimitReached
from viz.language.compiler.protocols import Compiler
from viz.language.compiler.unpacking import unpacked
from viz.language.runtime.iterating import entries_of
from viz.language.runtime.sizes import check_list
from viz.language.runtime.state import Expression, State

#: `for`s in one comprehension.
_FORS = 2

#: Runs one `for` of a comprehension: yields once per pass, with the names of that pass bound.
_Passes = Callable[[State], Iterator[None]]


def comprehension(compiler: Compiler, node: ast.ListComp) -> Expression:
    """`[… for … in … if …]`."""
    if len(node.generators) > _FORS:
        raise compiler.refused(node, "A list comprehension has at most two `for` here; write the loops out.")
    span, scope = compiler.span(node), compiler.scope
    passes: list[_Passes] = []
    cells: list[int] = []
    with ExitStack() as inside:
        for one in node.generators:
            if one.is_async:
                raise compiler.refused(one.target, "`async for` is not part of this language; write `for`.")
            entries = compiler.compile(one.iter)  # as in Python, the first one belongs to the code outside
            names = sorted(bound_in([one.target]))
            for name in names:
                scope.check_free(name, compiler.span(one.target))
            places = inside.enter_context(scope.comprehension(names))
            cells += places.values()
            passes.append(_one_for(compiler, one, entries, places))
        element = compiler.compile(node.elt)

    def run(state: State) -> list[Any]:
        before = {cell: state.cells[cell] for cell in cells if cell in state.cells}
        made: list[Any] = []
        try:
            for _ in _all_passes(state, passes):
                if len(made) >= limits.ELEMENTS:
                    raise LimitReached(f"A list holds at most {limits.ELEMENTS:,} entries.")
                made.append(element(state))
        finally:
            # The function around the comprehension may also run in an outer call, with values of its own.
            for cell in cells:
                state.cells.pop(cell, None)
            state.cells.update(before)
        state.span = span
        check_list(made)
        state.meter.count_entries(len(made))
        return made

    return run


def _all_passes(state: State, passes: list[_Passes]) -> Iterator[None]:
    if not passes:
        yield
        return
    for _ in passes[0](state):
        yield from _all_passes(state, passes[1:])


def _one_for(compiler: Compiler, one: ast.comprehension, entries: Expression, places: dict[str, int]) -> _Passes:
    span = compiler.span(one.iter)
    names = names_of(one.target)
    if owners_of(one.target) or not all(name in places for name in names):
        raise compiler.refused(one.target, "`for` binds names here, as in `[x * 2 for x in numbers]`.")
    split = unpacked(compiler, one.target)
    conditions = [compiler.compile(condition) for condition in one.ifs]

    def run(state: State) -> Iterator[None]:
        for entry in entries_of(state, span, entries(state)):
            state.meter.check_time()
            for name, value in zip(names, split(state, entry), strict=True):
                state.cells[places[name]] = value
            if all(bool(condition(state)) for condition in conditions):
                yield

    return run
