"""Calls: of what a library has, of an object's methods, of the program's own functions."""

from __future__ import annotations

import ast
from typing import Any

from viz.frames.plain import Span
from viz.language.compiler.calling.arguments import Arguments, arguments
from viz.language.compiler.calling.call_values import call_value
from viz.language.compiler.calls import invoke
from viz.language.compiler.definitions.parents import parent
from viz.language.compiler.in_place import invoke_in_place
from viz.language.compiler.protocols import Compiler
from viz.language.compiler.python_calls import call_builtin
from viz.language.compiler.skipping import skipped
from viz.language.runtime.callback import Callback
from viz.language.runtime.entries import Function, GradMode, Skipped
from viz.language.runtime.problems import refused
from viz.language.runtime.state import Expression, State
from viz.language.vocabulary.builtins import Builtin
from viz.language.vocabulary.classes.exceptions import EXCEPTIONS
from viz.language.vocabulary.kinds import KINDS, kind_of


def call(compiler: Compiler, node: ast.Call) -> Expression:
    """`function(…)`."""
    if isinstance(node.func, ast.Name) and node.func.id == "super" and compiler.scope.place("super") is None:
        return parent(compiler, node)
    given = arguments(compiler, node)
    found = compiler.static(node.func)
    if found is not None:
        return _library_call(compiler, node, found, given)
    if isinstance(node.func, ast.Attribute):
        return _method_call(compiler, node.func, compiler.span(node), given)
    return _object_call(compiler, node.func, compiler.span(node), given)


def _library_call(compiler: Compiler, node: ast.Call, found: Any, given: Arguments) -> Expression:
    span, evaluate = compiler.span(node), given.evaluate
    if isinstance(found, Skipped):
        return skipped(compiler, node, found)
    if isinstance(found, type) and found.__name__ in EXCEPTIONS:
        return lambda state: call_value(state, span, found, *evaluate(state))
    if not isinstance(found, (Function, Builtin)):
        if isinstance(found, GradMode):
            raise compiler.refused(
                node, f"`{found}` is only supported after `with`, as in `with {found.example}:`."
            )
        raise compiler.refused(node.func, f"`{found}` cannot be called; write it without the parentheses.")
    if given.count is None or given.names is None:
        return lambda state: call_value(state, span, found, *evaluate(state))
    misuse = found.misuse(given.count, given.names)
    if misuse is not None:
        raise compiler.refused(node, misuse)
    if isinstance(found, Builtin):
        return lambda state: call_builtin(state, span, found, *evaluate(state))
    return lambda state: invoke(state, span, found, *evaluate(state))


def _method_call(compiler: Compiler, func: ast.Attribute, span: Span, given: Arguments) -> Expression:
    thing, name, where, scope = compiler.compile(func.value), func.attr, compiler.span(func), compiler.scope
    scope.check_attribute(name, where)
    evaluate, names = given.evaluate, given.names
    known: dict[type, tuple[Function, str | None]] = {}
    # In torch's names an underscore at the end says that the method changes its object.
    carry_out = invoke_in_place if name.endswith("_") else invoke

    def method_of(owner: object) -> tuple[Function, str | None]:
        """The method, and what is wrong with this call of it."""
        method = kind_of(owner).methods.get(name)
        if method is None:
            raise scope.no_attribute(owner, name, where)
        wrong = None if given.count is None or names is None else method.misuse(given.count, names, bound=1)
        found = method, wrong
        if type(owner) in KINDS:  # a class of a run's own ends with the run
            known[type(owner)] = found
        return found

    def run(state: State) -> Any:
        owner = thing(state)
        found = known.get(type(owner))
        if found is None:
            get = kind_of(owner).get
            value = NotImplemented if get is None else get(state, where, owner, name)
            if value is not NotImplemented:
                return call_value(state, span, value, *evaluate(state))
            found = method_of(owner)
        method, misuse = found
        if misuse is not None:
            raise refused(misuse, span)
        args, options = evaluate(state)
        if not given.known:
            misuse = method.misuse(len(args), list(options), bound=1)
            if misuse is not None:
                raise refused(misuse, span)
        return carry_out(state, span, method, [owner, *args], options)

    return run


def _object_call(compiler: Compiler, func: ast.expr, span: Span, given: Arguments) -> Expression:
    """The call of what a variable holds."""
    called, evaluate = compiler.compile(func), given.evaluate

    def run(state: State) -> Any:
        thing = called(state)
        args, options = evaluate(state)
        if isinstance(thing, Callback):
            state.span = span
            return thing(*args, **options)
        return call_value(state, span, thing, args, options)

    return run
