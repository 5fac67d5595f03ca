"""Comprehensions of lists, sets and dicts, and generator expressions; checks the size while a list grows."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from viz import limits
from viz.editing.binding import bound_in, names_of, owners_of
from viz.errors import LimitReached
from viz.language.compiler.definitions.functions import closure_here
from viz.language.compiler.levels import Sort
from viz.language.compiler.protocols import Compiler
from viz.language.compiler.unpacking import unpacked
from viz.language.runtime.generators import Made
from viz.language.runtime.iterating import entries_of
from viz.language.runtime.sizes import check_keys, check_list
from viz.language.runtime.state import Expression, State
from viz.language.vocabulary.containers.keys import check_element, check_key

#: `for`s in one comprehension.
_FORS = 5

#: Runs the `for`s of a comprehension, given what the first one goes through: yields once per pass, with the names
#: of that pass bound.
_Passes: TypeAlias = Callable[[State, Any], Iterator[None]]
_Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
#: Makes one entry in a pass.
_Element: TypeAlias = Callable[[State], Any]


def comprehension(compiler: Compiler, node: _Comprehension) -> Expression:
    """`[… for … in … if …]`, the same in braces, and in parentheses."""
    if len(node.generators) > _FORS:
        raise compiler.refused(node, f"A comprehension has at most {_FORS} `for` here; write the loops out.")
    span, around = compiler.span(node), closure_here(compiler)
    for one in node.generators:
        if one.is_async:
            raise compiler.refused(one.target, "`async for` is not part of this language; write `for`.")
        for name in sorted(bound_in([one.target])):
            compiler.scope.check_new(name, compiler.span(one.target))
    first = compiler.compile(node.generators[0].iter)  # as in Python, it belongs to the code outside
    names = bound_in([one.target for one in node.generators])
    with compiler.scope.level(Sort.COMPREHENSION, names):
        passes = _passes(compiler, node.generators)
        element = _element(compiler, node)
    if isinstance(node, ast.GeneratorExp):

        def later(state: State) -> Iterator[Any]:
            entries, enclosing = entries_of(state, span, first(state)), around(state)
            return Made(state, _each(state, passes, element, entries), {}, enclosing)

        return later
    make = _MAKE[type(node)]

    def run(state: State) -> Any:
        entries = first(state)
        made: list[Any] = []
        room = limits.ENTRIES
        with state.with_names({}, around(state)):
            for one in _each(state, passes, element, entries):
                if len(made) >= limits.ELEMENTS:
                    raise LimitReached(f"A list holds at most {limits.ELEMENTS:,} entries.")
                made.append(one)
                room -= len(one) if type(one) is tuple else 0
                if room < 0:
                    check_list(made)
        state.span = span
        result = make(made)
        check_list(result if isinstance(result, (list, dict)) else made)
        state.meter.count_entries(len(made))
        return result

    return run


_MAKE: dict[type[ast.expr], Callable[[list[Any]], Any]] = {
    ast.ListComp: lambda made: made,
    ast.SetComp: lambda made: set(map(check_element, _few(made))),
    ast.DictComp: lambda made: {check_key(key): value for key, value in _few_pairs(made)},
}


def _few(keys: list[Any]) -> list[Any]:
    """The keys themselves; raises LimitReached if a set or a dict of them would take too long."""
    check_keys(keys)
    return keys


def _few_pairs(pairs: list[Any]) -> list[Any]:
    """The pairs themselves; raises LimitReached if a dict of them would take too long."""
    _few([key for key, _ in pairs])
    return pairs


def _each(state: State, passes: _Passes, element: _Element, entries: Any) -> Iterator[Any]:
    for _ in passes(state, entries):
        yield element(state)


def _element(compiler: Compiler, node: _Comprehension) -> _Element:
    if not isinstance(node, ast.DictComp):
        return compiler.compile(node.elt)
    key, value = compiler.compile(node.key), compiler.compile(node.value)
    return lambda state: (key(state), value(state))


def _passes(compiler: Compiler, generators: list[ast.comprehension]) -> _Passes:
    one, *others = generators
    span, names = compiler.span(one.iter), names_of(one.target)
    if owners_of(one.target):
        raise compiler.refused(one.target, "`for` binds names here, as in `[x * 2 for x in numbers]`.")
    split = unpacked(compiler, one.target)
    conditions = [compiler.compile(condition) for condition in one.ifs]
    inner = compiler.compile(others[0].iter) if others else None
    rest = _passes(compiler, others) if others else None

    def run(state: State, entries: Any) -> Iterator[None]:
        for entry in entries_of(state, span, entries):
            state.meter.check_time()
            state.variables.update(zip(names, split(state, entry), strict=True))
            if not all(bool(condition(state)) for condition in conditions):
                continue
            if rest is None or inner is None:
                yield
            else:
                yield from rest(state, inner(state))

    return run
