"""What stands on the left of `=`: a name, several, an attribute, a part of something."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from viz.language import custom, indexing, vocabulary
from viz.language.calls import OWN
from viz.language.compiling import Compiler, Store
from viz.language.problems import refused
from viz.language.state import Expression, State
from viz.language.unpacking import unpacked
from viz.language.views import calculate_in_place

#: Changes what a target holds: `a[0] += 1`.
Change = Callable[[State, Callable[[Any], Any]], None]


def store_in(compiler: Compiler, target: ast.expr) -> Store:
    """How a value is stored under a name, under several, in an attribute or in a part."""
    span = compiler.span(target)
    if isinstance(target, ast.Name):
        name = target.id
        compiler.scope.bind(name, span)
        return lambda state, value: state.variables.__setitem__(name, value)
    if isinstance(target, ast.Attribute):
        if custom.is_context(compiler, target.value):
            return custom.keep(compiler, target)
        owner = compiler.compile(target.value)
        write = _attribute(compiler, target)
        return lambda state, value: write(state, owner(state), value)
    if isinstance(target, ast.Subscript):
        return indexing.target(compiler, target)
    if isinstance(target, (ast.Tuple, ast.List)):
        return _several(compiler, target)
    raise compiler.refused(target, "Only a name can be assigned to here, as in `y_hat = …`.")


def change_of(
    compiler: Compiler,
    target: ast.expr,
    symbol: str,
    apply: Callable[[Any, Any], Any],
    change: Expression,
    where: ast.stmt,
) -> Callable[[State], None]:
    """`target symbol= change`, with what stands before the last dot or bracket looked up once."""
    span = compiler.span(where)
    if isinstance(target, ast.Name):
        name = target.id
        before = compiler.compile(ast.copy_location(ast.Name(name, ast.Load()), target))
        compiler.scope.bind(name, compiler.span(target))

        def in_name(state: State) -> None:
            first = before(state)
            state.variables[name] = calculate_in_place(state, span, symbol, apply, first, change(state))

        return in_name
    if isinstance(target, ast.Attribute):
        owner, write = compiler.compile(target.value), _attribute(compiler, target)
        read = compiler.compile(ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target))

        def in_attribute(state: State) -> None:
            first = read(state)
            write(state, owner(state), calculate_in_place(state, span, symbol, apply, first, change(state)))

        return in_attribute
    if isinstance(target, ast.Subscript):
        owner, key, part = (
            compiler.compile(target.value),
            indexing.key_of(compiler, target.slice),
            compiler.span(target),
        )

        def in_part(state: State) -> None:
            thing, place = owner(state), key(state)
            first = indexing.get(state, part, thing, place)
            result = calculate_in_place(state, span, symbol, apply, first, change(state))
            indexing.set_(state, span, thing, place, result)

        return in_part
    raise compiler.refused(target, "Only a name can be changed like this here, as in `total += loss.item()`.")


def _several(compiler: Compiler, target: ast.Tuple | ast.List) -> Store:
    split = unpacked(compiler, target)
    stores = [store_in(compiler, one) for one in _flat(target)]

    def store(state: State, value: Any) -> None:
        for place, one in zip(stores, split(state, value), strict=True):
            place(state, one)

    return store


def _flat(target: ast.expr) -> list[ast.expr]:
    if isinstance(target, (ast.Tuple, ast.List)):
        return [inner for one in target.elts for inner in _flat(one)]
    return [target]


def _attribute(compiler: Compiler, target: ast.Attribute) -> Callable[[State, Any, Any], None]:
    """How a value is stored in an attribute of an object."""
    name, span, scope = target.attr, compiler.span(target), compiler.scope
    scope.check_attribute(name, span)
    if not any(name in table for table in vocabulary.SETTABLE.values()):
        raise compiler.refused(target, f"`.{name}` cannot be assigned to; assign to a name instead.")

    def write(state: State, thing: Any, value: Any) -> None:
        state.span = span
        if name not in vocabulary.SETTABLE.get(type(thing), ()):
            raise scope.no_attribute(thing, name, span)
        if callable(value) or type(value) in OWN:
            raise refused(f"`.{name}` takes no {vocabulary.kind_of(value)} here.", span)
        if name == "grad" and value is None:
            with state.observer.clear_grad(thing):
                thing.grad = None
        else:
            setattr(thing, name, value)

    return write
