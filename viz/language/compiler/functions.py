"""Functions of the program: `def`, `lambda` and `return`."""

from __future__ import annotations

import ast
from typing import Any

import torch

from viz.editing.binding import bound_in
from viz.frames.events import Assigned, Returned
from viz.frames.plain import Value
from viz.language.compiler.protocols import Compiler, StatementCompiler
from viz.language.runtime.meter import FUNCTION
from viz.language.runtime.program import Flow, Statement
from viz.language.runtime.state import Expression, State
from viz.language.runtime.user_function import Defined, Written


def define(compiler: StatementCompiler, node: ast.FunctionDef) -> Statement:
    """`def name(…):`, which makes the function and binds the name."""
    expressions, name = compiler.expressions, node.name
    if node.decorator_list:
        raise expressions.refused(
            node.decorator_list[0],
            "A decorator is not part of this language; for `no_grad` write `with torch.no_grad():` inside.",
        )
    written = read_function(compiler, node)
    expressions.scope.bind(name, expressions.span(node))
    expressions.scope.impure |= written.changes

    def run(state: State) -> None:
        state.meter.count_bytes(FUNCTION)
        state.variables[name] = Defined(written, state)

    return Statement(expressions.span(node), run, Assigned((name,)))


def read_function(compiler: StatementCompiler, node: ast.FunctionDef, context: str | None = None) -> Written:
    """The function that a `def` defines, without its decorators; `context` is the name of its `ctx`, if any."""
    expressions = compiler.expressions
    scope = expressions.scope
    if scope.in_function:
        raise expressions.refused(
            node, "A function inside a function is not part of this language; write it above."
        )
    if node.returns is not None:
        raise expressions.refused(
            node.returns, "A return type after `->` is not part of this language; leave it out."
        )
    arguments, defaults = _arguments(expressions, node.args)
    with scope.function({*arguments, *bound_in(node.body)}):
        scope.function_name, scope.context = node.name, context
        body = compiler.section(node.body)
        scope.context = None
    return Written(node.name, arguments, defaults, body)


def return_(compiler: StatementCompiler, node: ast.Return) -> Statement:
    """`return …`, in a function."""
    expressions = compiler.expressions
    if not expressions.scope.in_function:
        raise expressions.refused(
            node, "`return` is only allowed in a function; assign the result to a name instead."
        )
    value = None if node.value is None else expressions.compile(node.value)
    name = expressions.scope.function_name
    text = "None" if node.value is None else expressions.span(node.value).text

    def run(state: State) -> Flow:
        result = None if value is None else value(state)
        state.result = result
        state.event = Returned(name, text, _numbers(state, result))
        return Flow.RETURN

    return Statement(expressions.span(node), run, Returned(name, text))


def lambda_(compiler: Compiler, node: ast.Lambda) -> Expression:
    """`lambda …: …`."""
    scope = compiler.scope
    if scope.in_function or scope.in_comprehension:
        raise compiler.refused(
            node, "`lambda` in a function or a comprehension is not supported; write a `def` outside it."
        )
    arguments, defaults = _arguments(compiler, node.args)
    with scope.function(arguments):
        written = Written("lambda", arguments, defaults, expression=compiler.compile(node.body))

    def run(state: State) -> Defined:
        state.meter.count_bytes(FUNCTION)
        return Defined(written, state)

    return run


def _arguments(compiler: Compiler, node: ast.arguments) -> tuple[tuple[str, ...], dict[str, Expression]]:
    """The names of a function's arguments, and the defaults of those that may be omitted."""
    for star, one in (("*", node.vararg), ("**", node.kwarg)):
        if one is not None:
            raise compiler.refused(one, f"`{star}{one.arg}` is not part of this language; name each argument.")
    for one in (*node.posonlyargs, *node.kwonlyargs):
        raise compiler.refused(
            one, "`/` and `*` among the arguments are not part of this language; leave them out."
        )
    for one in node.args:
        if one.annotation is not None:
            raise compiler.refused(
                one.annotation, "The type of an argument is not part of this language; leave it out."
            )
        compiler.scope.check_free(one.arg, compiler.span(one))
    names = tuple([one.arg for one in node.args])
    twice = next((one for one in node.args if names.count(one.arg) > 1), None)
    if twice is not None:
        raise compiler.refused(twice, f"`{twice.arg}` is an argument already; choose another name.")
    optional = names[len(names) - len(node.defaults) :]
    return names, {name: compiler.compile(one) for name, one in zip(optional, node.defaults, strict=True)}


def _numbers(state: State, result: Any) -> Value | None:
    """The numbers that a function returns, if it returns a number or a tensor and the frame is recorded."""
    if isinstance(result, torch.Tensor):
        return state.observer.read(result)
    return result if isinstance(result, (bool, int, float)) else None
