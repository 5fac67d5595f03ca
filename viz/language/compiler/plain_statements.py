"""Statements without a block: `assert`, `del`, and the head of `if __name__ == "__main__":`."""

from __future__ import annotations

import ast
from collections.abc import Callable

from viz.editing.binding import names_of, owners_of
from viz.frames.events import Asserted, Decided, Deleted
from viz.language.compiler import indexing
from viz.language.compiler.protocols import StatementCompiler
from viz.language.runtime.program import Statement
from viz.language.runtime.showing import text_of
from viz.language.runtime.state import State

#: Deletes a name or a part.
_Delete = Callable[[State], None]


def main_guard(compiler: StatementCompiler, node: ast.If) -> Statement:
    """The head of `if __name__ == "__main__":`: it holds, and the lines below it are the program's own."""
    span, text = compiler.expressions.span(node), compiler.expressions.span(node.test).text
    return Statement(span, lambda state: None, Decided("if", text, True))


def asserted(compiler: StatementCompiler, node: ast.Assert) -> Statement:
    """`assert condition` and `assert condition, message`."""
    expressions = compiler.expressions
    condition, span = expressions.compile(node.test), expressions.span(node.test)
    message = None if node.msg is None else expressions.compile(node.msg)

    def run(state: State) -> None:
        if condition(state):
            return
        said = () if message is None else (message(state),)
        state.span = span
        for one in said:
            text_of(one, span)  # raises if it cannot be shown
        raise AssertionError(*said)

    return Statement(expressions.span(node), run, Asserted(span.text))


def deleted(compiler: StatementCompiler, node: ast.Delete) -> Statement:
    """`del name`, `del entries[key]`, and several of them."""
    expressions = compiler.expressions
    deletes = [one for target in node.targets for one in _of(compiler, target)]
    event = Deleted(names_of(*node.targets), owners_of(*node.targets))

    def run(state: State) -> None:
        for one in deletes:
            one(state)

    return Statement(expressions.span(node), run, event, in_place=True)


def _of(compiler: StatementCompiler, target: ast.expr) -> list[_Delete]:
    expressions, span = compiler.expressions, compiler.expressions.span(target)
    if isinstance(target, (ast.Tuple, ast.List)):
        return [one for inner in target.elts for one in _of(compiler, inner)]
    if isinstance(target, ast.Subscript):
        owner, key = expressions.compile(target.value), indexing.key_of(expressions, target.slice)
        return [lambda state: indexing.delete(state, span, owner(state), key(state))]
    if isinstance(target, ast.Name):
        return [_name(compiler, target)]
    raise expressions.refused(target, "`del` removes names and entries here; for an attribute, assign None.")


def _name(compiler: StatementCompiler, target: ast.Name) -> _Delete:
    name, scope = target.id, compiler.expressions.scope
    read = compiler.expressions.compile(ast.copy_location(ast.Name(name, ast.Load()), target))
    scope.bind(name, compiler.expressions.span(target))
    place = scope.place(name)

    def run(state: State) -> None:
        read(state)  # raises what Python raises for a name without a value
        if place is None:
            del state.globals[name]
        else:
            del (state.enclosing[place - 1] if place else state.variables)[name]
        state.rebound()

    return run
