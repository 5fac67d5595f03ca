"""Calls: of what a library has, of an object's methods, of the program's own functions."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from viz.frames.plain import Span
from viz.language.compiler.calls import invoke
from viz.language.compiler.in_place import invoke_in_place
from viz.language.compiler.protocols import Compiler
from viz.language.compiler.python_calls import call_builtin
from viz.language.compiler.skipping import skipped
from viz.language.runtime.entries import Function, GradMode, Skipped
from viz.language.runtime.problems import refused
from viz.language.runtime.state import Expression, State
from viz.language.runtime.user_function import Defined
from viz.language.vocabulary.builtins import Builtin
from viz.language.vocabulary.kinds import KINDS, describe, kind_of

_Options = Mapping[str, Expression]


def call(compiler: Compiler, node: ast.Call) -> Expression:
    """`function(…)`."""
    args = [compiler.compile(one) for one in node.args]
    for keyword in node.keywords:
        if keyword.arg is None:
            raise compiler.refused(
                keyword, "`**` before an argument is not part of this language; write the names out."
            )
    options = {str(keyword.arg): compiler.compile(keyword.value) for keyword in node.keywords}
    found = compiler.static(node.func)
    if found is not None:
        return _library_call(compiler, node, found, args, options)
    if isinstance(node.func, ast.Attribute):
        return _method_call(compiler, node.func, compiler.span(node), args, options)
    return _object_call(compiler, node.func, compiler.span(node), args, options)


def _library_call(
    compiler: Compiler, node: ast.Call, found: Any, args: Sequence[Expression], options: _Options
) -> Expression:
    span = compiler.span(node)
    if isinstance(found, Skipped):
        return skipped(compiler, node, found)
    if not isinstance(found, (Function, Builtin)):
        if isinstance(found, GradMode):
            raise compiler.refused(node, f"`{found}` is only supported after `with`, as in `with {found}():`.")
        raise compiler.refused(node.func, f"`{found}` cannot be called.")
    misuse = found.misuse(len(args), list(options))
    if misuse is not None:
        raise compiler.refused(node, misuse)
    if isinstance(found, Builtin):
        return lambda state: call_builtin(
            state, span, found, [one(state) for one in args], {name: one(state) for name, one in options.items()}
        )

    def run(state: State) -> Any:
        given = [one(state) for one in args]
        return invoke(state, span, found, given, {name: one(state) for name, one in options.items()})

    return run


def _method_call(
    compiler: Compiler, func: ast.Attribute, span: Span, args: Sequence[Expression], options: _Options
) -> Expression:
    thing, name, where, scope = compiler.compile(func.value), func.attr, compiler.span(func), compiler.scope
    scope.check_attribute(name, where)
    names = list(options)
    known: dict[type, tuple[Function, str | None]] = {}
    # In torch's names an underscore at the end says that the method changes its object.
    carry_out = invoke_in_place if name.endswith("_") else invoke

    def method_of(owner: object) -> tuple[Function, str | None]:
        """The method, and what is wrong with this call of it."""
        method = kind_of(owner).methods.get(name)
        if method is None:
            raise scope.no_attribute(owner, name, where)
        found = method, method.misuse(len(args), names, bound=1)
        if type(owner) in KINDS:  # a class of a run's own ends with the run
            known[type(owner)] = found
        return found

    def run(state: State) -> Any:
        owner = thing(state)
        method, misuse = known.get(type(owner)) or method_of(owner)
        if misuse is not None:
            raise refused(misuse, span)
        given = [owner, *[one(state) for one in args]]
        return carry_out(state, span, method, given, {name: one(state) for name, one in options.items()})

    return run


def _object_call(
    compiler: Compiler, func: ast.expr, span: Span, args: Sequence[Expression], options: _Options
) -> Expression:
    """The call of what a variable holds: a loss, a function of the program, or one under another name."""
    called, names = compiler.compile(func), list(options)
    known: dict[type, tuple[Function, str | None]] = {}

    def call_of(thing: object) -> tuple[Function, str | None]:
        """The function behind the call, and what is wrong with this call of it."""
        if isinstance(thing, Function):
            return thing, thing.misuse(len(args), names)
        function = kind_of(thing).call
        if function is None:
            what = describe(thing)
            raise refused(f"{what[0].upper()}{what[1:]} cannot be called here.", span)
        found = function, function.misuse(len(args), names, bound=1)
        if type(thing) in KINDS:  # a class of a run's own ends with the run
            known[type(thing)] = found
        return found

    def run(state: State) -> Any:
        thing = called(state)
        if isinstance(thing, Defined):
            given = [one(state) for one in args]
            chosen = {name: one(state) for name, one in options.items()}
            state.span = span
            return thing(*given, **chosen)
        function, misuse = known.get(type(thing)) or call_of(thing)
        if misuse is not None:
            raise refused(misuse, span)
        given = [*([] if function is thing else [thing]), *[one(state) for one in args]]
        return invoke(state, span, function, given, {name: one(state) for name, one in options.items()})

    return run
