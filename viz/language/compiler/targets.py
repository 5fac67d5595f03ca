"""The left side of `=`: a name, several targets, an attribute, or a part such as `a[0]`."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from viz.frames.plain import Span
from viz.language.compiler import attributes, indexing
from viz.language.compiler.definitions.functions import name_store
from viz.language.compiler.in_place import calculate_in_place
from viz.language.compiler.protocols import Compiler, Store
from viz.language.compiler.unpacking import divided
from viz.language.runtime.state import Expression, State


@dataclass(frozen=True, slots=True)
class Target:
    """A place to store a value: a name, an attribute, or a part such as `a[0]`.

    `find` evaluates the code before the last dot or bracket, then the content of the brackets. `get` and `set`
    take its result, so that `leaves.pop().grad += 1` pops one leaf.
    """

    find: Expression
    get: Callable[[State, Any], Any]
    set: Callable[[State, Any, Any], None]


def store_in(compiler: Compiler, target: ast.expr) -> Store:
    """How a value is stored in a target, or divided among several."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return _several(compiler, target)
    place = _target_of(compiler, target, compiler.span(target))
    if place is None:
        raise compiler.refused(target, "Only a name can be assigned to here, as in `y_hat = …`.")
    return lambda state, value: place.set(state, place.find(state), value)


def change_of(
    compiler: Compiler,
    target: ast.expr,
    symbol: str,
    apply: Callable[[Any, Any], Any],
    change: Expression,
    where: ast.stmt,
) -> Callable[[State], None]:
    """`target symbol= change`."""
    span = compiler.span(where)
    place = _target_of(compiler, target, span, changes=True)
    if place is None:
        raise compiler.refused(target, "Only a name can be changed like this here, as in `total += loss.item()`.")

    def run(state: State) -> None:
        found = place.find(state)
        before = place.get(state, found)
        place.set(state, found, calculate_in_place(state, span, symbol, apply, before, change(state)))

    return run


def _target_of(compiler: Compiler, target: ast.expr, stored_by: Span, changes: bool = False) -> Target | None:
    """The Target for an expression, None if it cannot be one; `changes` if its value is read first.

    `stored_by` is the code that stores into a part of a tensor.
    """
    if isinstance(target, ast.Name):
        return _name(compiler, target, changes)
    if isinstance(target, ast.Attribute):
        read, write = attributes.reading(compiler, target), attributes.writing(compiler, target)
        return Target(compiler.compile(target.value), read, write)
    if isinstance(target, ast.Subscript):
        return _part(compiler, target, stored_by)
    return None


def _name(compiler: Compiler, target: ast.Name, changes: bool) -> Target:
    name = target.id
    if changes:
        held = compiler.compile(ast.copy_location(ast.Name(name, ast.Load()), target))
    compiler.scope.bind(name, compiler.span(target))
    store = name_store(compiler, name)
    return Target(
        lambda state: None,
        lambda state, found: held(state),
        lambda state, found, value: store(state, value),
    )


def _part(compiler: Compiler, target: ast.Subscript, stored_by: Span) -> Target:
    owner, key = compiler.compile(target.value), indexing.key_of(compiler, target.slice)
    span = compiler.span(target)
    return Target(
        lambda state: (owner(state), key(state)),
        lambda state, found: indexing.get(state, span, found[0], found[1]),
        lambda state, found, value: indexing.set_(state, stored_by, found[0], found[1], value),
    )


def _several(compiler: Compiler, target: ast.Tuple | ast.List) -> Store:
    """How a value is divided among several targets: each gets its part before the next is evaluated."""
    split = divided(compiler, target)
    stores = [store_in(compiler, one.value if isinstance(one, ast.Starred) else one) for one in target.elts]

    def store(state: State, value: Any) -> None:
        for one, entry in zip(stores, split(state, value), strict=True):
            one(state, entry)

    return store
