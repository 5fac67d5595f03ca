"""Compiles the one class statement that is supported: a `torch.autograd.Function` with forward and backward."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from viz.frames.events import Assigned
from viz.language.compiler.functions import read_function
from viz.language.compiler.protocols import Compiler, StatementCompiler
from viz.language.runtime.entries import Base
from viz.language.runtime.problems import refused
from viz.language.runtime.program import Statement
from viz.language.runtime.state import State
from viz.language.runtime.user_function import Written
from viz.language.vocabulary.autograd_function import ATTRIBUTES, METHOD_NAMES, METHODS, Context, Custom


def class_(compiler: StatementCompiler, node: ast.ClassDef) -> Statement:
    """`class Square(torch.autograd.Function):` with its two static methods."""
    expressions, name = compiler.expressions, node.name
    base = expressions.static(node.bases[0]) if len(node.bases) == 1 and not node.keywords else None
    if not isinstance(base, Base):
        raise expressions.refused(
            node,
            "The class statement is available for `torch.autograd.Function` only; "
            "for parameters write `torch.tensor(…)`.",
        )
    if node.decorator_list or expressions.scope.in_function:
        raise expressions.refused(
            node,
            "A class in a function or with a decorator is not supported; write it outside, without a decorator.",
        )
    expressions.scope.bind(name, expressions.span(node))
    methods: dict[str, Written] = {}
    for one in node.body:
        if _is_text(one):
            continue
        method = _method_name(expressions, one)
        methods[method] = _method(compiler, one)
    missing = next((one for one in METHOD_NAMES if one not in methods), None)
    if missing is not None:
        raise expressions.refused(
            node, f"A Function needs a static method `{missing}(ctx, …)`; add it to the class."
        )
    expressions.scope.impure |= any(one.changes for one in methods.values())

    def run(state: State) -> None:
        state.variables[name] = Custom(name, methods, state)

    return Statement(expressions.span(node), run, Assigned((name,)))


def _method_name(compiler: Compiler, node: ast.stmt) -> str:
    if not isinstance(node, ast.FunctionDef) or node.name not in METHOD_NAMES:
        raise compiler.refused(node, "A Function can only have the static methods `forward` and `backward` here.")
    marks = [one.id if isinstance(one, ast.Name) else "" for one in node.decorator_list]
    if marks != ["staticmethod"]:
        raise compiler.refused(
            node, f"Write `@staticmethod` on the line above `{node.name}`, and nothing else there."
        )
    return node.name


def _method(compiler: StatementCompiler, node: ast.stmt) -> Written:
    assert isinstance(node, ast.FunctionDef)
    if not node.args.args:
        raise compiler.expressions.refused(node, f"The first argument of `{node.name}` is `ctx`; write it.")
    return read_function(compiler, node, context=node.args.args[0].arg)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def is_context(compiler: Compiler, node: ast.expr) -> bool:
    """Whether an expression is the `ctx` of the method that it is in."""
    return isinstance(node, ast.Name) and node.id == compiler.scope.context


def kept(compiler: Compiler, node: ast.Attribute) -> Callable[[State, Any], Any]:
    """How `ctx.name` is read, for a name that the program stored there."""
    name, span = node.attr, compiler.span(node)
    _check_name(compiler, node)

    def read(state: State, context: Any) -> Any:
        state.span = span
        if not isinstance(context, Context) or name not in context.kept:
            raise refused(f"Nothing was put into `ctx.{name}` in `forward`; assign to it there.", span)
        return context.kept[name]

    return read


def keep(compiler: Compiler, node: ast.Attribute) -> Callable[[State, Any, Any], None]:
    """How a value is stored in `ctx.name`."""
    name, span = node.attr, compiler.span(node)
    _check_name(compiler, node)
    if name in METHODS or name in ATTRIBUTES:
        raise compiler.refused(node, f"`ctx.{name}` is torch's own; choose another name.")

    def write(state: State, context: Any, value: Any) -> None:
        if not isinstance(context, Context):
            raise refused("This is no longer the `ctx` of the Function; choose another name for the value.", span)
        with state.observer.changing(context, "inside"):
            context.kept[name] = value

    return write


def _check_name(compiler: Compiler, node: ast.Attribute) -> None:
    if node.attr.startswith("_"):
        raise compiler.refused(
            node, f"`{node.attr}` begins with an underscore; choose a name that begins with a letter."
        )
